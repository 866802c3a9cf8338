//! One SequentialJob in a cluster in memory, and scripts that are played with it.

use std::fmt::Write;

use crds::{SequentialJob, SequentialJobStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use super::super::{ValidSequentialJob, examine, plan};
use crate::engine::testing::script::play;
use crate::engine::testing::world::{self, Part, in_cluster};
use crate::engine::{Observed, Plan};
use crate::testing::{sequential_job, stored};

pub use crate::engine::testing::world::{Age, Until};

pub type World = world::World<Sequence>;

/// The model of the SequentialJob.
#[derive(Default)]
pub struct Sequence(Option<ValidSequentialJob>);

impl Part for Sequence {
    type Kind = SequentialJob;
    type Status = SequentialJobStatus;

    fn meta(object: &SequentialJob) -> &ObjectMeta {
        &object.metadata
    }

    fn parts(object: &mut SequentialJob) -> (&mut ObjectMeta, &mut Option<SequentialJobStatus>) {
        (&mut object.metadata, &mut object.status)
    }

    fn status(object: &SequentialJob) -> Option<&SequentialJobStatus> {
        object.status.as_ref()
    }

    fn read(&mut self, object: &Value) {
        self.0 = Some(examine(object).proven().unwrap());
    }

    fn plan(&self, object: &SequentialJob, observed: &Observed, now: Timestamp) -> Plan<SequentialJobStatus> {
        plan(object, self.0.as_ref().unwrap(), observed, now)
    }

    fn job_of(&self, step: &str) -> String {
        step.to_owned()
    }
}

impl World {
    /// A SequentialJob named `demo` with containers of these names and these members of its spec.
    pub fn new(containers: &[&str], members: &Value) -> Self {
        let container = |name: &&str| json!({"name": name, "image": "busybox"});
        let mut spec = members.clone();
        spec["containers"] = containers.iter().map(container).collect();
        Self::of(&in_cluster(stored(&sequential_job(spec))), Sequence::default())
    }
}

/// Runs commands, one a line, and tells what each plan did and what the status says.
pub fn run(containers: &[&str], commands: &str) -> String {
    let mut world = World::new(containers, &json!({}));
    play(&mut world, commands, |_, _| false, status_text)
}

fn status_text(status: &SequentialJobStatus) -> String {
    let mut out = String::new();
    let mut status = serde_json::to_value(status).unwrap();
    let members = status.as_object_mut().unwrap();
    members.remove("observedGeneration");
    let conditions = members.remove("conditions").unwrap_or_default();
    for (name, value) in members {
        writeln!(out, "  {name}: {value}").unwrap();
    }
    for held in conditions.as_array().into_iter().flatten() {
        let text = |member: &str| held[member].as_str().unwrap().to_owned();
        writeln!(
            out,
            "  {}={} {}: {}",
            text("type"),
            text("status"),
            text("reason"),
            text("message")
        )
        .unwrap();
    }
    out
}
