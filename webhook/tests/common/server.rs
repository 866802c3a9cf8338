//! The server through real sockets, its certificate, and clients for it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use certs::{ClientAuthority, Identity, Protocol, TlsMinimum};
use http_body_util::BodyExt;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;
use webhook::{ServeLimits, listen, serve};

use super::{Lab, create, example};

pub const NAME: &str = "jobflow.test";

/// How long a test waits for what must happen: longer than any machine takes, so that a wait which ends here is a fault.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Timers short enough for a test, and long enough for a machine of two processors that is busy otherwise.
pub const SHORT: ServeLimits = ServeLimits {
    handshake_timeout: Duration::from_millis(1_500),
    head_timeout: Duration::from_millis(600),
    idle_timeout: Duration::from_millis(3_000),
    connections_max: 512,
    connections_per_peer_max: 512,
    drain_delay: Duration::ZERO,
    drain_timeout: Duration::from_secs(5),
};

pub struct Server {
    pub address: SocketAddr,
    pub lab: Lab,
    pub identity: Arc<Identity>,
    pub folder: TempDir,
    pub certificate: CertificateDer<'static>,
    pub shutdown: CancellationToken,
    pub serving: JoinHandle<()>,
}

/// Writes a new pair into `folder`.
pub fn issue(folder: &Path) -> CertificateDer<'static> {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![NAME.to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    std::fs::write(folder.join("tls.crt"), certificate.pem()).unwrap();
    std::fs::write(folder.join("tls.key"), key.serialize_pem()).unwrap();
    certificate.der().clone()
}

impl Server {
    pub async fn start(limits: ServeLimits) -> Self {
        Self::with(limits, TlsMinimum::default(), &[Protocol::H2, Protocol::Http11]).await
    }

    pub async fn with(limits: ServeLimits, minimum: TlsMinimum, protocols: &[Protocol]) -> Self {
        Self::serving(Lab::new(), limits, None, minimum, protocols).await
    }

    /// A server of `lab` for clients that know HTTP/1.1.
    pub async fn of(lab: Lab, limits: ServeLimits) -> Self {
        Self::serving(lab, limits, None, TlsMinimum::default(), &[Protocol::Http11]).await
    }

    /// A server that lets in only `clients`.
    pub async fn for_clients(clients: Arc<ClientAuthority>, minimum: TlsMinimum) -> Self {
        let (lab, protocols) = (Lab::new(), [Protocol::Http11]);
        Self::serving(lab, SHORT, Some(clients), minimum, &protocols).await
    }

    async fn serving(
        lab: Lab,
        limits: ServeLimits,
        clients: Option<Arc<ClientAuthority>>,
        minimum: TlsMinimum,
        protocols: &[Protocol],
    ) -> Self {
        let folder = TempDir::new().unwrap();
        let certificate = issue(folder.path());
        let identity = Arc::new(Identity::new(folder.path(), None, Arc::new(ring::default_provider())));
        assert!(identity.refresh(SystemTime::now()).unwrap());
        let tls = certs::server_config(Arc::clone(&identity), clients, minimum, protocols);
        let tls = Arc::new(tls.unwrap());
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let served = serve(
            listener,
            tls,
            lab.app.clone(),
            Arc::clone(&lab.metrics),
            limits,
            shutdown.clone(),
        );
        let serving = tokio::spawn(served);
        Self {
            address,
            lab,
            identity,
            folder,
            certificate,
            shutdown,
            serving,
        }
    }

    pub async fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A connection from another address of this machine.
    pub async fn tcp_from(&self, peer: [u8; 4]) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((peer, 0))).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    pub async fn tls_over(&self, stream: TcpStream) -> TlsStream<TcpStream> {
        let name = ServerName::try_from(NAME).unwrap();
        let connector = TlsConnector::from(Arc::new(self.client(&["http/1.1"])));
        connector.connect(name, stream).await.unwrap()
    }

    pub async fn tls_with(&self, config: ClientConfig) -> std::io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(NAME).unwrap();
        TlsConnector::from(Arc::new(config))
            .connect(name, self.tcp().await)
            .await
    }

    pub async fn tls(&self) -> TlsStream<TcpStream> {
        self.tls_with(self.client(&["http/1.1"])).await.unwrap()
    }

    pub fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        roots
    }

    pub fn client(&self, alpn: &[&str]) -> ClientConfig {
        self.client_of(rustls::ALL_VERSIONS, alpn)
    }

    pub fn client_of(&self, versions: &[&'static SupportedProtocolVersion], alpn: &[&str]) -> ClientConfig {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_protocol_versions(versions).unwrap();
        let mut config = builder.with_root_certificates(self.roots()).with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        config
    }

    /// An HTTP/1.1 client on one connection.
    pub async fn http1(&self) -> http1::SendRequest<Body> {
        let (sender, connection) = http1::handshake(TokioIo::new(self.tls().await)).await.unwrap();
        tokio::spawn(connection);
        sender
    }

    pub async fn ended(&self, reason: &str) {
        let line = format!("jobflow_webhook_connections_ended_total{{reason=\"{reason}\"}}");
        self.until(&line).await;
    }

    pub async fn handshake_failed(&self, reason: &str) {
        let line = format!("jobflow_webhook_handshake_failures_total{{reason=\"{reason}\"}}");
        self.until(&line).await;
    }

    pub async fn until(&self, line: &str) {
        let counted = async {
            while self.lab.metric(line) < 1.0 {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, counted)
            .await
            .unwrap_or_else(|_| panic!("{line} stays 0"));
    }
}

/// The first message of a client of long ago.
pub fn client_hello(minor_version: u8) -> Vec<u8> {
    let mut hello = vec![3, minor_version];
    hello.extend([7; 32]);
    // No session; two suites of that time (ECDHE and RSA with AES and SHA-1); no compression.
    hello.extend([0, 0, 4, 0xc0, 0x13, 0x00, 0x2f, 1, 0]);
    let length = u8::try_from(hello.len()).unwrap();
    let mut message = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
    message.extend(hello);
    message
}

pub fn review_request() -> Request<Body> {
    super::request("/validate?timeout=5s")
        .header("host", NAME)
        .body(Body::from(create(&example()).to_string()))
        .unwrap()
}

pub async fn call(client: &mut http1::SendRequest<Body>) -> hyper::Response<hyper::body::Incoming> {
    client.ready().await.unwrap();
    client.send_request(review_request()).await.unwrap()
}

pub async fn assert_called(client: &mut http1::SendRequest<Body>) {
    let response = call(client).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers().get("connection").is_none());
    response.into_body().collect().await.unwrap();
}

/// What a peer reads until the server closes the connection.
pub async fn read_all(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut bytes = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    // An end without TLS's own goodbye is an error to rustls, and an end all the same.
    let _ = read.expect("the server must close the connection");
    String::from_utf8_lossy(&bytes).into_owned()
}
