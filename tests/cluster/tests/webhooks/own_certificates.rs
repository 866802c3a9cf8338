//! Operators that make their certificates themselves: renewed, and signed by a new authority, while objects are created.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};
use test_cluster::{
    CertificateRights, Cluster, Deadline, Namespace, Operator, OperatorOptions, Reach, endpoint_address, until,
};

use crate::CONFIGURATIONS;
use crate::api::Api;

const SECRET: &str = "jobflow-certificates";
const CREATES_PER_SECOND: u32 = 20;

/// A leaf each five seconds; after 50 s a new authority, which signs 10 s later; the old one is forgotten 25 s after that at
/// the latest, and the next one comes 15 s after that.
const TERMS: [(&str, &str); 5] = [
    ("--certificate-duration", "25s"),
    ("--certificate-renew-before", "20s"),
    ("--authority-duration", "90s"),
    ("--authority-renew-before", "40s"),
    ("--authority-settle", "10s"),
];

/// Two operators that share the Secret of one namespace.
struct Pair {
    cluster: Cluster,
    home: Namespace,
    operators: [Operator; 2],
    host: String,
    _rights: CertificateRights,
}

impl Pair {
    /// None on a machine that no Service can lead to.
    fn start() -> Option<Self> {
        let address = endpoint_address()?;
        let cluster = Cluster::shared().unwrap();
        let home = cluster.namespace("own").unwrap();
        home.kubectl()
            .run(&["create", "secret", "generic", SECRET])
            .unwrap()
            .success()
            .unwrap();
        let rights = cluster.allow_certificates(&home, SECRET).unwrap();
        let host = format!("jobflow-webhook.{}.svc", home.name());
        let mut first = OperatorOptions::from_environment().unwrap();
        first.reach = Reach::Service {
            namespace: home.name().to_owned(),
            address,
        };
        first.makes_certificates = true;
        let place = [
            ("--certificate-secret", SECRET),
            ("--certificate-namespace", home.name()),
            ("--cert-name", &host),
        ];
        let flags = place.into_iter().chain(TERMS).flat_map(|(flag, value)| [flag, value]);
        first.more_args = flags.map(str::to_owned).collect();
        let second = OperatorOptions {
            name: "second".to_owned(),
            install: false,
            ..first.clone()
        };
        let first = cluster.start_operator(&first).unwrap();
        let second = cluster.start_operator(&second).unwrap();
        second.join_service(&cluster).unwrap();
        Some(Self {
            cluster,
            home,
            operators: [first, second],
            host,
            _rights: rights,
        })
    }

    /// Whom API servers trust, as the first webhook says.
    fn bundle(&self) -> String {
        let configurations = "validatingwebhookconfiguration/validate.api.practice.com";
        let mutating = "mutatingwebhookconfiguration/mutate.api.practice.com";
        let read = ["get", configurations, mutating];
        let list = self.cluster.kubectl().json(&read).unwrap();
        let webhooks = list["items"].as_array().unwrap().iter();
        let webhooks = webhooks.flat_map(|one| one["webhooks"].as_array().unwrap());
        let first = webhooks
            .map(|one| one["clientConfig"]["caBundle"].as_str().unwrap_or_default())
            .next();
        String::from_utf8(STANDARD.decode(first.unwrap()).unwrap()).unwrap()
    }

    fn data(&self) -> Value {
        self.home.kubectl().json(&["get", "secret", SECRET]).unwrap()["data"].clone()
    }

    /// A new connection to each operator, as an API server makes it that trusts `bundle`; returns the certificates.
    fn connect(&self, bundle: &str) -> Vec<Result<CertificateDer<'static>, String>> {
        let address = |operator: &Operator| operator.webhook_url().trim_start_matches("https://").to_owned();
        let connect =
            |operator| handshake(&address(operator), &self.host, bundle).map_err(|error| format!("{error:#}"));
        self.operators.iter().map(connect).collect()
    }
}

fn handshake(address: &str, host: &str, bundle: &str) -> anyhow::Result<CertificateDer<'static>> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(bundle.as_bytes()) {
        roots.add(root?)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned())?;
    let mut stream = StreamOwned::new(
        ClientConnection::new(Arc::new(config), name)?,
        TcpStream::connect(address)?,
    );
    stream.flush()?;
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    let certificates = stream.conn.peer_certificates().unwrap_or_default();
    Ok(certificates.first().unwrap().clone().into_owned())
}

fn flow(number: usize) -> String {
    let pod = json!({"containers": [{"name": "main", "image": "busybox:1.28"}]});
    let step = json!({"name": "a", "jobTemplate": {"template": {"spec": pod}}});
    json!({
        "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": format!("flow-{number}")},
        "spec": {"flows": [step]},
    })
    .to_string()
}

/// What was seen while authorities changed.
#[derive(Debug, Default)]
struct Seen {
    /// Sizes of the bundle, in order.
    authorities: Vec<usize>,
    bundles: BTreeSet<String>,
    leaves: BTreeSet<Vec<u8>>,
    connections: usize,
    refused: Vec<String>,
}

impl Seen {
    fn look(&mut self, pair: &Pair) {
        let bundle = pair.bundle();
        let size = bundle.matches("BEGIN CERTIFICATE").count();
        if self.authorities.last() != Some(&size) {
            self.authorities.push(size);
        }
        for answer in pair.connect(&bundle) {
            self.connections += 1;
            match answer {
                Ok(leaf) => drop(self.leaves.insert(leaf.to_vec())),
                Err(error) => self.refused.push(error),
            }
        }
        self.bundles.insert(bundle);
    }
}

/// Ends the looks also when something panics: otherwise the test would wait for them for ever.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn two_operators_change_certificates_and_authorities_and_no_create_fails() {
    let _configurations = CONFIGURATIONS.lock().unwrap_or_else(PoisonError::into_inner);
    let cluster = Cluster::shared().unwrap();
    let Some(pair) = Pair::start() else {
        eprintln!("NOT TESTED: operators that make certificates. This machine has no address but loopback.");
        return;
    };
    let api = Api::connect(&cluster);
    let collection = format!(
        "/apis/api.practice.com/v1alpha1/namespaces/{}/jobflows",
        pair.home.name()
    );
    let first_authority = pair.data()["authority.crt"].clone();
    let ended = AtomicBool::new(false);
    let (seen, creates, failures) = thread::scope(|scope| {
        let looks = scope.spawn(|| {
            let mut seen = Seen::default();
            while !ended.load(Ordering::SeqCst) {
                seen.look(&pair);
                thread::sleep(Duration::from_millis(200));
            }
            seen
        });
        let (start, ends) = (Instant::now(), Ends(&ended));
        let ((), creates, failures) = api.under_load((&collection, CREATES_PER_SECOND), flow, || {
            until(
                "the old authority is forgotten",
                Deadline::after(Duration::from_secs(120)),
                || {
                    let (bundle, data) = (pair.bundle(), pair.data());
                    let held = bundle.matches("BEGIN CERTIFICATE").count();
                    anyhow::ensure!(data["authority.crt"] != first_authority, "it still signs");
                    anyhow::ensure!(held == 1, "the bundle holds {held}");
                    Ok(())
                },
            )
            .unwrap();
        });
        println!(
            "a new authority, and the old one forgotten, after {:.0?}",
            start.elapsed()
        );
        drop(ends);
        (looks.join().unwrap(), creates, failures)
    });
    println!(
        "{creates} creates, {} failed; {} connections, {} refused; {} certificates",
        failures.len(),
        seen.connections,
        seen.refused.len(),
        seen.leaves.len()
    );
    assert_eq!(failures, Vec::<String>::new());
    assert_eq!(seen.refused, Vec::<String>::new());
    assert_eq!(seen.authorities, [1, 2, 1], "old, both, new");
    assert!(seen.leaves.len() >= 8, "{} certificates were served", seen.leaves.len());
    assert!(creates > 500, "only {creates} creates");
}
