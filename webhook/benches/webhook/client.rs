//! A client that trusts the certificate of both servers.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rcgen::{CertificateParams, KeyPair};
use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::process::Server;

pub const HOST: &str = "jobflow.test";

#[derive(Clone)]
pub struct Target {
    connector: TlsConnector,
}

impl Target {
    /// Writes a certificate (ECDSA P-256) and its key into `folder`, for both servers.
    pub fn issue(folder: &Path) -> Result<Self> {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(vec![HOST.to_owned()])?.self_signed(&key)?;
        fs::write(folder.join("tls.crt"), certificate.pem())?;
        fs::write(folder.join("tls.key"), key.serialize_pem())?;
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der().clone())?;
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let mut config = builder
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // As an API server, which resumes no session.
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
        })
    }

    pub async fn connect(&self, server: &Server) -> Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(server.address()).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from(HOST)?;
        self.connector
            .connect(name, stream)
            .await
            .with_context(|| format!("{} refused the handshake", server.name()))
    }

    pub async fn http(&self, server: &Server) -> Result<SendRequest<Full<Bytes>>> {
        let (client, connection) = http1::handshake(TokioIo::new(self.connect(server).await?)).await?;
        tokio::spawn(connection);
        Ok(client)
    }
}
