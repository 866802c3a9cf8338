//! SequentialJob as a front end of the controller.

use crds::{SequentialJob, SequentialJobStatus};
use jobflow_core::diagnostic::Report;
use jobflow_core::engine::{Observed, Plan};
use jobflow_core::examine::Examined;
use jobflow_core::sequential_job::{self, ValidSequentialJob};
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use crate::caches::Caches;
use crate::front_end::FrontEnd;
use crate::models::Models;
use crate::objects::Objects;

impl FrontEnd for SequentialJob {
    type Model = ValidSequentialJob;
    type References = ();

    fn examine(object: &Value) -> Examined<ValidSequentialJob> {
        sequential_job::examine(object)
    }

    fn invalid_status(&self, report: &Report, now: Timestamp) -> SequentialJobStatus {
        sequential_job::invalid_status(self, report, now)
    }

    fn references(&self, _caches: &Caches, _model: &ValidSequentialJob) {}

    fn plan(
        &self,
        model: &ValidSequentialJob,
        (): &(),
        observed: &Observed,
        now: Timestamp,
    ) -> Plan<SequentialJobStatus> {
        sequential_job::plan(self, model, observed, now)
    }

    fn is_finished(&self) -> bool {
        self.status
            .as_ref()
            .is_some_and(|status| status.completion_time.is_some())
    }

    fn objects(caches: &Caches) -> &Objects<Self> {
        &caches.sequential_jobs
    }

    fn models(caches: &Caches) -> &Models<ValidSequentialJob> {
        &caches.sequential_job_models
    }
}
