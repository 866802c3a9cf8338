//! What a certificate says about itself: serial number, validity and names.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

/// The serial number, the validity and the existence of names of a leaf certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The serial number, as `openssl x509 -serial` prints its bytes.
    pub serial: String,
    /// The first second of validity.
    pub not_before: SystemTime,
    /// The last second of validity.
    pub not_after: SystemTime,
    /// Whether it has a subject alternative name: without one no current client accepts it.
    pub has_alternative_name: bool,
}

impl Facts {
    /// Reads a certificate in DER; `None` where it is not one.
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let names = certificate.subject_alternative_name().ok()?;
        Some(Self {
            serial: certificate.raw_serial_as_string(),
            not_before: wall_clock(certificate.validity().not_before.timestamp()),
            not_after: wall_clock(certificate.validity().not_after.timestamp()),
            has_alternative_name: names.is_some_and(|names| !names.value.general_names.is_empty()),
        })
    }

    /// How much of the certificate's life is left at `now`, from 1 (all) to 0 (none).
    pub fn remaining_life(&self, now: SystemTime) -> f64 {
        let life = self.not_after.duration_since(self.not_before).unwrap_or_default();
        let left = self.not_after.duration_since(now).unwrap_or_default();
        if life.is_zero() {
            return 0.0;
        }
        (left.as_secs_f64() / life.as_secs_f64()).min(1.0)
    }

    /// The end of validity in seconds since 1970, the form in which monitoring wants it.
    pub fn not_after_seconds(&self) -> u64 {
        self.not_after.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
    }
}

/// What ties a certificate to its key, to its issuer and to hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Links {
    /// What it calls its own key, if it does.
    pub(crate) own: Option<Vec<u8>>,
    /// What it calls the key that signed it, if it does.
    pub(crate) issuer: Option<Vec<u8>>,
    /// The public key, as certificates hold it.
    pub(crate) public_key: Vec<u8>,
    /// The names of hosts, in its order.
    pub(crate) hosts: Vec<String>,
}

impl Links {
    /// Reads a certificate in DER; `None` where it is not one.
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let mut links = Self {
            own: None,
            issuer: None,
            public_key: certificate.public_key().raw.to_vec(),
            hosts: Vec::new(),
        };
        for extension in certificate.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(identifier) => links.own = Some(identifier.0.to_vec()),
                ParsedExtension::AuthorityKeyIdentifier(authority) => {
                    links.issuer = authority
                        .key_identifier
                        .as_ref()
                        .map(|identifier| identifier.0.to_vec());
                }
                ParsedExtension::SubjectAlternativeName(names) => {
                    let hosts = names.general_names.iter().filter_map(|name| match name {
                        GeneralName::DNSName(host) => Some((*host).to_owned()),
                        _ => None,
                    });
                    links.hosts = hosts.collect();
                }
                _ => {}
            }
        }
        Some(links)
    }
}

/// The common name of a certificate in DER; `None` where it has none, or several, of which nobody could say which counts.
pub(crate) fn common_name(der: &[u8]) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let mut names = certificate.subject().iter_common_name();
    match (names.next(), names.next()) {
        (Some(name), None) => name.as_str().ok().map(str::to_owned),
        _ => None,
    }
}

fn wall_clock(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let time = if seconds < 0 {
        UNIX_EPOCH.checked_sub(distance)
    } else {
        UNIX_EPOCH.checked_add(distance)
    };
    // An X.509 time has a year of at most four digits: the clock's type holds all of them.
    time.unwrap_or(UNIX_EPOCH)
}
