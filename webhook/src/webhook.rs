//! What all reviews share: the cluster's templates, the limits, the metrics, the numbers of incidents.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use jobflow_core::admission::TemplateIndex;

use crate::body::ByteBudget;
use crate::metrics::Metrics;
use crate::workers::Workers;

/// The state of the webhook.
pub struct Webhook {
    pub(crate) templates: Arc<dyn TemplateIndex>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) budget: ByteBudget,
    pub(crate) workers: Workers,
    pub(crate) incidents: Incidents,
    /// Whether the log was told that kinds arrive which are not ours.
    strangers_told: AtomicBool,
}

impl Webhook {
    /// A webhook that asks `templates` about the cluster and counts in `metrics`.
    pub fn new(templates: Arc<dyn TemplateIndex>, metrics: Arc<Metrics>) -> Self {
        Self {
            templates,
            metrics,
            budget: ByteBudget::default(),
            workers: Workers::default(),
            incidents: Incidents::default(),
            strangers_told: AtomicBool::new(false),
        }
    }

    /// True the first time only: a webhook configuration that sends too much would fill the log.
    pub(crate) fn is_first_stranger(&self) -> bool {
        !self.strangers_told.swap(true, Ordering::Relaxed)
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").finish_non_exhaustive()
    }
}

/// Numbers faults of ours, so that the user's message and the operator's log can be brought together.
#[derive(Debug)]
pub(crate) struct Incidents {
    start_seconds: u64,
    next: AtomicU64,
}

impl Default for Incidents {
    fn default() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            start_seconds: now.as_secs(),
            next: AtomicU64::new(1),
        }
    }
}

impl Incidents {
    /// An id that no other incident of this process has, nor one of a process started at another second.
    pub(crate) fn next(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{number}", self.start_seconds)
    }
}
