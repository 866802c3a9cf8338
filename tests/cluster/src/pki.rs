//! Certificates and keys, made anew for every cluster and every operator.

use std::path::Path;

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

use crate::files;

/// A certificate authority.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate with its key, both PEM.
pub(crate) struct Certificate {
    pub(crate) pem: String,
    pub(crate) key_pem: String,
}

impl Authority {
    /// A new authority.
    pub(crate) fn new(name: &str) -> Result<Self> {
        let mut params = CertificateParams::default();
        params.distinguished_name = subject(name, None);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)
            .context("no certificate authority could be made")?;
        Ok(Self { issuer })
    }

    /// Its own certificate, by which the others are checked.
    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for a server on loopback that may also be called by these names.
    pub(crate) fn serving(&self, more_names: &[&str]) -> Result<Certificate> {
        let names = ["localhost", "127.0.0.1"].iter().chain(more_names);
        let names: Vec<String> = names.map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = subject("localhost", None);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(params)
    }

    /// A certificate by which a client is known as this user of this group.
    pub(crate) fn client(&self, user: &str, group: Option<&str>) -> Result<Certificate> {
        let mut params = CertificateParams::default();
        params.distinguished_name = subject(user, group);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(params)
    }

    fn sign(&self, mut params: CertificateParams) -> Result<Certificate> {
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // Go refuses a chain in which the certificate does not name the key that signed it when names are alike.
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let signed = params
            .signed_by(&key, &self.issuer)
            .context("a certificate could not be signed")?;
        Ok(Certificate {
            pem: signed.pem(),
            key_pem: key.serialize_pem(),
        })
    }
}

impl Certificate {
    /// Writes `<name>.crt` and `<name>.key`.
    pub(crate) fn write(&self, folder: &Path, name: &str) -> Result<()> {
        files::write_whole(&folder.join(format!("{name}.crt")), self.pem.as_bytes())?;
        files::write_whole(&folder.join(format!("{name}.key")), self.key_pem.as_bytes())
    }
}

/// Writes `service-account.key` and `service-account.pub`, with which service account tokens are signed and checked.
pub(crate) fn write_service_account_key(folder: &Path) -> Result<()> {
    let key = KeyPair::generate()?;
    files::write_whole(&folder.join("service-account.key"), key.serialize_pem().as_bytes())?;
    files::write_whole(&folder.join("service-account.pub"), key.public_key_pem().as_bytes())
}

/// Kubernetes reads the user from the common name, and groups from the organizations.
fn subject(user: &str, group: Option<&str>) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, user);
    if let Some(group) = group {
        subject.push(DnType::OrganizationName, group);
    }
    subject
}
