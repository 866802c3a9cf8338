//! A cluster in memory: one object, its Jobs, a clock, and an executor that can crash and look at old facts.

use std::collections::BTreeMap;
use std::fmt::Debug;

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use k8s_openapi::jiff::Timestamp;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::engine::{Action, Event, JobState, Observed, ObservedJob, Plan, child};

/// What a kind brings to its world: its model, and what else its plans look at.
pub trait Part {
    type Kind: Clone + Serialize + DeserializeOwned;
    type Status: Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned;

    fn meta(object: &Self::Kind) -> &ObjectMeta;

    fn parts(object: &mut Self::Kind) -> (&mut ObjectMeta, &mut Option<Self::Status>);

    fn status(object: &Self::Kind) -> Option<&Self::Status>;

    /// Takes the model of this object.
    fn read(&mut self, object: &Value);

    fn plan(&self, object: &Self::Kind, observed: &Observed, now: Timestamp) -> Plan<Self::Status>;

    /// The name of the Job of a step.
    fn job_of(&self, step: &str) -> String;

    /// A Job is made while the object is this one: whether that may be.
    fn on_create(&mut self, _object: &Self::Kind, _job: &str) {}
}

/// What the API server holds at one moment.
#[derive(Clone)]
struct Facts<K> {
    object: K,
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
    Planned,
    StatusWritten,
    ActionsDone(usize),
    End,
}

pub struct World<P: Part> {
    facts: Facts<P::Kind>,
    past: Vec<Facts<P::Kind>>,
    /// Whether old facts are kept: not where there are very many Jobs.
    pub keeps_past: bool,
    /// How much of the past nobody sees any more: a watch does not go back, and a restart lists what is there.
    horizon: usize,
    /// Whether what was done is seen at once, as by a controller that remembers it until the watch brings it.
    pub remembers: bool,
    pub part: P,
    pub seconds: i64,
    uids: u32,
    /// How often a Job of a name was made, and how often one disappeared.
    pub made: BTreeMap<String, u32>,
    pub gone: BTreeMap<String, u32>,
    /// Everything that was told.
    pub events: Vec<Event>,
}

/// The object as the API server stores it: with metadata, and with the status of an object that nobody has looked at.
pub fn in_cluster(mut object: Value) -> Value {
    object["metadata"] =
        json!({"name": "demo", "namespace": "test", "uid": "uid-0", "generation": 1, "resourceVersion": "1"});
    object["status"] = json!({"observedGeneration": -1});
    object
}

impl<P: Part> World<P> {
    pub fn of(object: &Value, mut part: P) -> Self {
        part.read(object);
        Self {
            facts: Facts {
                object: serde_json::from_value(object.clone()).unwrap(),
                jobs: BTreeMap::new(),
            },
            past: Vec::new(),
            keeps_past: true,
            horizon: 0,
            remembers: false,
            part,
            seconds: 0,
            uids: 0,
            made: BTreeMap::new(),
            gone: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    pub fn object(&self) -> &P::Kind {
        &self.facts.object
    }

    pub fn status(&self) -> P::Status {
        P::status(self.object()).cloned().unwrap_or_default()
    }

    pub fn jobs(&self) -> &BTreeMap<String, Job> {
        &self.facts.jobs
    }

    /// The name of the Job of a step.
    pub fn job_of(&self, step: &str) -> String {
        self.part.job_of(step)
    }

    pub fn is_being_deleted(&self) -> bool {
        P::meta(self.object()).deletion_timestamp.is_some()
    }

    /// Makes a plan from the facts of that age.
    pub fn plan(&self, age: Age) -> Plan<P::Status> {
        let observed: Observed = self.seen(age.jobs).jobs.values().map(ObservedJob::from).collect();
        self.part.plan(&self.seen(age.object).object, &observed, self.clock())
    }

    /// Makes a plan and carries it out as [`Plan`] asks, until the crash. Gives the plan when it came to the end.
    pub fn reconcile(&mut self, age: Age, until: Until) -> Option<Plan<P::Status>> {
        let planned = self.plan(age);
        let from = &self.seen(age.object).object;
        let is_news = P::status(from) != Some(&planned.status) || !planned.actions.is_empty();
        let is_current = P::meta(from).resource_version == P::meta(self.object()).resource_version;
        self.horizon = self.horizon.max(self.past.len().saturating_sub(age.jobs));
        if matches!(until, Until::Planned) {
            return None;
        }
        if is_news {
            if !is_current {
                return None;
            }
            self.write_status(&planned.status);
        }
        let actions = match until {
            Until::Planned | Until::StatusWritten => return None,
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

    /// Stores the status by way of its wire form; one that does not change anything changes no version.
    fn write_status(&mut self, status: &P::Status) {
        let wire = serde_json::to_value(status).unwrap();
        let status: P::Status = serde_json::from_value(wire).unwrap();
        if P::status(self.object()) != Some(&status) {
            self.change(|_, held| *held = Some(status));
        }
    }

    fn carry_out(&mut self, action: &Action) {
        match action {
            Action::CreateJob(job) => self.create(job),
            Action::DeleteJob { name, uid } if self.is_there(name, uid) => self.delete(name),
            Action::PatchJobSuspend { name, uid, suspend } if self.is_there(name, uid) => {
                let mark = suspend.then(|| (child::SUSPENDED.to_owned(), "true".to_owned()));
                self.patch_suspend(name, *suspend, mark.into_iter().collect());
            }
            Action::DeleteObject => self.delete_object(),
            Action::DeleteJob { .. } | Action::PatchJobSuspend { .. } => {}
        }
    }

    fn is_there(&self, name: &str, uid: &str) -> bool {
        let job = self.facts.jobs.get(name);
        job.is_some_and(|job| job.metadata.uid.as_deref() == Some(uid))
    }

    /// Somebody changes a member of the spec.
    pub fn set(&mut self, member: &str, value: Value) {
        let mut object = serde_json::to_value(self.object()).unwrap();
        object["spec"][member] = value;
        self.part.read(&object);
        self.remember();
        self.facts.object = serde_json::from_value(object).unwrap();
        self.write(|meta, _| *meta.generation.as_mut().unwrap() += 1);
    }

    pub fn annotate(&mut self, key: &str, value: &str) {
        self.change(|meta, _| {
            let annotations = meta.annotations.get_or_insert_default();
            annotations.insert(key.to_owned(), value.to_owned());
        });
    }

    pub fn delete_object(&mut self) {
        let at = self.now();
        self.change(|meta, _| meta.deletion_timestamp = Some(at));
    }

    /// Changes the object.
    fn change(&mut self, change: impl FnOnce(&mut ObjectMeta, &mut Option<P::Status>)) {
        self.remember();
        self.write(change);
    }

    /// Changes the object once what was there is remembered. Each write gives it a new version.
    fn write(&mut self, change: impl FnOnce(&mut ObjectMeta, &mut Option<P::Status>)) {
        let (meta, status) = P::parts(&mut self.facts.object);
        change(meta, status);
        let version: u64 = meta.resource_version.as_deref().unwrap().parse().unwrap();
        meta.resource_version = Some((version + 1).to_string());
    }

    /// What the API server does with a create: nothing where the name is taken.
    fn create(&mut self, job: &Job) {
        let name = job.metadata.name.clone().unwrap();
        if self.facts.jobs.contains_key(&name) {
            return;
        }
        self.part.on_create(&self.facts.object, &name);
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

    /// Something happens to a Job, if there is one of this name.
    pub fn change_job(&mut self, name: &str, change: impl FnOnce(&mut Job)) {
        if self.facts.jobs.contains_key(name) {
            self.remember();
            change(self.facts.jobs.get_mut(name).unwrap());
        }
    }

    /// The Job controller ends a running Job.
    pub fn end(&mut self, name: &str, kind: &str, reason: &str, message: &str) {
        let condition = json!({
            "type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": self.now(),
        });
        let job = self.facts.jobs.get(name);
        if job.is_some_and(|job| ObservedJob::from(job).state == JobState::Running) {
            let status = serde_json::from_value(json!({"conditions": [condition]})).unwrap();
            self.change_job(name, |job| job.status = status);
        }
    }

    /// Somebody suspends or resumes a Job.
    pub fn suspend_job(&mut self, name: &str, suspend: bool) {
        self.patch_suspend(name, suspend, BTreeMap::new());
    }

    fn patch_suspend(&mut self, name: &str, suspend: bool, annotations: BTreeMap<String, String>) {
        self.change_job(name, |job| {
            job.spec.get_or_insert_default().suspend = Some(suspend);
            job.metadata.annotations = Some(annotations);
        });
    }

    /// Somebody deletes a Job, which is then being deleted until [`World::remove`].
    pub fn delete(&mut self, name: &str) {
        let at = self.now();
        self.change_job(name, |job| {
            job.metadata.deletion_timestamp.get_or_insert(at);
        });
    }

    /// A Job is gone.
    pub fn remove(&mut self, name: &str) {
        if self.facts.jobs.contains_key(name) {
            self.remember();
            self.facts.jobs.remove(name);
            *self.gone.entry(name.to_owned()).or_default() += 1;
        }
    }

    /// What our clock says: with fractions of a second, which times on the wire do not have.
    fn clock(&self) -> Timestamp {
        Timestamp::from_millisecond(self.seconds * 1_000 + 500).unwrap()
    }

    fn now(&self) -> Time {
        Time(Timestamp::from_second(self.seconds).unwrap())
    }

    fn remember(&mut self) {
        if self.keeps_past {
            self.past.push(self.facts.clone());
        }
    }

    fn seen(&self, age: usize) -> &Facts<P::Kind> {
        let at = self.past.len().saturating_sub(age).max(self.horizon);
        self.past.get(at).unwrap_or(&self.facts)
    }
}

/// Facts that are often current.
pub fn any_age() -> impl Strategy<Value = Age> {
    let age = prop_oneof![3 => Just(0_usize), 2 => 1..8_usize];
    (age.clone(), age).prop_map(|(object, jobs)| Age { object, jobs })
}

/// A look that often comes to its end.
pub fn any_end() -> impl Strategy<Value = Until> {
    prop_oneof![
        3 => Just(Until::End),
        1 => Just(Until::StatusWritten),
        1 => (0..3_usize).prop_map(Until::ActionsDone),
    ]
}
