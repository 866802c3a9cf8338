//! What is counted about reviews and connections. Every label has a fixed set of values.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use jobflow_core::admission::{Operation, kind_for};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::envelope::Submission;
use crate::judge::{Endpoint, Judgement, Outcome};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReviewLabels {
    endpoint: &'static str,
    kind: &'static str,
    operation: &'static str,
    verdict: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndpointLabel {
    endpoint: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabel {
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProtocolLabel {
    protocol: &'static str,
}

/// The metrics of the webhook.
#[derive(Debug)]
pub struct Metrics {
    requests: Family<ReviewLabels, Counter>,
    duration_seconds: Family<EndpointLabel, Histogram>,
    in_flight: Gauge,
    body_bytes: Histogram,
    problems: Family<StatusLabel, Counter>,
    shed: Counter,
    panics: Counter,
    patches_dropped: Counter,
    open_connections: Gauge,
    handshakes: Family<ProtocolLabel, Counter>,
    handshake_failures: Family<ReasonLabel, Counter>,
    connections_ended: Family<ReasonLabel, Counter>,
    accept_errors: Counter,
}

/// From 0.1 ms, where a small review ends, to 6.5 s, beyond any timeout that makes sense. The API server's own
/// histogram begins at 5 ms.
fn duration_buckets() -> Histogram {
    Histogram::new(exponential_buckets(0.000_1, 2.0, 17))
}

impl Metrics {
    /// Makes the metrics known to `registry`.
    pub fn new(registry: &mut Registry) -> Arc<Self> {
        let metrics = Self {
            requests: Family::default(),
            duration_seconds: Family::new_with_constructor(duration_buckets),
            in_flight: Gauge::default(),
            body_bytes: Histogram::new(exponential_buckets(1_024.0, 4.0, 8)),
            problems: Family::default(),
            shed: Counter::default(),
            panics: Counter::default(),
            patches_dropped: Counter::default(),
            open_connections: Gauge::default(),
            handshakes: Family::default(),
            handshake_failures: Family::default(),
            connections_ended: Family::default(),
            accept_errors: Counter::default(),
        };
        metrics.register_reviews(registry);
        metrics.register_connections(registry);
        Arc::new(metrics)
    }

    #[rustfmt::skip] // One line a metric, so that they can be compared.
    fn register_reviews(&self, registry: &mut Registry) {
        registry.register("jobflow_admission_requests", "Reviews answered", self.requests.clone());
        registry.register("jobflow_admission_duration_seconds", "Time from a request's head to its answer", self.duration_seconds.clone());
        registry.register("jobflow_admission_in_flight", "Reviews being worked on", self.in_flight.clone());
        registry.register("jobflow_admission_body_bytes", "Sizes of review bodies", self.body_bytes.clone());
        registry.register("jobflow_admission_http_errors", "Requests answered by a bare HTTP error", self.problems.clone());
        registry.register("jobflow_admission_shed", "Reviews refused because of overload", self.shed.clone());
        registry.register("jobflow_admission_panics", "Reviews that ended in a panic", self.panics.clone());
        registry.register("jobflow_admission_patches_dropped", "Patches held back because they did not apply", self.patches_dropped.clone());
    }

    #[rustfmt::skip] // As above.
    fn register_connections(&self, registry: &mut Registry) {
        registry.register("jobflow_webhook_open_connections", "Open connections", self.open_connections.clone());
        registry.register("jobflow_webhook_handshakes", "TLS handshakes that succeeded", self.handshakes.clone());
        registry.register("jobflow_webhook_handshake_failures", "TLS handshakes that failed", self.handshake_failures.clone());
        registry.register("jobflow_webhook_connections_ended", "Connections that the server ended, or refused", self.connections_ended.clone());
        registry.register("jobflow_webhook_accept_errors", "Failures to accept a connection", self.accept_errors.clone());
    }

    /// Counts a review in flight until the result is dropped.
    pub(crate) fn review_started(&self) -> Counted {
        Counted::new(&self.in_flight)
    }

    pub(crate) fn body_read(&self, bytes: usize) {
        self.body_bytes.observe(bytes as f64);
    }

    pub(crate) fn review_ended(
        &self,
        endpoint: Endpoint,
        review: &Submission,
        judgement: &Judgement,
        duration: Duration,
    ) {
        let kind = kind_for(&review.kind.group, &review.kind.version, &review.kind.kind);
        let operation = review.operation.map_or("other", operation);
        self.count(
            endpoint,
            kind.map_or("other", |kind| kind.kind),
            operation,
            judgement.outcome,
        );
        let endpoint = EndpointLabel {
            endpoint: endpoint.as_str(),
        };
        self.duration_seconds
            .get_or_create(&endpoint)
            .observe(duration.as_secs_f64());
        if judgement.outcome == Outcome::Panicked {
            self.panics.inc();
        }
        if judgement.patch_dropped {
            self.patches_dropped.inc();
        }
    }

    /// A review of which no more than the uid was read.
    pub(crate) fn review_unread(&self, endpoint: Endpoint, outcome: Outcome) {
        self.count(endpoint, "other", "other", outcome);
    }

    fn count(&self, endpoint: Endpoint, kind: &'static str, operation: &'static str, outcome: Outcome) {
        let labels = ReviewLabels {
            endpoint: endpoint.as_str(),
            kind,
            operation,
            verdict: outcome.as_str(),
        };
        self.requests.get_or_create(&labels).inc();
    }

    pub(crate) fn problem(&self, status: StatusCode) {
        self.problems
            .get_or_create(&StatusLabel {
                status: status.as_u16(),
            })
            .inc();
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            self.shed.inc();
        }
    }

    /// Counts an open connection until the result is dropped.
    pub(crate) fn connection_opened(&self) -> Counted {
        Counted::new(&self.open_connections)
    }

    /// `protocol` is the version of HTTP that was agreed on.
    pub(crate) fn handshake_succeeded(&self, protocol: &'static str) {
        self.handshakes.get_or_create(&ProtocolLabel { protocol }).inc();
    }

    pub(crate) fn handshake_failed(&self, reason: &'static str) {
        self.handshake_failures.get_or_create(&ReasonLabel { reason }).inc();
    }

    pub(crate) fn connection_ended(&self, reason: &'static str) {
        self.connections_ended.get_or_create(&ReasonLabel { reason }).inc();
    }

    pub(crate) fn accept_failed(&self) {
        self.accept_errors.inc();
    }
}

fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "create",
        Operation::Update => "update",
        Operation::Delete => "delete",
    }
}

/// One more in a gauge, until it is dropped.
#[derive(Debug)]
pub(crate) struct Counted(Gauge);

impl Counted {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}
