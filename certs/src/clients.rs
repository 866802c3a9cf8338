//! The authority whose clients may call: read from a file, renewed while serving, asked at every handshake.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, io};

use arc_swap::ArcSwapOption;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};

use crate::facts::common_name;

/// Why a file of authorities was not taken.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// It cannot be read.
    #[error("cannot read '{path}' ({kind}): it must hold the authority of client certificates", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What kind of failure it was.
        kind: io::ErrorKind,
    },
    /// It holds something else.
    #[error("'{path}' must hold one or more certificates of authorities in PEM form", path = path.display())]
    NotAuthorities {
        /// The file.
        path: PathBuf,
    },
}

/// Who may call: clients with a certificate of these authorities and, where subjects are named, one of these names.
///
/// Nobody may until a first file was read, and the last good file stays in force: a fault in it never opens the door.
pub struct ClientAuthority {
    path: PathBuf,
    subjects: BTreeSet<String>,
    provider: Arc<CryptoProvider>,
    current: ArcSwapOption<Loaded>,
    reload_failures: AtomicU64,
}

struct Loaded {
    pem: Vec<u8>,
    verifier: Arc<dyn ClientCertVerifier>,
}

impl ClientAuthority {
    /// An authority without a file yet; [`ClientAuthority::refresh`] reads it. `subjects` are common names, as in
    /// Kubernetes' own `--requestheader-allowed-names`; none means all.
    pub fn new(
        path: impl Into<PathBuf>,
        subjects: impl IntoIterator<Item = String>,
        provider: Arc<CryptoProvider>,
    ) -> Self {
        Self {
            path: path.into(),
            subjects: subjects.into_iter().collect(),
            provider,
            current: ArcSwapOption::empty(),
            reload_failures: AtomicU64::new(0),
        }
    }

    /// Reads the file; true when it was new. On an error the last good one stays in force.
    ///
    /// # Errors
    /// Says why the file was not taken; the failure is counted.
    pub fn refresh(&self) -> Result<bool, AuthorityError> {
        self.take().inspect_err(|_| {
            self.reload_failures.fetch_add(1, Ordering::Relaxed);
        })
    }

    fn take(&self) -> Result<bool, AuthorityError> {
        let pem = fs::read(&self.path).map_err(|error| AuthorityError::Unreadable {
            path: self.path.clone(),
            kind: error.kind(),
        })?;
        if self.current.load().as_ref().is_some_and(|loaded| loaded.pem == pem) {
            return Ok(false);
        }
        let verifier = verifier(&pem, &self.provider).ok_or_else(|| AuthorityError::NotAuthorities {
            path: self.path.clone(),
        })?;
        self.current.store(Some(Arc::new(Loaded { pem, verifier })));
        Ok(true)
    }

    /// The file that is read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether any client can be let in.
    pub fn is_loaded(&self) -> bool {
        self.current.load().is_some()
    }

    /// How many readings of the file have failed.
    pub fn reload_failures(&self) -> u64 {
        self.reload_failures.load(Ordering::Relaxed)
    }

    fn has_allowed_subject(&self, certificate: &CertificateDer<'_>) -> bool {
        self.subjects.is_empty() || common_name(certificate).is_some_and(|name| self.subjects.contains(&name))
    }
}

/// `None` where any part of the file is not what it should be: half of a list of authorities is not what was meant.
fn verifier(pem: &[u8], provider: &Arc<CryptoProvider>) -> Option<Arc<dyn ClientCertVerifier>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate.ok()?).ok()?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    builder.build().ok()
}

impl ClientCertVerifier for ClientAuthority {
    /// None: a hint would be borrowed for as long as we live, and the authorities change. A client then sends what it has.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let loaded = self.current.load();
        let loaded = loaded.as_ref().ok_or(CertificateError::UnknownIssuer)?;
        let verified = loaded.verifier.verify_client_cert(end_entity, intermediates, now)?;
        if self.has_allowed_subject(end_entity) {
            Ok(verified)
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Without the certificates.
impl fmt::Debug for ClientAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientAuthority")
            .field("path", &self.path)
            .field("subjects", &self.subjects)
            .finish_non_exhaustive()
    }
}
