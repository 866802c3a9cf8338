//! The flags of certificates of our own.

use std::time::Duration;

use anyhow::Context;
use certs::own::{Span, Terms};
use clap::Args;

use super::Place;

/// Defaults in the form of Go, as the chart and cert-manager write them.
#[derive(Args, Clone, Debug)]
pub struct CertificateArgs {
    /// Make the serving certificate ourselves and keep it in this Secret, which must exist, for all replicas; keep caBundle
    /// of both webhook configurations up to date. `--cert-dir` is then not read.
    #[arg(
        long,
        env = "JOBFLOW_CERTIFICATE_SECRET",
        value_name = "NAME",
        requires = "cert_name"
    )]
    certificate_secret: Option<String>,

    /// The namespace of that Secret [default: that of the pod, or of the kubeconfig's context].
    #[arg(
        long,
        env = "JOBFLOW_CERTIFICATE_NAMESPACE",
        value_name = "NAMESPACE",
        requires = "certificate_secret"
    )]
    certificate_namespace: Option<String>,

    /// Life of a serving certificate of our own.
    #[arg(long, env = "JOBFLOW_CERTIFICATE_DURATION", value_name = "DURATION", default_value = "2160h", value_parser = duration)]
    certificate_duration: Duration,

    /// When it is renewed, before its end.
    #[arg(long, env = "JOBFLOW_CERTIFICATE_RENEW_BEFORE", value_name = "DURATION", default_value = "720h", value_parser = duration)]
    certificate_renew_before: Duration,

    /// Life of the authority that signs it.
    #[arg(long, env = "JOBFLOW_AUTHORITY_DURATION", value_name = "DURATION", default_value = "87600h", value_parser = duration)]
    authority_duration: Duration,

    /// When there is a new authority, before its end.
    #[arg(long, env = "JOBFLOW_AUTHORITY_RENEW_BEFORE", value_name = "DURATION", default_value = "8760h", value_parser = duration)]
    authority_renew_before: Duration,

    /// How long a new authority is in caBundle before it signs.
    #[arg(long, env = "JOBFLOW_AUTHORITY_SETTLE", value_name = "DURATION", default_value = "2m", value_parser = duration)]
    authority_settle: Duration,
}

impl CertificateArgs {
    /// Where they are kept, and what they shall be like; none if somebody else makes them.
    pub(in crate::operator) fn wanted(
        &self,
        host: Option<&str>,
        namespace: &str,
    ) -> anyhow::Result<Option<(Place, Terms)>> {
        let (Some(secret), Some(host)) = (&self.certificate_secret, host) else {
            return Ok(None);
        };
        let terms = Terms {
            // As long as it may be called by.
            hosts: vec![host.to_owned(), format!("{host}.cluster.local")],
            leaf: Span {
                life: self.certificate_duration,
                renew_before: self.certificate_renew_before,
            },
            authority: Span {
                life: self.authority_duration,
                renew_before: self.authority_renew_before,
            },
            settle: self.authority_settle,
        };
        terms
            .check()
            .context("the durations of certificates do not fit each other")?;
        let place = Place {
            namespace: self.certificate_namespace.as_deref().unwrap_or(namespace).to_owned(),
            secret: secret.clone(),
        };
        Ok(Some((place, terms)))
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration: Result<kube::core::Duration, _> = text.parse();
    let wrong = || format!("'{text}' is not a duration: write it like 2160h, 30m or 90s");
    let duration = duration.map_err(|_| wrong())?;
    if duration.is_negative() {
        return Err(wrong());
    }
    Ok(duration.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_in_go() {
        assert_eq!(duration("2160h"), Ok(Duration::from_secs(90 * 86_400)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        for wrong in ["-1h", "90", "a day"] {
            assert!(duration(wrong).unwrap_err().contains("write it like"), "{wrong}");
        }
    }
}
