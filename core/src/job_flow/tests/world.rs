//! One JobFlow in a cluster in memory.

use std::sync::Arc;

use crds::{FlowRow, JobFlow, JobFlowStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use crate::admission::NoTemplates;
use crate::engine::testing::world::{self, Part, in_cluster};
use crate::engine::{Observed, Plan};
use crate::job_flow::{References, TemplateState, ValidJobFlow, examine, plan};
use crate::testing::{job, job_flow};

pub use crate::engine::testing::world::{Age, Until};

pub type World = world::World<Graph>;

/// The model of the JobFlow, and the JobTemplates that there are.
#[derive(Default)]
pub struct Graph {
    model: Option<ValidJobFlow>,
    references: References,
}

impl Part for Graph {
    type Kind = JobFlow;
    type Status = JobFlowStatus;

    fn meta(object: &JobFlow) -> &ObjectMeta {
        &object.metadata
    }

    fn parts(object: &mut JobFlow) -> (&mut ObjectMeta, &mut Option<JobFlowStatus>) {
        (&mut object.metadata, &mut object.status)
    }

    fn status(object: &JobFlow) -> Option<&JobFlowStatus> {
        object.status.as_ref()
    }

    fn read(&mut self, object: &Value) {
        self.model = Some(examine(object, &NoTemplates).proven().unwrap());
    }

    fn plan(&self, object: &JobFlow, observed: &Observed, now: Timestamp) -> Plan<JobFlowStatus> {
        plan(object, self.model.as_ref().unwrap(), &self.references, observed, now)
    }

    fn job_of(&self, step: &str) -> String {
        format!("demo-{step}")
    }

    fn on_create(&mut self, object: &JobFlow, job: &str) {
        let rows = object.status.iter().flat_map(|status| &status.flows);
        let is_it = |row: &&FlowRow| self.job_of(&row.name) == job;
        let is_final = rows.filter(is_it).any(|row| row.state.is_final());
        assert!(!is_final, "a second job for '{job}', whose end is recorded");
        assert_ne!(object.spec.suspend, Some(true), "'{job}' starts while all is suspended");
    }
}

/// A flow of a graph.
#[derive(Clone, Debug, Default)]
pub struct Node {
    pub name: String,
    pub dependencies: Vec<String>,
    /// The JobTemplate that it refers to.
    pub template: Option<String>,
    pub when: Option<&'static str>,
}

/// A JobFlow named `demo`, as it is stored.
pub fn stored(flows: &[Node]) -> Value {
    let flow = |node: &Node| {
        let mut flow = json!({"name": node.name, "dependencies": node.dependencies});
        match &node.template {
            Some(template) => flow["jobTemplateRef"] = json!(template),
            None => flow["jobTemplate"] = never(job()),
        }
        if let Some(when) = node.when {
            flow["when"] = json!(when);
        }
        flow
    };
    in_cluster(job_flow(json!({"flows": flows.iter().map(flow).collect::<Vec<_>>()})))
}

/// The Job spec as normalization stores it.
pub fn never(mut job: Value) -> Value {
    job["template"]["spec"]["restartPolicy"] = json!("Never");
    job
}

impl World {
    pub fn new(object: &Value) -> Self {
        Self::of(object, Graph::default())
    }

    /// Whether `parallelism` lets no Job run.
    pub fn is_without_places(&self) -> bool {
        self.object().spec.parallelism == Some(0)
    }

    pub fn retry(&mut self, value: &str) {
        self.annotate(crate::engine::RETRY, value);
    }

    pub fn add_template(&mut self, name: &str, fault: Option<&str>) {
        let spec = serde_json::from_value(job()).unwrap();
        let state = fault.map_or(TemplateState::Valid(Arc::new(spec)), |fault| {
            TemplateState::Invalid(fault.into())
        });
        self.part.references.templates.insert(name.to_owned(), state);
    }
}
