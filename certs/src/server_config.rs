//! The TLS settings of the webhook server.

use std::sync::Arc;

use rustls::server::{NoServerSessionStorage, ServerConfig};
use rustls::version::{TLS12, TLS13};

use crate::clients::ClientAuthority;
use crate::identity::Identity;

/// The oldest version of TLS that is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsMinimum {
    /// TLS 1.2, with the AEAD suites that rustls has.
    Tls12,
    /// TLS 1.3.
    #[default]
    Tls13,
}

/// A version of HTTP, as ALPN names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1: what an API server speaks to a Service.
    Http11,
    /// HTTP/2: what an API server speaks to a loopback address.
    H2,
}

impl Protocol {
    /// Its ALPN identifier.
    pub fn alpn(self) -> &'static str {
        match self {
            Protocol::Http11 => "http/1.1",
            Protocol::H2 => "h2",
        }
    }
}

/// The settings of a server that presents `identity`; `protocols` in order of preference. With `clients` only those are
/// let in whom it knows; without, everybody.
///
/// # Errors
/// When the cryptographic provider has no suite for the wanted versions.
pub fn server_config(
    identity: Arc<Identity>,
    clients: Option<Arc<ClientAuthority>>,
    minimum: TlsMinimum,
    protocols: &[Protocol],
) -> Result<ServerConfig, rustls::Error> {
    let versions: &[_] = match minimum {
        TlsMinimum::Tls12 => &[&TLS13, &TLS12],
        TlsMinimum::Tls13 => &[&TLS13],
    };
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(identity.provider())).with_protocol_versions(versions)?;
    let builder = match clients {
        Some(clients) => builder.with_client_cert_verifier(clients),
        None => builder.with_no_client_auth(),
    };
    let mut config = builder.with_cert_resolver(identity);
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.alpn().into()).collect();
    // The API server resumes no session (ADMISSION.md 1.1): a ticket is a signature's worth of work for nothing.
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(config)
}
