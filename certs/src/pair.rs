//! One certificate and its key: read from a folder and checked before it may serve.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use std::{fs, io};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;

use crate::facts::Facts;

const CERTIFICATE_FILE: &str = "tls.crt";
const KEY_FILE: &str = "tls.key";

/// The link through which the kubelet changes all files of a Secret volume at once.
const KUBELET_DATA_LINK: &str = "..data";

/// Why the files in a folder may not serve.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// A file cannot be read.
    #[error("cannot read '{path}' ({kind}): the folder must hold '{CERTIFICATE_FILE}' and '{KEY_FILE}'", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What kind of failure it was.
        kind: io::ErrorKind,
    },
    /// A file holds no PEM block of the kind that it must hold.
    #[error("'{path}' must hold {expected} in PEM form", path = path.display())]
    NotPem {
        /// The file.
        path: PathBuf,
        /// What the file is for.
        expected: &'static str,
    },
    /// The first certificate is not an X.509 certificate.
    #[error("the first certificate of '{path}' is not an X.509 certificate", path = path.display())]
    NotACertificate {
        /// The file.
        path: PathBuf,
    },
    /// The key is of a kind that cannot sign, or belongs to another certificate.
    #[error(
        "the key in '{KEY_FILE}' does not fit the first certificate of '{CERTIFICATE_FILE}': both must be replaced together"
    )]
    KeyMismatch(#[source] rustls::Error),
    /// No client accepts a certificate without a subject alternative name.
    #[error("the certificate has no subject alternative name: it must name the host that the API server calls")]
    NoName,
    /// The certificate is for other names.
    #[error("the certificate is not for '{expected}': add this name to its subject alternative names")]
    OtherName {
        /// The name that clients will ask for.
        expected: String,
    },
    /// Its validity is over.
    #[error("the certificate expired {} seconds ago: renew it", ago.as_secs())]
    Expired {
        /// How long ago.
        ago: Duration,
    },
    /// Its validity has not begun.
    #[error("the certificate becomes valid only in {} seconds: check the clock of this machine", ahead.as_secs())]
    NotYetValid {
        /// How long to go.
        ahead: Duration,
    },
}

/// The bytes of both files, so that an unchanged folder is known without parsing anything.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Contents {
    pub(crate) fn new(certificate: &[u8], key: &[u8]) -> Self {
        Self {
            certificate: certificate.to_vec(),
            key: key.to_vec(),
        }
    }

    /// Reads both files from the same version of a Secret volume, so that a swap between the two reads gives a
    /// failed read and not a mixture.
    pub(crate) fn read(folder: &Path) -> Result<Self, PairError> {
        let version = fs::canonicalize(folder.join(KUBELET_DATA_LINK));
        let version = version.unwrap_or_else(|_| folder.to_owned());
        Ok(Self {
            certificate: read(&version.join(CERTIFICATE_FILE))?,
            key: read(&version.join(KEY_FILE))?,
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, PairError> {
    fs::read(path).map_err(|error| PairError::Unreadable {
        path: path.to_owned(),
        kind: error.kind(),
    })
}

/// A pair that passed every check at the time it was read.
pub(crate) struct Pair {
    pub(crate) contents: Contents,
    pub(crate) certified: Arc<CertifiedKey>,
    pub(crate) facts: Facts,
}

impl Pair {
    /// Checks `contents`: form, key, names and validity at `now`.
    pub(crate) fn check(
        contents: Contents,
        expected_name: Option<&ServerName<'static>>,
        provider: &CryptoProvider,
        now: SystemTime,
    ) -> Result<Self, PairError> {
        let chain = chain(&contents.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&contents.key).map_err(|_| PairError::NotPem {
            path: KEY_FILE.into(),
            expected: "a private key",
        })?;
        let facts = facts(&chain, expected_name)?;
        check_validity(&facts, now)?;
        let certified = CertifiedKey::from_der(chain, key, provider).map_err(PairError::KeyMismatch)?;
        let certified = Arc::new(certified);
        Ok(Self {
            contents,
            certified,
            facts,
        })
    }
}

fn chain(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PairError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => Err(PairError::NotPem {
            path: CERTIFICATE_FILE.into(),
            expected: "one or more certificates",
        }),
    }
}

fn facts(chain: &[CertificateDer<'_>], expected_name: Option<&ServerName<'_>>) -> Result<Facts, PairError> {
    let not_a_certificate = || PairError::NotACertificate {
        path: CERTIFICATE_FILE.into(),
    };
    let leaf = chain.first().ok_or_else(not_a_certificate)?;
    let facts = Facts::read(leaf).ok_or_else(not_a_certificate)?;
    if !facts.has_alternative_name {
        return Err(PairError::NoName);
    }
    if let Some(name) = expected_name {
        let parsed = ParsedCertificate::try_from(leaf).map_err(|_| not_a_certificate())?;
        rustls::client::verify_server_name(&parsed, name).map_err(|_| PairError::OtherName {
            expected: name.to_str().into_owned(),
        })?;
    }
    Ok(facts)
}

fn check_validity(facts: &Facts, now: SystemTime) -> Result<(), PairError> {
    if let Ok(ago) = now.duration_since(facts.not_after)
        && !ago.is_zero()
    {
        return Err(PairError::Expired { ago });
    }
    if let Ok(ahead) = facts.not_before.duration_since(now)
        && !ahead.is_zero()
    {
        return Err(PairError::NotYetValid { ahead });
    }
    Ok(())
}
