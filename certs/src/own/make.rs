//! Carrying out a step on the store: keys and certificates are made.

use std::time::SystemTime;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use super::plan::{BACKDATED, Step};
use super::store::{Keyed, Retired, Store};
use super::terms::Terms;

/// What authorities are called.
const AUTHORITY: &str = "jobflow authority";

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// The cryptographic library refused.
    #[error("a certificate cannot be made")]
    Refused(#[from] rcgen::Error),
    /// What was made cannot be read back, which would be a fault of ours.
    #[error("a certificate that was made cannot be read: this is a fault of jobflow")]
    Unreadable,
    /// The step needs an authority, and there is none.
    #[error("there is no authority that could sign: this is a fault of jobflow")]
    NoAuthority,
}

/// The store as it is after the step; a step that does not change it gives it back as it is.
///
/// # Errors
/// When a certificate cannot be made.
pub fn carry_out(step: Step, store: &Store, terms: &Terms, now: SystemTime) -> Result<Store, MakeError> {
    let mut after = store.clone();
    match step {
        Step::Begin => {
            let authority = authority(terms, now)?;
            after.leaf = Some(leaf(&authority, terms, now)?);
            after.authority = Some(authority);
            after.next = None;
        }
        Step::Renew => {
            let authority = store.authority.as_ref().ok_or(MakeError::NoAuthority)?;
            after.leaf = Some(leaf(authority, terms, now)?);
        }
        Step::Announce => after.next = Some(authority(terms, now)?),
        Step::Promote => {
            let next = after.next.take().ok_or(MakeError::NoAuthority)?;
            after.leaf = Some(leaf(&next, terms, now)?);
            after.retired.extend(retired(store));
            after.authority = Some(next);
        }
        Step::Forget => after.retired.retain(|retired| now < retired.until),
        Step::Publish | Step::Rest { .. } => {}
    }
    Ok(after)
}

/// The authority that signs no more. Of all that it signed the last one ends last.
fn retired(store: &Store) -> Option<Retired> {
    Some(Retired {
        certificate: store.authority.as_ref()?.certificate.clone(),
        until: store.leaf.as_ref()?.facts.not_after,
    })
}

fn authority(terms: &Terms, now: SystemTime) -> Result<Keyed, MakeError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, AUTHORITY);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = (now - BACKDATED).into();
    params.not_after = (now + terms.authority.life).into();
    let key = KeyPair::generate()?;
    let made = params.self_signed(&key)?;
    Keyed::read(made.pem(), key.serialize_pem()).ok_or(MakeError::Unreadable)
}

fn leaf(authority: &Keyed, terms: &Terms, now: SystemTime) -> Result<Keyed, MakeError> {
    let issuer = Issuer::from_ca_cert_pem(&authority.certificate, KeyPair::from_pem(&authority.key)?)?;
    let mut params = CertificateParams::new(terms.hosts.clone())?;
    // Names are only looked for in the alternative names; a common name has room for 64 bytes.
    params.distinguished_name = DistinguishedName::new();
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // All authorities have one name: the key tells them apart.
    params.use_authority_key_identifier_extension = true;
    params.not_before = (now - BACKDATED).into();
    params.not_after = (now + terms.leaf.life).min(authority.facts.not_after).into();
    let key = KeyPair::generate()?;
    let made = params.signed_by(&key, &issuer)?;
    Keyed::read(made.pem(), key.serialize_pem()).ok_or(MakeError::Unreadable)
}
