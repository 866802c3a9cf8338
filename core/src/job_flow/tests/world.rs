//! A cluster in memory: one JobFlow, its Jobs, a clock, and an executor that can crash and look at old facts.

use std::collections::BTreeMap;
use std::sync::Arc;

use crds::{FlowRow, JobFlow, JobFlowStatus};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use crate::admission::NoTemplates;
use crate::engine::{Action, Event, Observed, ObservedJob, Plan, child};
use crate::job_flow::{References, TemplateState, ValidJobFlow, examine, plan};
use crate::testing::job;

/// What the API server holds at one moment.
#[derive(Clone)]
struct Facts {
    flow: JobFlow,
    jobs: BTreeMap<String, Job>,
}

/// How old the facts are that a plan is made from, in writes to the API server. The two come by two watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Age {
    pub flow: usize,
    pub jobs: usize,
}

/// How far the executor comes with a plan.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    StatusWritten,
    ActionsDone(usize),
    End,
}

pub struct World {
    facts: Facts,
    past: Vec<Facts>,
    /// How much of the past nobody sees any more: a watch does not go back, and a restart lists what is there.
    horizon: usize,
    /// Whether what was done is seen at once, as by a controller that remembers it until the watch brings it.
    pub remembers: bool,
    model: ValidJobFlow,
    pub references: References,
    pub seconds: i64,
    uids: u32,
    /// How often a Job of a name was made, and how often one disappeared.
    pub made: BTreeMap<String, u32>,
    pub gone: BTreeMap<String, u32>,
    /// Everything that was told.
    pub events: Vec<Event>,
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
    json!({
        "apiVersion": "api.practice.com/v1alpha1",
        "kind": "JobFlow",
        "metadata": {"name": "demo", "namespace": "test", "uid": "uid-0", "generation": 1, "resourceVersion": "1"},
        "spec": {"flows": flows.iter().map(flow).collect::<Vec<_>>()},
        "status": {"observedGeneration": -1},
    })
}

/// The Job spec as normalization stores it.
pub fn never(mut job: Value) -> Value {
    job["template"]["spec"]["restartPolicy"] = json!("Never");
    job
}

impl World {
    pub fn new(object: &Value) -> Self {
        let model = examined(object);
        let flow = serde_json::from_value(object.clone()).unwrap();
        Self {
            facts: Facts {
                flow,
                jobs: BTreeMap::new(),
            },
            past: Vec::new(),
            horizon: 0,
            remembers: false,
            model,
            references: References::default(),
            seconds: 0,
            uids: 0,
            made: BTreeMap::new(),
            gone: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    pub fn status(&self) -> JobFlowStatus {
        self.facts.flow.status.clone().unwrap_or_default()
    }

    pub fn row(&self, job: &str) -> Option<FlowRow> {
        self.status()
            .flows
            .into_iter()
            .find(|row| format!("demo-{}", row.name) == job)
    }

    pub fn jobs(&self) -> &BTreeMap<String, Job> {
        &self.facts.jobs
    }

    /// Makes a plan from the facts of that age.
    pub fn plan(&self, age: Age) -> Plan<JobFlowStatus> {
        let observed: Observed = self.seen(age.jobs).jobs.values().map(ObservedJob::from).collect();
        plan(
            &self.seen(age.flow).flow,
            &self.model,
            &self.references,
            &observed,
            self.clock(),
        )
    }

    /// Makes a plan and carries it out as [`Plan`] asks, until the crash. True when it came to the end.
    pub fn reconcile(&mut self, age: Age, until: Until) -> Option<Plan<JobFlowStatus>> {
        let planned = self.plan(age);
        let from = self.seen(age.flow).flow.clone();
        self.horizon = self.horizon.max(self.past.len().saturating_sub(age.jobs));
        if from.status.as_ref() != Some(&planned.status) || !planned.actions.is_empty() {
            if from.metadata.resource_version != self.facts.flow.metadata.resource_version {
                return None;
            }
            self.write_status(&planned.status);
        }
        let actions = match until {
            Until::StatusWritten => return None,
            Until::ActionsDone(count) => count,
            Until::End => usize::MAX,
        };
        for action in planned.actions.iter().take(actions) {
            self.carry_out(action);
        }
        if self.remembers {
            self.horizon = self.past.len();
        }
        if !matches!(until, Until::End) {
            return None;
        }
        self.events.extend(planned.events.iter().cloned());
        Some(planned)
    }

    fn carry_out(&mut self, action: &Action) {
        match action {
            Action::CreateJob(job) => self.create(job),
            Action::DeleteJob { name, uid } if self.is_there(name, uid) => self.delete(name),
            Action::PatchJobSuspend { name, uid, suspend } if self.is_there(name, uid) => {
                let mark = suspend.then(|| (child::SUSPENDED.to_owned(), "true".to_owned()));
                self.patch_job(name, *suspend, mark.into_iter().collect());
            }
            Action::DeleteObject => self.delete_object(),
            Action::DeleteJob { .. } | Action::PatchJobSuspend { .. } => {}
        }
    }

    fn is_there(&self, name: &str, uid: &str) -> bool {
        let job = self.facts.jobs.get(name);
        job.is_some_and(|job| job.metadata.uid.as_deref() == Some(uid))
    }

    /// Somebody suspends or resumes a Job.
    pub fn suspend_job(&mut self, name: &str, suspend: bool) {
        if self.facts.jobs.contains_key(name) {
            self.patch_job(name, suspend, BTreeMap::new());
        }
    }

    fn patch_job(&mut self, name: &str, suspend: bool, annotations: BTreeMap<String, String>) {
        self.remember();
        let job = self.facts.jobs.get_mut(name).unwrap();
        job.spec.get_or_insert_default().suspend = Some(suspend);
        job.metadata.annotations = Some(annotations);
    }

    /// Somebody changes a member of the spec.
    pub fn set(&mut self, member: &str, value: Value) {
        let mut object = serde_json::to_value(&self.facts.flow).unwrap();
        object["spec"][member] = value;
        self.model = examined(&object);
        self.write_object(&object);
    }

    /// Somebody asks for a retry.
    pub fn retry(&mut self, value: &str) {
        let mut object = serde_json::to_value(&self.facts.flow).unwrap();
        object["metadata"]["annotations"] = json!({"api.practice.com/retry": value});
        self.write_object(&object);
    }

    fn write_object(&mut self, object: &Value) {
        self.remember();
        self.facts.flow = serde_json::from_value(object.clone()).unwrap();
        self.next_version();
    }

    fn next_version(&mut self) {
        let version = &mut self.facts.flow.metadata.resource_version;
        let number: u64 = version.as_deref().unwrap().parse().unwrap();
        *version = Some((number + 1).to_string());
    }

    /// Stores the status by way of its wire form; one that does not change anything changes no version.
    fn write_status(&mut self, status: &JobFlowStatus) {
        let wire = serde_json::to_value(status).unwrap();
        let status: JobFlowStatus = serde_json::from_value(wire).unwrap();
        if self.facts.flow.status.as_ref() != Some(&status) {
            self.remember();
            self.facts.flow.status = Some(status);
            self.next_version();
        }
    }

    /// What the API server does with a create: nothing where the name is taken.
    fn create(&mut self, job: &Job) {
        let name = job.metadata.name.clone().unwrap();
        if self.facts.jobs.contains_key(&name) {
            return;
        }
        assert!(
            !self.row(&name).is_some_and(|row| row.state.is_final()),
            "a second job for '{name}', whose end is recorded"
        );
        assert_ne!(
            self.facts.flow.spec.suspend,
            Some(true),
            "'{name}' starts while all is suspended"
        );
        *self.made.entry(name).or_default() += 1;
        self.store(job.clone());
    }

    /// A Job that is not ours takes a name.
    pub fn occupy(&mut self, name: &str) {
        self.store(serde_json::from_value(json!({"metadata": {"name": name}})).unwrap());
    }

    fn store(&mut self, mut job: Job) {
        self.remember();
        self.uids += 1;
        job.metadata.uid = Some(format!("job-{}", self.uids));
        job.metadata.creation_timestamp = Some(self.now());
        self.facts.jobs.insert(job.metadata.name.clone().unwrap(), job);
    }

    /// The Job controller ends a running Job.
    pub fn end(&mut self, name: &str, kind: &str, reason: &str, message: &str) {
        let at = self.now();
        let running = |job: &ObservedJob| job.state == crate::engine::JobState::Running;
        if self
            .facts
            .jobs
            .get(name)
            .is_some_and(|job| running(&ObservedJob::from(job)))
        {
            self.remember();
            let condition = json!({
                "type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": at,
            });
            let status = json!({"conditions": [condition]});
            self.facts.jobs.get_mut(name).unwrap().status = serde_json::from_value(status).unwrap();
        }
    }

    /// Somebody deletes a Job, which is then being deleted until [`World::remove`].
    pub fn delete(&mut self, name: &str) {
        let at = self.now();
        let is_there = self.facts.jobs.get(name);
        if is_there.is_some_and(|job| job.metadata.deletion_timestamp.is_none()) {
            self.remember();
            self.facts.jobs.get_mut(name).unwrap().metadata.deletion_timestamp = Some(at);
        }
    }

    /// A Job is gone.
    pub fn remove(&mut self, name: &str) {
        if self.facts.jobs.contains_key(name) {
            self.remember();
            self.facts.jobs.remove(name);
            *self.gone.entry(name.to_owned()).or_default() += 1;
        }
    }

    pub fn delete_object(&mut self) {
        self.remember();
        self.facts.flow.metadata.deletion_timestamp = Some(self.now());
        self.next_version();
    }

    /// Whether `parallelism` lets no Job run.
    pub fn is_without_places(&self) -> bool {
        self.facts.flow.spec.parallelism == Some(0)
    }

    pub fn is_being_deleted(&self) -> bool {
        self.facts.flow.metadata.deletion_timestamp.is_some()
    }

    pub fn add_template(&mut self, name: &str, fault: Option<&str>) {
        let spec = serde_json::from_value(job()).unwrap();
        let state = fault.map_or(TemplateState::Valid(Arc::new(spec)), |fault| {
            TemplateState::Invalid(fault.into())
        });
        self.references.templates.insert(name.to_owned(), state);
    }

    /// What our clock says: with fractions of a second, which times on the wire do not have.
    fn clock(&self) -> Timestamp {
        Timestamp::from_millisecond(self.seconds * 1_000 + 500).unwrap()
    }

    fn now(&self) -> Time {
        Time(Timestamp::from_second(self.seconds).unwrap())
    }

    fn remember(&mut self) {
        self.past.push(self.facts.clone());
    }

    fn seen(&self, age: usize) -> &Facts {
        let at = self.past.len().saturating_sub(age).max(self.horizon);
        self.past.get(at).unwrap_or(&self.facts)
    }
}

fn examined(object: &Value) -> ValidJobFlow {
    let examined = examine(object, &NoTemplates);
    examined.model.unwrap_or_else(|| panic!("{:?}", examined.report))
}
