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

/// A certificate with its key: of an authority that can sign others, or of a server.
#[derive(Clone, PartialEq, Eq)]
pub struct Keyed {
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
    pub authority: Option<Keyed>,
    /// Who will sign.
    pub next: Option<Keyed>,
    /// Who has signed.
    pub retired: Vec<Retired>,
    /// What serves.
    pub leaf: Option<Keyed>,
}

impl Keyed {
    /// `None` also where the key is not that of the certificate: with it nobody could sign or serve.
    pub(super) fn read(certificate: String, key: String) -> Option<Self> {
        let der = CertificateDer::from_pem_slice(certificate.as_bytes()).ok()?;
        let (facts, links) = (Facts::read(&der)?, Links::read(&der)?);
        let own = KeyPair::from_pem(&key).ok()?;
        (own.subject_public_key_info() == links.public_key).then_some(Self {
            certificate,
            key,
            facts,
            links,
        })
    }

    /// Whether it signed the other.
    pub(super) fn signed(&self, leaf: &Self) -> bool {
        self.links.own.is_some() && self.links.own == leaf.links.issuer
    }
}

fn is_certificate(pem: &str) -> bool {
    let der = CertificateDer::from_pem_slice(pem.as_bytes());
    der.is_ok_and(|der| Facts::read(&der).is_some())
}

impl Store {
    /// Reads the data of a Secret.
    pub fn read(data: &BTreeMap<String, Vec<u8>>) -> Self {
        let text = |key: &str| String::from_utf8(data.get(key)?.clone()).ok();
        let keyed = |name: &str| Keyed::read(text(&format!("{name}.crt"))?, text(&format!("{name}.key"))?);
        let retired = data.keys().filter_map(|key| {
            let seconds = key.strip_prefix(RETIRED.0)?.strip_suffix(RETIRED.1)?.parse().ok()?;
            let certificate = text(key).filter(|pem| is_certificate(pem))?;
            let until = UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
            Some(Retired { certificate, until })
        });
        Self {
            authority: keyed("authority"),
            next: keyed("next"),
            retired: retired.collect(),
            leaf: keyed("tls"),
        }
    }

    /// The data of a Secret.
    pub fn data(&self) -> BTreeMap<String, Vec<u8>> {
        let pairs = [
            ("authority", &self.authority),
            ("next", &self.next),
            ("tls", &self.leaf),
        ];
        let pairs = pairs
            .into_iter()
            .filter_map(|(name, keyed)| Some((name, keyed.as_ref()?)));
        let pairs = pairs.flat_map(|(name, keyed)| {
            [
                (format!("{name}.crt"), keyed.certificate.clone().into_bytes()),
                (format!("{name}.key"), keyed.key.clone().into_bytes()),
            ]
        });
        let retired = self.retired.iter().map(|retired| {
            let seconds = retired.until.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            let name = format!("{}{seconds}{}", RETIRED.0, RETIRED.1);
            (name, retired.certificate.clone().into_bytes())
        });
        pairs.chain(retired).collect()
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

/// Without the key.
impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyed")
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}
