//! What monitoring can see of the controller.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// The figures. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    reconciles: Family<ReconcileLabels, Counter>,
    durations: Family<KindLabels, Histogram, fn() -> Histogram>,
    running: Gauge,
    api_calls: Family<CallLabels, Counter>,
    jobs_created: Family<KindLabels, Counter>,
    watch_errors: Family<KindLabels, Counter>,
    leads: Gauge,
    jobs_failed: Family<KindLabels, Counter>,
    hops: Histogram,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ReconcileLabels {
    kind: String,
    result: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct KindLabels {
    kind: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CallLabels {
    verb: &'static str,
    resource: String,
    code: String,
}

impl Metrics {
    /// Registers the figures.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            reconciles: Family::default(),
            durations: Family::new_with_constructor(duration_buckets),
            running: Gauge::default(),
            api_calls: Family::default(),
            jobs_created: Family::default(),
            watch_errors: Family::default(),
            leads: Gauge::default(),
            jobs_failed: Family::default(),
            hops: duration_buckets(),
        };
        let Self {
            reconciles,
            durations,
            running,
            api_calls,
            jobs_created,
            watch_errors,
            leads,
            jobs_failed,
            hops,
        } = metrics.clone();
        registry.register("jobflow_reconciles", "Reconciles by kind and result", reconciles);
        registry.register(
            "jobflow_reconcile_duration_seconds",
            "How long reconciles took",
            durations,
        );
        registry.register("jobflow_reconciles_running", "Reconciles that run now", running);
        registry.register(
            "jobflow_api_calls",
            "Requests to the API server by verb, resource and code",
            api_calls,
        );
        registry.register(
            "jobflow_jobs_created",
            "Jobs created by kind of their owner",
            jobs_created,
        );
        registry.register(
            "jobflow_watch_errors",
            "Failures to list or watch by kind",
            watch_errors,
        );
        registry.register(
            "jobflow_leader",
            "1 on the replica that executes, 0 on those that wait to follow it",
            leads,
        );
        registry.register(
            "jobflow_jobs_failed",
            "Jobs that were seen to fail by kind of their owner",
            jobs_failed,
        );
        registry.register(
            "jobflow_hop_duration_seconds",
            "From the news of a Job's end until the Jobs that waited for it were created",
            hops,
        );
        metrics
    }

    /// This replica executes from now on, or no longer.
    pub fn leads(&self, leads: bool) {
        self.leads.set(i64::from(leads));
    }

    /// A reconcile begins.
    pub fn reconcile_begins(&self) {
        self.running.inc();
    }

    /// A reconcile ended with `result`.
    pub fn reconcile_ended(&self, kind: &str, result: &'static str, took: Duration) {
        self.running.dec();
        self.reconciles
            .get_or_create(&ReconcileLabels {
                kind: kind.to_owned(),
                result,
            })
            .inc();
        self.durations
            .get_or_create(&KindLabels { kind: kind.to_owned() })
            .observe(took.as_secs_f64());
    }

    /// The API server answered with `code`, or did not answer.
    pub fn api_call(&self, verb: &'static str, resource: &str, code: &str) {
        let labels = CallLabels {
            verb,
            resource: resource.to_owned(),
            code: code.to_owned(),
        };
        self.api_calls.get_or_create(&labels).inc();
    }

    /// A Job was created for an object of `kind`.
    pub fn job_created(&self, kind: &str) {
        self.jobs_created
            .get_or_create(&KindLabels { kind: kind.to_owned() })
            .inc();
    }

    /// A Job of an object of `kind` was seen to fail.
    pub fn job_failed(&self, kind: &str) {
        self.jobs_failed
            .get_or_create(&KindLabels { kind: kind.to_owned() })
            .inc();
    }

    /// The Jobs that waited for another were created so long after the news of its end.
    pub fn hopped(&self, took: Duration) {
        self.hops.observe(took.as_secs_f64());
    }

    /// Objects of `kind` could not be listed or watched.
    pub fn watch_failed(&self, kind: &str) {
        self.watch_errors
            .get_or_create(&KindLabels { kind: kind.to_owned() })
            .inc();
    }
}

/// From a millisecond, which is a look into the caches, to the half minute after which a request is given up.
fn duration_buckets() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 16))
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;

    use super::*;

    #[test]
    fn every_figure_is_exposed_under_its_name() {
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        metrics.reconcile_begins();
        metrics.reconcile_ended("JobFlow", "done", Duration::from_millis(3));
        metrics.api_call("create", "jobs", "201");
        metrics.job_created("JobFlow");
        metrics.watch_failed("Job");
        metrics.leads(true);
        metrics.job_failed("JobFlow");
        metrics.hopped(Duration::from_millis(3));
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            r#"jobflow_reconciles_total{kind="JobFlow",result="done"} 1"#,
            r#"jobflow_reconcile_duration_seconds_count{kind="JobFlow"} 1"#,
            "jobflow_reconciles_running 0",
            r#"jobflow_api_calls_total{verb="create",resource="jobs",code="201"} 1"#,
            r#"jobflow_jobs_created_total{kind="JobFlow"} 1"#,
            r#"jobflow_watch_errors_total{kind="Job"} 1"#,
            "jobflow_leader 1",
            r#"jobflow_jobs_failed_total{kind="JobFlow"} 1"#,
            "jobflow_hop_duration_seconds_count 1",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
