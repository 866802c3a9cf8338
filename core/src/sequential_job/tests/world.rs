//! A cluster in memory: one SequentialJob, its Jobs, and an executor that can stop after each write.

use std::collections::BTreeMap;
use std::fmt::Write;

use crds::{SequentialJob, SequentialJobStatus};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use super::super::{ValidSequentialJob, examine, plan};
use crate::engine::{Action, Observed, ObservedJob, Plan, child};
use crate::testing::{sequential_job, stored};

pub struct World {
    pub object: SequentialJob,
    pub jobs: BTreeMap<String, Job>,
    /// How often a Job of a name was made.
    pub made: BTreeMap<String, u32>,
    model: ValidSequentialJob,
    seconds: i64,
}

impl World {
    /// A SequentialJob named `demo` with containers of these names and these members of its spec.
    pub fn new(containers: &[&str], members: &Value) -> Self {
        let container = |name: &&str| json!({"name": name, "image": "busybox"});
        let mut spec = members.clone();
        spec["containers"] = containers.iter().map(container).collect();
        let mut object = stored(&sequential_job(spec));
        object["metadata"] = json!({"name": "demo", "namespace": "test", "uid": "uid-0", "generation": 1});
        let examined = examine(&object);
        Self {
            model: examined.model.unwrap_or_else(|| panic!("{:?}", examined.report)),
            object: serde_json::from_value(object).unwrap(),
            jobs: BTreeMap::new(),
            made: BTreeMap::new(),
            seconds: 0,
        }
    }

    /// One second later.
    pub fn tick(&mut self) {
        self.seconds += 1;
    }

    /// Makes a plan and carries out this many of its writes: the status is the first.
    pub fn reconcile(&mut self, writes: usize) -> Plan<SequentialJobStatus> {
        let observed: Observed = self.jobs.values().map(ObservedJob::from).collect();
        let now = Timestamp::from_millisecond(self.seconds * 1_000 + 500).unwrap();
        let planned = plan(&self.object, &self.model, &observed, now);
        if writes > 0 {
            let wire = serde_json::to_value(&planned.status).unwrap();
            self.object.status = serde_json::from_value(wire).unwrap();
        }
        for action in planned.actions.iter().take(writes.saturating_sub(1)) {
            self.carry_out(action);
        }
        planned
    }

    fn carry_out(&mut self, action: &Action) {
        let at = self.now();
        match action {
            Action::CreateJob(job) => self.create(job),
            Action::DeleteJob { name, uid } => {
                let job = self
                    .jobs
                    .get_mut(name)
                    .filter(|job| job.metadata.uid.as_ref() == Some(uid));
                if let Some(job) = job {
                    job.metadata.deletion_timestamp.get_or_insert(at);
                }
            }
            Action::PatchJobSuspend { name, suspend, .. } => {
                let job = self.jobs.get_mut(name).expect("only a Job that is there is suspended");
                job.spec.get_or_insert_default().suspend = Some(*suspend);
                let mark = suspend.then(|| (child::SUSPENDED.to_owned(), "true".to_owned()));
                job.metadata.annotations = Some(mark.into_iter().collect());
            }
            Action::DeleteObject => self.object.metadata.deletion_timestamp = Some(at),
        }
    }

    /// Somebody changes a member of the spec.
    pub fn set(&mut self, member: &str, value: Value) {
        let mut object = serde_json::to_value(&self.object).unwrap();
        object["spec"][member] = value;
        self.model = examine(&object).model.expect("the change is allowed");
        self.object = serde_json::from_value(object).unwrap();
    }

    fn create(&mut self, job: &Job) {
        let name = job.metadata.name.clone().unwrap();
        if self.jobs.contains_key(&name) {
            return;
        }
        *self.made.entry(name.clone()).or_default() += 1;
        let mut job = job.clone();
        job.metadata.uid = Some(format!("job-{}", self.seconds));
        job.metadata.creation_timestamp = Some(self.now());
        self.jobs.insert(name, job);
    }

    /// The Job controller ends a Job.
    pub fn end(&mut self, name: &str, kind: &str, reason: &str) {
        let at = self.now();
        let condition =
            json!({"type": kind, "status": "True", "reason": reason, "message": "", "lastTransitionTime": at});
        let job = self.jobs.get_mut(name).expect("only a Job that is there ends");
        job.status = serde_json::from_value(json!({"conditions": [condition]})).unwrap();
    }

    /// A Job that is not ours takes a name.
    pub fn occupy(&mut self, name: &str) {
        let job = serde_json::from_value(json!({"metadata": {"name": name}})).unwrap();
        self.jobs.insert(name.to_owned(), job);
    }

    fn now(&self) -> Time {
        Time(Timestamp::from_second(self.seconds).unwrap())
    }
}

/// Runs commands, one a line, and tells what each plan did and what the status says.
pub fn run(containers: &[&str], commands: &str) -> String {
    let mut world = World::new(containers, &json!({}));
    let mut out = String::new();
    for command in commands.trim().lines().map(str::trim) {
        world.tick();
        writeln!(out, "> {command}").unwrap();
        match command.split(' ').collect::<Vec<_>>().as_slice() {
            ["plan"] => {
                let before = world.object.status.clone();
                let planned = world.reconcile(usize::MAX);
                let idle = before.as_ref() == Some(&planned.status) && planned.actions.is_empty();
                out.push_str(&if idle && planned.events.is_empty() {
                    "  nothing to do\n".to_owned()
                } else {
                    told(&planned)
                });
            }
            ["crash"] => drop(world.reconcile(1)),
            ["complete", job] => world.end(job, "Complete", ""),
            ["fail", job, reason] => world.end(job, "Failed", reason),
            ["gone", job] => drop(world.jobs.remove(*job)),
            ["occupy", job] => world.occupy(job),
            ["set", member, value] => world.set(member, serde_json::from_str(value).unwrap()),
            ["at", second] => world.seconds = second.parse().unwrap(),
            ["delete-object"] => world.object.metadata.deletion_timestamp = Some(world.now()),
            words => panic!("unknown command {words:?}"),
        }
    }
    out
}

fn told(planned: &Plan<SequentialJobStatus>) -> String {
    let mut out = String::new();
    for action in &planned.actions {
        let line = match action {
            Action::CreateJob(job) => format!("create {}", job.metadata.name.as_deref().unwrap()),
            Action::DeleteJob { name, .. } => format!("delete {name}"),
            Action::PatchJobSuspend { name, suspend, .. } => {
                format!("{} {name}", if *suspend { "suspend" } else { "resume" })
            }
            Action::DeleteObject => "delete the object".to_owned(),
        };
        writeln!(out, "  {line}").unwrap();
    }
    if let Some(at) = planned.wake_at {
        writeln!(out, "  wakes at {}", at.as_second()).unwrap();
    }
    for event in &planned.events {
        writeln!(out, "  {:?} {}: {}", event.severity, event.reason, event.message).unwrap();
    }
    let mut status = serde_json::to_value(&planned.status).unwrap();
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
