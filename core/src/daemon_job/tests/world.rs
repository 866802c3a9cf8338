//! A cluster in memory: one DaemonJob, its Jobs, nodes that come and go, and an executor that can crash and look at old facts.

use std::collections::BTreeMap;
use std::sync::Arc;

use crds::{DaemonJob, DaemonJobStatus, NodeRow};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use crate::daemon_job::{Node, Nodes, ValidDaemonJob, examine, job_name, plan};
use crate::engine::{Action, Event, JobState, Observed, ObservedJob, Plan, child};
use crate::testing::{daemon_job, stored};

/// What the API server holds at one moment.
#[derive(Clone)]
struct Facts {
    object: DaemonJob,
    jobs: BTreeMap<String, Job>,
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
    /// Whether old facts are kept: for a few nodes.
    pub remembers: bool,
    spec: Value,
    model: ValidDaemonJob,
    pub nodes: Nodes,
    pub seconds: i64,
    uids: u32,
    /// Whether the object deleted itself when its time was over.
    pub is_removed: bool,
    /// How often a Job of a name was made, and how often one disappeared.
    pub made: BTreeMap<String, u32>,
    pub gone: BTreeMap<String, u32>,
    /// Everything that was told.
    pub events: Vec<Event>,
}

/// A DaemonJob named `demo` with these members of its spec, as it is stored.
pub fn object(members: &Value) -> Value {
    let mut object = stored(&daemon_job(members.clone()));
    object["metadata"] =
        json!({"name": "demo", "namespace": "test", "uid": "uid-0", "generation": 1, "resourceVersion": "1"});
    object["status"] = json!({"observedGeneration": -1});
    object
}

/// A node that is ready, with these labels.
pub fn node(labels: &[(&str, &str)]) -> Node {
    let labels = labels
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Node {
        labels: labels.collect(),
        taints: Vec::new(),
        is_cordoned: false,
        is_ready: true,
    }
}

fn model(object: &Value) -> ValidDaemonJob {
    let examined = examine(object);
    examined.model.unwrap_or_else(|| panic!("{:?}", examined.report))
}

impl World {
    pub fn new(members: &Value, nodes: &[(&str, Node)]) -> Self {
        let object = object(members);
        let nodes = nodes.iter().cloned();
        Self {
            model: model(&object),
            facts: Facts {
                object: serde_json::from_value(object).unwrap(),
                jobs: BTreeMap::new(),
            },
            past: Vec::new(),
            remembers: true,
            spec: members.clone(),
            nodes: nodes.map(|(name, node)| (name.to_owned(), Arc::new(node))).collect(),
            seconds: 0,
            uids: 0,
            is_removed: false,
            made: BTreeMap::new(),
            gone: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    pub fn status(&self) -> DaemonJobStatus {
        self.facts.object.status.clone().unwrap_or_default()
    }

    pub fn row(&self, node: &str) -> Option<NodeRow> {
        self.status().nodes.into_iter().find(|row| row.name == node)
    }

    pub fn jobs(&self) -> &BTreeMap<String, Job> {
        &self.facts.jobs
    }

    /// The name of the Job of a node.
    pub fn job_of(&self, node: &str) -> String {
        job_name("demo", node, self.model.job())
    }

    /// The Jobs that have not ended and are not being deleted.
    pub fn running(&self) -> usize {
        let jobs = self.facts.jobs.values().map(ObservedJob::from);
        jobs.filter(|job| job.state == JobState::Running && !job.deleting)
            .count()
    }

    /// Changes a member of the spec that may change.
    pub fn set(&mut self, member: &str, value: Value) {
        self.remember();
        self.spec[member] = value;
        let changed = object(&self.spec);
        self.model = model(&changed);
        let metadata = &mut self.facts.object.metadata;
        *metadata.generation.as_mut().unwrap() += 1;
        self.facts.object.spec = serde_json::from_value(changed["spec"].clone()).unwrap();
        self.bump();
    }

    pub fn annotate(&mut self, key: &str, value: &str) {
        self.remember();
        let annotations = self.facts.object.metadata.annotations.get_or_insert_default();
        annotations.insert(key.to_owned(), value.to_owned());
        self.bump();
    }

    /// Changes a node, or lets one join.
    pub fn change_node(&mut self, name: &str, change: impl FnOnce(&mut Node)) {
        let known = self.nodes.get(name).map(|node| (**node).clone());
        let mut changed = known.unwrap_or_else(|| node(&[]));
        change(&mut changed);
        self.nodes.insert(name.to_owned(), Arc::new(changed));
    }

    /// Makes a plan from an object and Jobs that are so many writes old.
    pub fn plan(&self, age: usize) -> Plan<DaemonJobStatus> {
        let facts = self.seen(age);
        let observed: Observed = facts.jobs.values().map(ObservedJob::from).collect();
        plan(&facts.object, &self.model, &self.nodes, &observed, self.clock())
    }

    /// Makes a plan and carries it out as [`Plan`] asks, until the crash. Returns it when it came to the end.
    pub fn reconcile(&mut self, age: usize, until: Until) -> Option<Plan<DaemonJobStatus>> {
        let planned = self.plan(age);
        let from = self.seen(age).object.clone();
        if from.status.as_ref() != Some(&planned.status) || !planned.actions.is_empty() {
            if from.metadata.resource_version != self.facts.object.metadata.resource_version {
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
            self.perform(action);
        }
        if !matches!(until, Until::End) {
            return None;
        }
        self.events.extend(planned.events.iter().cloned());
        Some(planned)
    }

    /// Stores the status by way of its wire form; one that does not change anything changes no version.
    fn write_status(&mut self, status: &DaemonJobStatus) {
        let wire = serde_json::to_value(status).unwrap();
        let status: DaemonJobStatus = serde_json::from_value(wire).unwrap();
        if self.facts.object.status.as_ref() != Some(&status) {
            self.remember();
            self.facts.object.status = Some(status);
            self.bump();
        }
    }

    fn bump(&mut self) {
        let version = self.facts.object.metadata.resource_version.as_mut().unwrap();
        *version = (version.parse::<u64>().unwrap() + 1).to_string();
    }

    fn perform(&mut self, action: &Action) {
        match action {
            Action::CreateJob(job) => self.create(job),
            Action::DeleteJob { name, uid } if self.has(name, uid) => self.delete(name),
            Action::PatchJobSuspend { name, uid, suspend } if self.has(name, uid) => {
                self.remember();
                let job = self.facts.jobs.get_mut(name).unwrap();
                job.spec.as_mut().unwrap().suspend = Some(*suspend);
                let annotations = job.metadata.annotations.get_or_insert_default();
                if *suspend {
                    annotations.insert(child::SUSPENDED.to_owned(), "true".to_owned());
                } else {
                    annotations.remove(child::SUSPENDED);
                }
            }
            Action::DeleteJob { .. } | Action::PatchJobSuspend { .. } => {}
            Action::DeleteObject => self.is_removed = true,
        }
    }

    fn has(&self, name: &str, uid: &str) -> bool {
        let job = self.facts.jobs.get(name);
        job.is_some_and(|job| job.metadata.uid.as_deref() == Some(uid))
    }

    /// What the API server does with a create: nothing where the name is taken.
    fn create(&mut self, job: &Job) {
        let name = job.metadata.name.clone().unwrap();
        if self.facts.jobs.contains_key(&name) {
            return;
        }
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
    pub fn end(&mut self, name: &str, kind: &str, reason: &str) {
        let at = self.now();
        let job = self.facts.jobs.get(name).map(ObservedJob::from);
        if job.is_some_and(|job| job.state == JobState::Running && !job.deleting) {
            self.remember();
            let condition =
                json!({"type": kind, "status": "True", "reason": reason, "message": "", "lastTransitionTime": at});
            let status = json!({"conditions": [condition]});
            self.facts.jobs.get_mut(name).unwrap().status = serde_json::from_value(status).unwrap();
        }
    }

    /// Somebody deletes a Job, which is then being deleted until [`World::remove`].
    pub fn delete(&mut self, name: &str) {
        let at = self.now();
        if self.facts.jobs.contains_key(name) {
            self.remember();
            let metadata = &mut self.facts.jobs.get_mut(name).unwrap().metadata;
            metadata.deletion_timestamp.get_or_insert(at);
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
        self.facts.object.metadata.deletion_timestamp = Some(self.now());
    }

    /// What our clock says: with fractions of a second, which times on the wire do not have.
    fn clock(&self) -> Timestamp {
        Timestamp::from_millisecond(self.seconds * 1_000 + 500).unwrap()
    }

    fn now(&self) -> Time {
        Time(Timestamp::from_second(self.seconds).unwrap())
    }

    fn remember(&mut self) {
        if self.remembers {
            self.past.push(self.facts.clone());
        }
    }

    fn seen(&self, age: usize) -> &Facts {
        match self.past.len().checked_sub(age) {
            Some(at) => self.past.get(at).unwrap_or(&self.facts),
            None => self.past.first().unwrap_or(&self.facts),
        }
    }
}
