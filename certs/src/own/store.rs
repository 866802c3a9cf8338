//! What the store holds, as the data of a Secret.
//!
//! ```text
//! tls.crt, tls.key                 the serving certificate
//! authority.crt, authority.key     what signed it
//! next.crt, next.key               what will sign the next ones; trusted already
//! retired-<seconds>.crt            what signed earlier ones; trusted until then, in seconds since 1970
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{KeyPair, PublicKeyData};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::facts::{Facts, Links};

const RETIRED: (&str, &str) = ("retired-", ".crt");

/// A certificate with its key that can sign others.
#[derive(Clone, PartialEq, Eq)]
pub struct Signer {
    /// PEM.
    pub certificate: String,
    /// PEM.
    pub key: String,
    pub(super) facts: Facts,
    pub(super) links: Links,
}

/// A serving certificate with its key.
#[derive(Clone, PartialEq, Eq)]
pub struct Leaf {
    /// PEM.
    pub certificate: String,
    /// PEM.
    pub key: String,
    pub(super) facts: Facts,
    pub(super) links: Links,
}

/// An authority that signs no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retired {
    /// PEM.
    pub certificate: String,
    /// The end of the last certificate that it signed.
    pub until: SystemTime,
}

/// All of it. What cannot be read counts as not there: it is made anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store {
    /// Who signs.
    pub authority: Option<Signer>,
    /// Who will sign.
    pub next: Option<Signer>,
    /// Who has signed.
    pub retired: Vec<Retired>,
    /// What serves.
    pub leaf: Option<Leaf>,
}

impl Signer {
    pub(super) fn read(certificate: String, key: String) -> Option<Self> {
        let (facts, links) = read(&certificate, &key)?;
        Some(Self {
            certificate,
            key,
            facts,
            links,
        })
    }

    pub(super) fn signed(&self, leaf: &Leaf) -> bool {
        self.links.own.is_some() && self.links.own == leaf.links.issuer
    }
}

impl Leaf {
    pub(super) fn read(certificate: String, key: String) -> Option<Self> {
        let (facts, links) = read(&certificate, &key)?;
        Some(Self {
            certificate,
            key,
            facts,
            links,
        })
    }
}

/// `None` also where the key is not that of the certificate: with it nobody could sign or serve.
fn read(certificate: &str, key: &str) -> Option<(Facts, Links)> {
    let der = CertificateDer::from_pem_slice(certificate.as_bytes()).ok()?;
    let (facts, links) = (Facts::read(&der)?, Links::read(&der)?);
    let key = KeyPair::from_pem(key).ok()?;
    (key.subject_public_key_info() == links.public_key).then_some((facts, links))
}

fn is_certificate(pem: &str) -> bool {
    let der = CertificateDer::from_pem_slice(pem.as_bytes());
    der.is_ok_and(|der| Facts::read(&der).is_some())
}

impl Store {
    /// Reads the data of a Secret.
    pub fn read(data: &BTreeMap<String, Vec<u8>>) -> Self {
        let text = |key: &str| String::from_utf8(data.get(key)?.clone()).ok();
        let pair = |name: &str| Some((text(&format!("{name}.crt"))?, text(&format!("{name}.key"))?));
        let signer = |name: &str| pair(name).and_then(|(certificate, key)| Signer::read(certificate, key));
        let retired = data.keys().filter_map(|key| {
            let seconds = key.strip_prefix(RETIRED.0)?.strip_suffix(RETIRED.1)?.parse().ok()?;
            let certificate = text(key).filter(|pem| is_certificate(pem))?;
            let until = UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
            Some(Retired { certificate, until })
        });
        Self {
            authority: signer("authority"),
            next: signer("next"),
            retired: retired.collect(),
            leaf: pair("tls").and_then(|(certificate, key)| Leaf::read(certificate, key)),
        }
    }

    /// The data of a Secret.
    pub fn data(&self) -> BTreeMap<String, Vec<u8>> {
        let signer = |name: &str, signer: &Signer| pair(name, &signer.certificate, &signer.key);
        let authority = self.authority.iter().flat_map(|held| signer("authority", held));
        let next = self.next.iter().flat_map(|held| signer("next", held));
        let leaf = self
            .leaf
            .iter()
            .flat_map(|leaf| pair("tls", &leaf.certificate, &leaf.key));
        let retired = self.retired.iter().map(|retired| {
            let seconds = retired.until.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            let name = format!("{}{seconds}{}", RETIRED.0, RETIRED.1);
            (name, retired.certificate.clone().into_bytes())
        });
        authority.chain(next).chain(leaf).chain(retired).collect()
    }

    /// Whom clients must trust, as PEM. Sorted: who changes places is not news.
    pub fn bundle(&self) -> String {
        let signers = [&self.authority, &self.next].into_iter().flatten();
        let signers = signers.map(|signer| signer.certificate.as_str());
        let retired = self.retired.iter().map(|retired| retired.certificate.as_str());
        let trusted: BTreeSet<&str> = signers.chain(retired).collect();
        trusted.into_iter().collect()
    }
}

fn pair(name: &str, certificate: &str, key: &str) -> [(String, Vec<u8>); 2] {
    [
        (format!("{name}.crt"), certificate.as_bytes().to_vec()),
        (format!("{name}.key"), key.as_bytes().to_vec()),
    ]
}

/// Without the key.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

/// Without the key.
impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leaf")
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}
