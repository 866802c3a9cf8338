//! What happens to the identity when the files in its folder change, as the kubelet changes them and as people break them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use certs::{CertificateCollector, Identity, PairError, Readiness};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const NAME: &str = "jobflow.jobflow-system.svc";

/// PEM texts of a certificate (or chain) and its key.
struct Files {
    certificate: String,
    key: String,
}

fn self_signed(change: impl FnOnce(&mut CertificateParams)) -> Files {
    let mut params = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    let key = key.serialize_pem();
    Files { certificate, key }
}

fn good() -> Files {
    self_signed(|_| {})
}

fn chain_of_three() -> Files {
    let authority = |issuer: Option<&Issuer<'_, KeyPair>>| {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = match issuer {
            None => params.self_signed(&key).unwrap(),
            Some(issuer) => params.signed_by(&key, issuer).unwrap(),
        };
        (certificate.pem(), Issuer::new(params, key))
    };
    let (root_pem, root) = authority(None);
    let (middle_pem, middle) = authority(Some(&root));
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![NAME.to_owned()])
        .unwrap()
        .signed_by(&key, &middle)
        .unwrap();
    let certificate = format!("{}{middle_pem}{root_pem}", leaf.pem());
    let key = key.serialize_pem();
    Files { certificate, key }
}

/// A folder that is changed as the kubelet changes a Secret volume: each version in a folder of its own, and a
/// link `..data` that is renamed into place.
struct SecretVolume {
    root: TempDir,
    version: u32,
}

impl SecretVolume {
    fn new() -> Self {
        let root = TempDir::new().unwrap();
        symlink("..data/tls.crt", root.path().join("tls.crt")).unwrap();
        symlink("..data/tls.key", root.path().join("tls.key")).unwrap();
        Self { root, version: 0 }
    }

    fn swap(&mut self, files: &Files) {
        let old = self.version_folder();
        self.version += 1;
        let new = self.version_folder();
        fs::create_dir(&new).unwrap();
        fs::write(new.join("tls.crt"), &files.certificate).unwrap();
        fs::write(new.join("tls.key"), &files.key).unwrap();
        let link = self.path().join("..data_tmp");
        symlink(new.file_name().unwrap(), &link).unwrap();
        fs::rename(&link, self.path().join("..data")).unwrap();
        if old.exists() {
            fs::remove_dir_all(old).unwrap();
        }
    }

    fn version_folder(&self) -> PathBuf {
        self.path().join(format!("..2026_11_21_{}", self.version))
    }

    fn path(&self) -> &Path {
        self.root.path()
    }
}

fn identity(folder: &Path) -> Identity {
    let name = ServerName::try_from(NAME).unwrap();
    Identity::new(folder, Some(name), Arc::new(ring::default_provider()))
}

/// An identity that serves a good pair, and its folder.
fn serving() -> (SecretVolume, Identity) {
    let mut volume = SecretVolume::new();
    volume.swap(&good());
    let identity = identity(volume.path());
    assert!(identity.refresh(SystemTime::now()).unwrap());
    (volume, identity)
}

fn refused(files: &Files) -> PairError {
    let (mut volume, identity) = serving();
    let before = identity.facts();
    volume.swap(files);
    let problem = identity.refresh(SystemTime::now()).unwrap_err();
    assert_eq!(identity.facts(), before, "the last good pair must stay");
    assert_eq!(identity.readiness(SystemTime::now()), Readiness::Ready);
    assert_eq!(identity.reload_failures(), 1);
    volume.swap(&good());
    assert!(
        identity.refresh(SystemTime::now()).unwrap(),
        "a good pair must be taken after a bad one"
    );
    problem
}

#[test]
fn a_swap_by_the_kubelet_is_taken_and_an_unchanged_folder_is_not_read_again() {
    let (mut volume, identity) = serving();
    let first = identity.facts().unwrap();
    assert!(!identity.refresh(SystemTime::now()).unwrap());
    volume.swap(&good());
    assert!(identity.refresh(SystemTime::now()).unwrap());
    assert_ne!(identity.facts().unwrap().serial, first.serial);
}

#[test]
fn the_last_of_two_quick_swaps_wins() {
    let (mut volume, identity) = serving();
    volume.swap(&good());
    let last = good();
    volume.swap(&last);
    assert!(identity.refresh(SystemTime::now()).unwrap());
    volume.swap(&last);
    assert!(
        !identity.refresh(SystemTime::now()).unwrap(),
        "the same bytes in a new folder are no change"
    );
}

#[test]
fn a_chain_of_three_is_taken() {
    let (mut volume, identity) = serving();
    volume.swap(&chain_of_three());
    assert!(identity.refresh(SystemTime::now()).unwrap());
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let certificate = good().certificate;
    let key = good().key;
    let problem = refused(&Files { certificate, key });
    assert!(matches!(problem, PairError::KeyMismatch(_)), "{problem}");
}

#[test]
fn empty_and_garbled_files_are_refused() {
    let key = good().key;
    for certificate in ["", "-----BEGIN CERTIFICATE-----\nAAAA", "\0"] {
        let files = Files {
            certificate: certificate.to_owned(),
            key: key.clone(),
        };
        let problem = refused(&files);
        assert_eq!(
            problem.to_string(),
            "'tls.crt' must hold one or more certificates in PEM form"
        );
    }
    let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned();
    let problem = refused(&Files { certificate, key });
    assert!(matches!(problem, PairError::NotACertificate { .. }), "{problem}");
    let certificate = good().certificate;
    let problem = refused(&Files {
        certificate,
        key: String::new(),
    });
    assert_eq!(problem.to_string(), "'tls.key' must hold a private key in PEM form");
}

#[test]
fn an_expired_and_a_future_certificate_are_refused() {
    let expired = self_signed(|params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    assert!(matches!(refused(&expired), PairError::Expired { .. }));
    let future = self_signed(|params| params.not_before = date_time_ymd(3000, 1, 1));
    assert!(matches!(refused(&future), PairError::NotYetValid { .. }));
}

#[test]
fn a_certificate_for_another_name_or_for_none_is_refused() {
    let other = self_signed(|params| {
        params.subject_alt_names = CertificateParams::new(vec!["other.svc".to_owned()])
            .unwrap()
            .subject_alt_names;
    });
    let problem = refused(&other);
    assert_eq!(
        problem.to_string(),
        "the certificate is not for 'jobflow.jobflow-system.svc': add this name to its subject alternative names"
    );
    let nameless = self_signed(|params| params.subject_alt_names.clear());
    assert!(matches!(refused(&nameless), PairError::NoName));
}

#[test]
fn a_missing_folder_and_a_loop_of_links_say_which_file_is_missing() {
    let root = TempDir::new().unwrap();
    let folder = root.path().join("absent");
    let problem = identity(&folder).refresh(SystemTime::now()).unwrap_err();
    assert!(problem.to_string().contains("absent/tls.crt"), "{problem}");
    symlink("tls.crt", root.path().join("tls.crt")).unwrap();
    symlink("..data", root.path().join("..data")).unwrap();
    let looped = identity(root.path());
    assert!(matches!(
        looped.refresh(SystemTime::now()),
        Err(PairError::Unreadable { .. })
    ));
    assert_eq!(looped.readiness(SystemTime::now()), Readiness::Missing);
}

#[test]
fn a_loaded_certificate_that_runs_out_makes_the_identity_unready() {
    let (_volume, identity) = serving();
    let end = identity.facts().unwrap().not_after;
    assert_eq!(identity.readiness(end), Readiness::Ready);
    assert_eq!(identity.readiness(end + Duration::from_secs(1)), Readiness::Expired);
}

#[tokio::test]
async fn the_reloading_task_takes_a_swap_within_an_interval_and_survives_bad_files() {
    let (mut volume, identity) = serving();
    let identity = Arc::new(identity);
    let stop = CancellationToken::new();
    let interval = Duration::from_millis(20);
    let task = tokio::spawn(certs::reload(Arc::clone(&identity), None, interval, stop.clone()));
    let first = identity.facts().unwrap().serial;
    fs::remove_file(volume.path().join("..data")).unwrap();
    until(|| identity.reload_failures() > 2).await;
    assert_eq!(identity.facts().unwrap().serial, first);
    volume.swap(&good());
    until(|| identity.facts().unwrap().serial != first).await;
    stop.cancel();
    task.await.unwrap();
}

#[tokio::test]
async fn f8_the_reloading_task_ends_with_the_last_of_two_swaps_within_50_ms() {
    let (mut volume, identity) = serving();
    let identity = Arc::new(identity);
    let stop = CancellationToken::new();
    let interval = Duration::from_millis(30);
    let task = tokio::spawn(certs::reload(Arc::clone(&identity), None, interval, stop.clone()));
    for _ in 0..5 {
        volume.swap(&good());
        tokio::time::sleep(Duration::from_millis(20)).await;
        let last = good();
        volume.swap(&last);
        let probe = self::identity(volume.path());
        assert!(probe.refresh(SystemTime::now()).unwrap());
        let serial = probe.facts().unwrap().serial;
        until(|| identity.facts().unwrap().serial == serial).await;
    }
    stop.cancel();
    task.await.unwrap();
}

#[test]
fn f8_a_file_that_cannot_be_read_leaves_the_last_good_pair() {
    let (volume, identity) = serving();
    let before = identity.facts();
    // Not by its permissions, which bind nobody who is root: a folder in the place of the file.
    let certificate = volume.version_folder().join("tls.crt");
    fs::remove_file(&certificate).unwrap();
    fs::create_dir(&certificate).unwrap();
    let problem = identity.refresh(SystemTime::now()).unwrap_err();
    assert!(matches!(problem, PairError::Unreadable { .. }), "{problem}");
    assert_eq!(identity.facts(), before);
}

async fn until(mut condition: impl FnMut() -> bool) {
    for _ in 0..3_000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the awaited state did not come within 30 s");
}

#[test]
fn monitoring_sees_the_end_of_validity_and_the_failures() {
    let (volume, identity) = serving();
    fs::remove_file(volume.path().join("..data")).unwrap();
    identity.refresh(SystemTime::now()).unwrap_err();
    let seconds = identity.facts().unwrap().not_after_seconds();
    let mut registry = prometheus_client::registry::Registry::default();
    registry.register_collector(Box::new(CertificateCollector(Arc::new(identity))));
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    assert!(
        text.contains(&format!("jobflow_certificate_not_after_seconds {seconds}\n")),
        "{text}"
    );
    assert!(text.contains("jobflow_certificate_reload_failures_total 1\n"), "{text}");
}
