//! What monitoring needs to know of a serving certificate, and of the authority of clients.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::clients::ClientAuthority;
use crate::identity::Identity;

/// Reads the figures from an [`Identity`] each time they are asked for.
#[derive(Debug)]
pub struct CertificateCollector(pub Arc<Identity>);

impl Collector for CertificateCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        if let Some(facts) = self.0.facts() {
            let not_after = ConstGauge::new(facts.not_after_seconds());
            let encoder = encoder.encode_descriptor(
                "jobflow_certificate_not_after_seconds",
                "End of validity of the serving certificate, in seconds since 1970.",
                None,
                not_after.metric_type(),
            )?;
            not_after.encode(encoder)?;
        }
        counter(
            &mut encoder,
            "jobflow_certificate_reload_failures",
            "Readings of the certificate folder that found no usable pair.",
            self.0.reload_failures(),
        )
    }
}

/// Reads the figure from a [`ClientAuthority`] each time it is asked for.
#[derive(Debug)]
pub struct ClientAuthorityCollector(pub Arc<ClientAuthority>);

impl Collector for ClientAuthorityCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        counter(
            &mut encoder,
            "jobflow_client_authority_reload_failures",
            "Readings of the file of client authorities that found none.",
            self.0.reload_failures(),
        )
    }
}

fn counter(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> Result<(), fmt::Error> {
    let counter = ConstCounter::new(value);
    let encoder = encoder.encode_descriptor(name, help, None, counter.metric_type())?;
    counter.encode(encoder)
}
