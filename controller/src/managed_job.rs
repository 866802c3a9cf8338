//! ManagedJob as a front end of the controller.

use crds::{ManagedJob, ManagedJobStatus};
use jobflow_core::diagnostic::Report;
use jobflow_core::engine::{Observed, Plan};
use jobflow_core::examine::Examined;
use jobflow_core::managed_job::{self, ValidManagedJob};
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use crate::caches::Caches;
use crate::front_end::FrontEnd;
use crate::models::Models;
use crate::objects::Objects;

impl FrontEnd for ManagedJob {
    type Model = ValidManagedJob;
    type References = ();

    fn examine(object: &Value) -> Examined<ValidManagedJob> {
        managed_job::examine(object)
    }

    fn invalid_status(&self, report: &Report, now: Timestamp) -> ManagedJobStatus {
        managed_job::invalid_status(self, report, now)
    }

    fn references(&self, _caches: &Caches, _model: &ValidManagedJob) {}

    fn plan(&self, model: &ValidManagedJob, (): &(), observed: &Observed, now: Timestamp) -> Plan<ManagedJobStatus> {
        managed_job::plan(self, model, observed, now)
    }

    fn is_finished(&self) -> bool {
        self.status
            .as_ref()
            .is_some_and(|status| status.completion_time.is_some())
    }

    fn objects(caches: &Caches) -> &Objects<Self> {
        &caches.managed_jobs
    }

    fn models(caches: &Caches) -> &Models<ValidManagedJob> {
        &caches.managed_job_models
    }
}
