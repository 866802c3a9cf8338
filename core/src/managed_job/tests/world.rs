//! A cluster in memory: one ManagedJob, its Jobs, a clock, and an executor that can crash and look at old facts.

use std::collections::BTreeMap;

use crds::{ManagedJob, ManagedJobRow, ManagedJobStatus, ManagedState};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use super::super::{ValidManagedJob, examine, plan};
use crate::engine::{Action, Event, JobState, Observed, ObservedJob, Plan};
use crate::testing::{managed_job, stored};

/// What the API server holds at one moment.
#[derive(Clone)]
struct Facts {
    object: ManagedJob,
    jobs: BTreeMap<String, Job>,
}

/// How old the facts are that a plan is made from, in writes to the API server. The two come by two watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Age {
    pub object: usize,
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
    pub model: ValidManagedJob,
    pub seconds: i64,
    uids: u32,
    /// How often a Job of a name was made, and how often one disappeared.
    pub made: BTreeMap<String, u32>,
    pub gone: BTreeMap<String, u32>,
    /// Each Job that was made, with the Jobs that had succeeded by then.
    pub created: Vec<(String, Vec<String>)>,
    /// Everything that was told.
    pub events: Vec<Event>,
}

/// A ManagedJob named `demo` with this spec, as it is stored.
pub fn object(spec: Value) -> Value {
    let mut object = stored(&managed_job(spec));
    object["metadata"] =
        json!({"name": "demo", "namespace": "test", "uid": "uid-0", "generation": 1, "resourceVersion": "1"});
    object["status"] = json!({"observedGeneration": -1});
    object
}

impl World {
    pub fn new(object: &Value) -> Self {
        let examined = examine(object);
        let model = examined.model.unwrap_or_else(|| panic!("{:?}", examined.report));
        Self {
            facts: Facts {
                object: serde_json::from_value(object.clone()).unwrap(),
                jobs: BTreeMap::new(),
            },
            past: Vec::new(),
            model,
            seconds: 0,
            uids: 0,
            made: BTreeMap::new(),
            gone: BTreeMap::new(),
            created: Vec::new(),
            events: Vec::new(),
        }
    }

    pub fn status(&self) -> ManagedJobStatus {
        self.facts.object.status.clone().unwrap_or_default()
    }

    /// The rows of all jobs, in the order of the manifest.
    pub fn rows(&self) -> Vec<ManagedJobRow> {
        self.status().groups.into_iter().flat_map(|group| group.jobs).collect()
    }

    pub fn jobs(&self) -> &BTreeMap<String, Job> {
        &self.facts.jobs
    }

    /// Makes a plan from the facts of that age.
    pub fn plan(&self, age: Age) -> Plan<ManagedJobStatus> {
        let observed: Observed = self.seen(age.jobs).jobs.values().map(ObservedJob::from).collect();
        let clock = Timestamp::from_millisecond(self.seconds * 1_000 + 500).unwrap();
        plan(&self.seen(age.object).object, &self.model, &observed, clock)
    }

    /// Makes a plan and carries it out as [`Plan`] asks, until the crash. Gives the plan when it came to the end.
    pub fn reconcile(&mut self, age: Age, until: Until) -> Option<Plan<ManagedJobStatus>> {
        let planned = self.plan(age);
        let from = self.seen(age.object).object.clone();
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
            match action {
                Action::CreateJob(job) => self.create(job),
                other => panic!("this kind never asks for {other:?}"),
            }
        }
        if !matches!(until, Until::End) {
            return None;
        }
        self.events.extend(planned.events.iter().cloned());
        Some(planned)
    }

    /// Stores the status by way of its wire form; one that does not change anything changes no version.
    fn write_status(&mut self, status: &ManagedJobStatus) {
        let wire = serde_json::to_value(status).unwrap();
        let status: ManagedJobStatus = serde_json::from_value(wire).unwrap();
        if self.facts.object.status.as_ref() != Some(&status) {
            self.remember();
            self.facts.object.status = Some(status);
            let version = &mut self.facts.object.metadata.resource_version;
            let next = version.as_deref().unwrap().parse::<u64>().unwrap() + 1;
            *version = Some(next.to_string());
        }
    }

    /// What the API server does with a create: nothing where the name is taken.
    fn create(&mut self, job: &Job) {
        let name = job.metadata.name.clone().unwrap();
        if self.facts.jobs.contains_key(&name) {
            return;
        }
        let rows = self.rows();
        let row = rows.iter().find(|row| row.job.as_ref() == Some(&name));
        let is_running = row.is_some_and(|row| row.state == ManagedState::Running);
        assert!(is_running, "a job '{name}' that the status does not tell");
        let succeeded = rows.into_iter().filter(|row| row.state == ManagedState::Succeeded);
        self.created
            .push((name.clone(), succeeded.filter_map(|row| row.job).collect()));
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
        let job = self.facts.jobs.get(name);
        if job.is_some_and(|job| ObservedJob::from(job).state == JobState::Running) {
            let condition = json!({
                "type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": at,
            });
            self.set_status(name, &json!({"conditions": [condition]}));
        }
    }

    /// Pods of a Job fail, which is no failure of the Job.
    pub fn fail_pods(&mut self, name: &str) {
        self.set_status(name, &json!({"failed": 2, "active": 1}));
    }

    fn set_status(&mut self, name: &str, status: &Value) {
        self.remember();
        self.facts.jobs.get_mut(name).unwrap().status = serde_json::from_value(status.clone()).unwrap();
    }

    /// Somebody deletes a Job, which is then being deleted until [`World::remove`].
    pub fn delete(&mut self, name: &str) {
        let at = self.now();
        if self.facts.jobs.contains_key(name) {
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
        self.facts.object.metadata.deletion_timestamp = Some(self.now());
    }

    fn now(&self) -> Time {
        Time(Timestamp::from_second(self.seconds).unwrap())
    }

    fn remember(&mut self) {
        self.past.push(self.facts.clone());
    }

    fn seen(&self, age: usize) -> &Facts {
        match self.past.len().checked_sub(age) {
            Some(at) => self.past.get(at).unwrap_or(&self.facts),
            None => self.past.first().unwrap_or(&self.facts),
        }
    }
}
