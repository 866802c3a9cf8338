//! What the flags make of TLS: whom the server lets in.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use clap::Parser;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use tempfile::TempDir;

use super::{OperatorArgs, client_authority, identity, tls};

const HOST: &str = "jobflow.test";
const AUTHORITY: &str = "ca.crt";

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    operator: OperatorArgs,
}

/// A folder with a serving certificate, and beside it an authority of clients.
struct Lab {
    folder: TempDir,
    serving: CertificateDer<'static>,
    authority: Issuer<'static, KeyPair>,
}

impl Lab {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let key = KeyPair::generate().unwrap();
        let serving = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
        let serving = serving.self_signed(&key).unwrap();
        fs::write(folder.path().join("tls.crt"), serving.pem()).unwrap();
        fs::write(folder.path().join("tls.key"), key.serialize_pem()).unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "authority");
        let key = KeyPair::generate().unwrap();
        fs::write(folder.path().join(AUTHORITY), params.self_signed(&key).unwrap().pem()).unwrap();
        Self {
            folder,
            serving: serving.der().clone(),
            authority: Issuer::new(params, key),
        }
    }

    fn args(&self, flags: &[&str]) -> OperatorArgs {
        let folder = self.folder.path().to_str().unwrap();
        Cli::parse_from([&["operator", "--cert-dir", folder], flags].concat()).operator
    }

    /// The server that these flags make, as the operator starts it and after its files were read.
    fn server(&self, flags: &[&str]) -> Arc<ServerConfig> {
        let args = self.args(flags);
        let identity = identity(&args, false).unwrap();
        identity.refresh(SystemTime::now()).unwrap();
        let clients = client_authority(&args);
        if let Some(clients) = &clients {
            clients.refresh().unwrap();
        }
        tls(&args, identity, clients).unwrap()
    }

    /// A client with a certificate of the authority for `name`; without one where there is no name.
    fn client(&self, name: Option<&str>) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.serving.clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let builder = builder.with_root_certificates(roots);
        let Some(name) = name else {
            return builder.with_no_client_auth();
        };
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.authority).unwrap().der().clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        builder.with_client_auth_cert(vec![certificate], key).unwrap()
    }

    fn authority_path(&self) -> String {
        self.folder.path().join(AUTHORITY).to_str().unwrap().to_owned()
    }
}

/// Whether `server` ends the handshake with `client`; without a socket.
fn is_let_in(server: Arc<ServerConfig>, client: ClientConfig) -> bool {
    let name = ServerName::try_from(HOST).unwrap();
    let mut client = ClientConnection::new(Arc::new(client), name).unwrap();
    let mut server = ServerConnection::new(server).unwrap();
    while client.is_handshaking() || server.is_handshaking() {
        let mut sent = Vec::new();
        client.write_tls(&mut sent).unwrap();
        server.read_tls(&mut sent.as_slice()).unwrap();
        if server.process_new_packets().is_err() {
            return false;
        }
        let mut answered = Vec::new();
        server.write_tls(&mut answered).unwrap();
        client.read_tls(&mut answered.as_slice()).unwrap();
        if client.process_new_packets().is_err() || (sent.is_empty() && answered.is_empty()) {
            return false;
        }
    }
    true
}

#[test]
fn without_an_authority_of_clients_nobody_needs_a_certificate() {
    let lab = Lab::new();
    assert!(client_authority(&lab.args(&[])).is_none());
    assert!(is_let_in(lab.server(&[]), lab.client(None)));
}

#[test]
fn with_an_authority_only_its_clients_are_let_in() {
    let (lab, other) = (Lab::new(), Lab::new());
    let authority = lab.authority_path();
    let flags = ["--client-ca", authority.as_str()];
    assert_eq!(
        client_authority(&lab.args(&flags)).unwrap().path(),
        Path::new(&authority)
    );
    assert!(is_let_in(lab.server(&flags), lab.client(Some("anybody"))));
    assert!(!is_let_in(lab.server(&flags), lab.client(None)));
    let mut stranger = Lab::new();
    (stranger.serving, stranger.authority) = (lab.serving.clone(), other.authority);
    assert!(!is_let_in(lab.server(&flags), stranger.client(Some("anybody"))));
}

#[test]
fn with_subjects_only_those_of_its_clients_are_let_in() {
    let lab = Lab::new();
    let authority = lab.authority_path();
    let flags = ["--client-ca", &authority, "--client-subject", "kube-apiserver,probe"];
    for (name, is_known) in [
        ("kube-apiserver", true),
        ("probe", true),
        ("kube-apiserve", false),
        ("", false),
    ] {
        assert_eq!(
            is_let_in(lab.server(&flags), lab.client(Some(name))),
            is_known,
            "{name}"
        );
    }
}

#[test]
fn nobody_is_let_in_while_the_file_of_the_authority_is_missing() {
    let lab = Lab::new();
    let args = lab.args(&["--client-ca", "no/such/ca.crt"]);
    let identity = identity(&args, false).unwrap();
    identity.refresh(SystemTime::now()).unwrap();
    let clients = client_authority(&args);
    assert!(clients.as_ref().unwrap().refresh().is_err());
    assert!(!is_let_in(
        tls(&args, identity, clients).unwrap(),
        lab.client(Some("anybody"))
    ));
}
