//! The serving identity: a certificate and its key, read from a folder and renewed while serving.
//!
//! Where nobody else makes it, [`own`] says what to make when. Optionally also the authority of the clients that may call, read and renewed in the same way.
//!
//! What is guaranteed: a pair that is broken, mismatched, expired or for another name never replaces a good
//! one; a new pair serves the next handshake within one reading interval; the hot path reads no file.

mod clients;
mod facts;
mod identity;
mod metrics;
pub mod own;
mod pair;
mod reload;
mod server_config;

pub use clients::{AuthorityError, ClientAuthority};
pub use facts::Facts;
pub use identity::{Identity, Readiness};
pub use metrics::{CertificateCollector, ClientAuthorityCollector};
pub use pair::PairError;
pub use reload::{RELOAD_INTERVAL, reload};
pub use server_config::{Protocol, TlsMinimum, server_config};
