//! One ManagedJob in a cluster in memory.

use crds::{ManagedJob, ManagedJobRow, ManagedJobStatus, ManagedState};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use super::super::{ValidManagedJob, examine, plan};
use crate::engine::testing::world::{self, Part, in_cluster};
use crate::engine::{Observed, Plan};
use crate::testing::{managed_job, stored};

pub use crate::engine::testing::world::{Age, Until};

pub type World = world::World<Groups>;

/// The model of the ManagedJob, and what was seen when its Jobs were made.
#[derive(Default)]
pub struct Groups {
    model: Option<ValidManagedJob>,
    /// Each Job that was made, with the Jobs that had succeeded by then.
    pub created: Vec<(String, Vec<String>)>,
}

impl Groups {
    pub fn model(&self) -> &ValidManagedJob {
        self.model.as_ref().unwrap()
    }
}

impl Part for Groups {
    type Kind = ManagedJob;
    type Status = ManagedJobStatus;

    fn meta(object: &ManagedJob) -> &ObjectMeta {
        &object.metadata
    }

    fn parts(object: &mut ManagedJob) -> (&mut ObjectMeta, &mut Option<ManagedJobStatus>) {
        (&mut object.metadata, &mut object.status)
    }

    fn status(object: &ManagedJob) -> Option<&ManagedJobStatus> {
        object.status.as_ref()
    }

    fn read(&mut self, object: &Value) {
        self.model = Some(examine(object).proven().unwrap());
    }

    fn plan(&self, object: &ManagedJob, observed: &Observed, now: Timestamp) -> Plan<ManagedJobStatus> {
        plan(object, self.model(), observed, now)
    }

    fn job_of(&self, step: &str) -> String {
        format!("demo-{}", step.replace('/', "-"))
    }

    fn on_create(&mut self, object: &ManagedJob, job: &str) {
        let rows = rows(object.status.as_ref());
        let in_state = |state: ManagedState| rows.iter().filter(move |row| row.state == state);
        let is_running = in_state(ManagedState::Running).any(|row| row.job.as_deref() == Some(job));
        assert!(is_running, "a job '{job}' that the status does not tell");
        let succeeded = in_state(ManagedState::Succeeded).filter_map(|row| row.job.clone());
        self.created.push((job.to_owned(), succeeded.collect()));
    }
}

/// The rows of all jobs, in the order of the manifest.
pub fn rows(status: Option<&ManagedJobStatus>) -> Vec<ManagedJobRow> {
    let groups = status.iter().flat_map(|status| &status.groups);
    groups.flat_map(|group| group.jobs.clone()).collect()
}

/// A ManagedJob named `demo` with this spec, as it is stored.
pub fn object(spec: Value) -> Value {
    in_cluster(stored(&managed_job(spec)))
}

impl World {
    pub fn new(object: &Value) -> Self {
        Self::of(object, Groups::default())
    }

    /// Pods of a Job fail, which is no failure of the Job.
    pub fn fail_pods(&mut self, name: &str) {
        let status = serde_json::from_value(json!({"failed": 2, "active": 1})).unwrap();
        self.change_job(name, |job| job.status = status);
    }
}
