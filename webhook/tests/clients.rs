//! Who may speak with the server: versions and algorithms of TLS (ADMISSION.md 3.2, B12), certificates of clients (B14).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod common;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use certs::{ClientAuthority, TlsMinimum};
use common::server::{NAME, SHORT, Server, assert_called, client_hello, read_all, review_request};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, date_time_ymd,
};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, SignatureScheme, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsConnector;

/// An authority that signs the certificates of clients.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "authority");
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self { pem, issuer }
    }

    /// A client of `server` with a certificate for `name`.
    fn client(&self, server: &Server, name: &str, change: impl FnOnce(&mut CertificateParams)) -> ClientConfig {
        self.client_of(server, rustls::ALL_VERSIONS, name, change)
    }

    fn client_of(
        &self,
        server: &Server,
        versions: &[&'static SupportedProtocolVersion],
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> ClientConfig {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_protocol_versions(versions).unwrap();
        let builder = builder.with_root_certificates(server.roots());
        builder.with_client_auth_cert(vec![certificate], key).unwrap()
    }
}

fn known_clients(file: &Path, subjects: &[&str]) -> Arc<ClientAuthority> {
    let subjects = subjects.iter().map(|subject| (*subject).to_owned());
    let provider = Arc::new(ring::default_provider());
    Arc::new(ClientAuthority::new(file, subjects, provider))
}

/// A server that knows `authority` and lets in 'kube-apiserver' only.
async fn guarded(authority: &Authority, minimum: TlsMinimum) -> (Server, Arc<ClientAuthority>, TempDir) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("ca.crt");
    fs::write(&file, &authority.pem).unwrap();
    let clients = known_clients(&file, &["kube-apiserver"]);
    assert!(clients.refresh().unwrap());
    let server = Server::for_clients(Arc::clone(&clients), minimum).await;
    (server, clients, folder)
}

/// Whether a review is answered. With TLS 1.3 a client hears of its refusal only when it reads.
async fn is_let_in(server: &Server, config: ClientConfig) -> bool {
    let Ok(stream) = server.tls_with(config).await else {
        return false;
    };
    let Ok((mut client, connection)) = http1::handshake(TokioIo::new(stream)).await else {
        return false;
    };
    tokio::spawn(connection);
    client.send_request(review_request()).await.is_ok()
}

#[tokio::test]
async fn b14_only_a_known_client_is_let_in_and_every_other_is_counted() {
    let (ours, other) = (Authority::new(), Authority::new());
    for minimum in [TlsMinimum::Tls13, TlsMinimum::Tls12] {
        let (server, _, _folder) = guarded(&ours, minimum).await;
        let name = "kube-apiserver";
        assert!(is_let_in(&server, ours.client(&server, name, |_| {})).await);
        let refused = [
            ("client_certificate_missing", server.client(&[])),
            ("client_certificate_invalid", other.client(&server, name, |_| {})),
            ("client_subject", ours.client(&server, "somebody-else", |_| {})),
            (
                "client_certificate_expired",
                ours.client(&server, name, |params| {
                    params.not_after = date_time_ymd(2021, 1, 1);
                }),
            ),
        ];
        for (reason, config) in refused {
            assert!(!is_let_in(&server, config).await, "{reason}");
            server.handshake_failed(reason).await;
        }
        assert_eq!(server.lab.metric("jobflow_admission_in_flight"), 0.0);
    }
}

#[tokio::test]
async fn b14_a_certificate_for_servers_or_with_its_name_elsewhere_is_refused() {
    let ours = Authority::new();
    let (server, _, _folder) = guarded(&ours, TlsMinimum::Tls13).await;
    let for_servers = ours.client(&server, "kube-apiserver", |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    assert!(!is_let_in(&server, for_servers).await);
    server.handshake_failed("client_certificate_invalid").await;
    let other_kind_of_name = ours.client(&server, "somebody-else", |params| {
        params
            .distinguished_name
            .push(DnType::OrganizationName, "kube-apiserver");
    });
    assert!(!is_let_in(&server, other_kind_of_name).await);
    server.handshake_failed("client_subject").await;
}

#[tokio::test]
async fn b14_tls_1_2_clients_are_judged_in_the_same_way() {
    let ours = Authority::new();
    let (server, _, _folder) = guarded(&ours, TlsMinimum::Tls12).await;
    let versions = &[&rustls::version::TLS12];
    let known = ours.client_of(&server, versions, "kube-apiserver", |_| {});
    assert!(is_let_in(&server, known).await);
    let unknown = ours.client_of(&server, versions, "somebody-else", |_| {});
    assert!(!is_let_in(&server, unknown).await);
}

#[tokio::test]
async fn b14_a_new_authority_holds_from_the_next_handshake_and_a_broken_file_changes_nothing() {
    let (ours, next) = (Authority::new(), Authority::new());
    let (server, clients, folder) = guarded(&ours, TlsMinimum::Tls13).await;
    let file = folder.path().join("ca.crt");
    let name = "kube-apiserver";
    let stream = server.tls_with(ours.client(&server, name, |_| {}));
    let (mut open, connection) = http1::handshake(TokioIo::new(stream.await.unwrap())).await.unwrap();
    tokio::spawn(connection);
    assert_called(&mut open).await;
    for broken in ["", "-----BEGIN CERTIFICATE-----\nAAAA", &server_key()] {
        fs::write(&file, broken).unwrap();
        clients.refresh().unwrap_err();
        assert!(is_let_in(&server, ours.client(&server, name, |_| {})).await);
    }
    assert_eq!(clients.reload_failures(), 3);
    fs::write(&file, &next.pem).unwrap();
    assert!(clients.refresh().unwrap());
    assert!(!clients.refresh().unwrap(), "the same file is no change");
    assert!(!is_let_in(&server, ours.client(&server, name, |_| {})).await);
    assert!(is_let_in(&server, next.client(&server, name, |_| {})).await);
    assert_called(&mut open).await;
}

fn server_key() -> String {
    KeyPair::generate().unwrap().serialize_pem()
}

#[tokio::test]
async fn b14_nobody_is_let_in_before_a_first_authority_was_read() {
    let clients = known_clients(Path::new("absent.crt"), &[]);
    clients.refresh().unwrap_err();
    assert!(!clients.is_loaded());
    let server = Server::for_clients(clients, TlsMinimum::Tls13).await;
    let config = Authority::new().client(&server, "kube-apiserver", |_| {});
    assert!(!is_let_in(&server, config).await);
    server.handshake_failed("client_certificate_invalid").await;
}

#[tokio::test]
async fn b12_tls_1_0_and_1_1_are_closed_with_an_alert_whatever_the_minimum() {
    for minimum in [TlsMinimum::Tls13, TlsMinimum::Tls12] {
        for minor_version in [1, 2] {
            let (server, mut stream) = dialled(minimum).await;
            stream.write_all(&client_hello(minor_version)).await.unwrap();
            let answer = read_all(&mut stream).await;
            assert!(answer.starts_with('\u{15}'), "an alert, not {answer:?}");
            server.handshake_failed("incompatible").await;
        }
    }
}

async fn dialled(minimum: TlsMinimum) -> (Server, tokio::net::TcpStream) {
    let server = Server::with(SHORT, minimum, &[certs::Protocol::Http11]).await;
    let stream = server.tcp().await;
    (server, stream)
}

/// A provider that believes in RSA signatures only.
fn rsa_only() -> CryptoProvider {
    let provider = ring::default_provider();
    let all = provider.signature_verification_algorithms;
    let is_rsa = |scheme: SignatureScheme| format!("{scheme:?}").starts_with("RSA");
    let of_rsa = all.mapping.iter().filter(|(scheme, _)| is_rsa(*scheme));
    let mapping = Box::leak(of_rsa.copied().collect::<Box<[_]>>());
    let algorithms = WebPkiSupportedAlgorithms { all: all.all, mapping };
    CryptoProvider {
        signature_verification_algorithms: algorithms,
        ..provider
    }
}

#[tokio::test]
async fn b12_a_client_that_knows_rsa_only_is_refused_by_an_ecdsa_server() {
    let server = Server::start(SHORT).await;
    let builder = ClientConfig::builder_with_provider(Arc::new(rsa_only()));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let config = builder.with_root_certificates(server.roots()).with_no_client_auth();
    server.tls_with(config).await.unwrap_err();
    server.handshake_failed("incompatible").await;
}

#[tokio::test]
async fn b12_whoever_asks_for_another_name_is_shown_our_certificate_and_leaves() {
    let server = Server::start(SHORT).await;
    let connector = TlsConnector::from(Arc::new(server.client(&[])));
    let other = ServerName::try_from("other.test").unwrap();
    let refusal = connector.connect(other, server.tcp().await).await.unwrap_err();
    assert!(refusal.to_string().contains(NAME), "{refusal}");
    server.handshake_failed("refused_by_client").await;
}
