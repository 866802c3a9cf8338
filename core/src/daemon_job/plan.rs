//! The DaemonJob's front end to the engine: independent steps, one a node.

use std::collections::BTreeSet;

use crds::{DaemonJob, DaemonJobStatus};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::eligibility::{Hindrance, hindrance};
use super::roster::Roster;
use super::wording::{self, Scene};
use super::{NodePolicy, Nodes, ValidDaemonJob, job_name, render, status};
use crate::engine::child::Owner;
use crate::engine::wire::whole_second;
use crate::engine::{
    self, Action, Counts, Course, Last, Observed, ObservedJob, Outcome, Phase, Plan, Rendered, State, Step, Subject,
    Workflow, reason,
};

/// Group and version of a DaemonJob.
const API_VERSION: &str = "api.practice.com/v1alpha1";

/// Plans a DaemonJob: pure, total, and linear in its nodes and those of the cluster, but for looking names up. See
/// [`Plan`] for what must be done with the result, and [`engine`] for why a crash in between is harmless.
pub fn plan(
    object: &DaemonJob,
    model: &ValidDaemonJob,
    nodes: &Nodes,
    observed: &Observed,
    now: Timestamp,
) -> Plan<DaemonJobStatus> {
    if object.metadata.deletion_timestamp.is_some() {
        return Plan::quiet(status::terminating(object));
    }
    let now = whole_second(now);
    let owner = owner(object);
    let job_of = |node: &str| {
        let job = observed.jobs.get(&job_name(owner.name, node, model.job()));
        job.filter(|job| is_ours(&owner, job))
    };
    let course = status::course(object);
    let roster = Roster::of(model, course.start.is_some(), status::rows(object), nodes, &job_of);
    let last = Last {
        course,
        rows: roster.entries.iter().map(|entry| entry.row.clone()).collect(),
    };
    let steps = steps(&owner, model, &roster);
    let mut outcome = planned(object, model, &owner, &steps, &last, observed, &now);
    settle(model, &mut outcome, &now);
    outcome.actions.extend(strays(&owner, &steps, observed));
    let hindrances = hindrances(model, &roster, nodes, &outcome);
    for (row, hindrance) in outcome.rows.iter_mut().zip(&hindrances) {
        // The node tells better why it takes no pod than the scheduler, who speaks of all nodes.
        if hindrance.is_some() && row.word() == Some(reason::UNSCHEDULABLE) {
            row.reason = None;
        }
    }
    let subject = Subject {
        noun: "node",
        steps: &steps,
    };
    let scene = Scene {
        object,
        model,
        nodes,
        subject,
        left_out: roster.left_out,
        hindrances,
    };
    let told = wording::told(&scene, &last.course, &mut outcome);
    let status = status::next(&scene, &outcome, &told, &now);
    Plan {
        can_wait: outcome.can_wait(&last.course, observed),
        actions: outcome.actions,
        status,
        events: told.events,
        wake_at: outcome.wake_at,
    }
}

/// What the engine makes of the steps. Without any it has nothing to decide, and what has no steps has not ended.
fn planned(
    object: &DaemonJob,
    model: &ValidDaemonJob,
    owner: &Owner<'_>,
    steps: &[Step<'_>],
    last: &Last,
    observed: &Observed,
    now: &Time,
) -> Outcome {
    let is_suspended = model.policy().suspend;
    if steps.is_empty() {
        let phase = if is_suspended { Phase::Suspended } else { Phase::Pending };
        return Outcome {
            course: Course {
                phase,
                start: last.course.start.clone(),
                retry: last.course.retry.clone(),
                ..Course::default()
            },
            ..Outcome::default()
        };
    }
    let mut policy = model.policy();
    if model.node_policy() == NodePolicy::Continuous {
        // It never finishes.
        policy.ttl_seconds_after_finished = None;
    }
    let render = |index: usize| rendered(owner, model, steps, index);
    let annotations = object.metadata.annotations.as_ref();
    let workflow = Workflow {
        parallelism: model.parallelism().among(steps.len()),
        policy,
        retry: annotations.and_then(|annotations| annotations.get(engine::RETRY).map(String::as_str)),
        ..Workflow::new(owner.uid, steps.to_vec(), &render)
    };
    engine::plan(&workflow, last, observed, now)
}

/// What a DaemonJob makes of an end: a Continuous one has none, and where every node left nothing succeeded.
fn settle(model: &ValidDaemonJob, outcome: &mut Outcome, now: &Time) {
    let counts = Counts::of(&outcome.rows);
    let course = &mut outcome.course;
    if model.node_policy() == NodePolicy::Continuous && course.phase.is_end() {
        course.phase = if model.policy().suspend {
            Phase::Suspended
        } else {
            Phase::Running
        };
        course.end = None;
    } else if course.phase == Phase::Succeeded && counts.succeeded == 0 {
        course.phase = Phase::Failed;
    }
    for row in outcome.rows.iter_mut().filter(|row| status::is_gone(row)) {
        row.end.get_or_insert_with(|| now.clone());
    }
}

/// Jobs of nodes that have no row any more: what is forgotten takes its Job along.
fn strays(owner: &Owner<'_>, steps: &[Step<'_>], observed: &Observed) -> Vec<Action> {
    let names: BTreeSet<&str> = steps.iter().map(|step| step.job.as_str()).collect();
    let jobs = observed.jobs.values().filter(|job| is_ours(owner, job));
    jobs.filter(|job| !job.deleting && !job.gone && !names.contains(job.name.as_str()))
        .map(|job| Action::DeleteJob {
            name: job.name.clone(),
            uid: job.uid.clone(),
        })
        .collect()
}

fn is_ours(owner: &Owner<'_>, job: &ObservedJob) -> bool {
    job.owner_uid.as_deref() == Some(owner.uid)
}

/// What keeps pods from starting on the nodes that have a Job, one a step.
fn hindrances(model: &ValidDaemonJob, roster: &Roster, nodes: &Nodes, outcome: &Outcome) -> Vec<Option<Hindrance>> {
    let entries = roster.entries.iter().zip(&outcome.rows);
    let of = |(entry, row): (&super::roster::Entry, &engine::Row)| {
        let node = nodes.get(&entry.name).filter(|_| row.state == State::Active)?;
        hindrance(model.template(), &entry.name, node)
    };
    entries.map(of).collect()
}

/// What the controller makes for the node of this name, if its pods can run there.
pub(crate) fn job_of_node(object: &DaemonJob, model: &ValidDaemonJob, node: &str) -> Job {
    let owner = owner(object);
    let name = job_name(owner.name, node, model.job());
    render::job(&owner, &name, node, model.globals(), model.job())
}

fn owner(object: &DaemonJob) -> Owner<'_> {
    Owner {
        api_version: API_VERSION,
        kind: "DaemonJob",
        namespace: object.metadata.namespace.as_deref().unwrap_or_default(),
        name: object.metadata.name.as_deref().unwrap_or_default(),
        uid: object.metadata.uid.as_deref().unwrap_or_default(),
    }
}

fn steps<'a>(owner: &Owner<'_>, model: &ValidDaemonJob, roster: &'a Roster) -> Vec<Step<'a>> {
    let step = |entry: &'a super::roster::Entry| Step {
        name: &entry.name,
        job: job_name(owner.name, &entry.name, model.job()),
        withdrawn: (!entry.is_there).then_some(reason::NODE_GONE),
        ..Step::default()
    };
    roster.entries.iter().map(step).collect()
}

/// Makes the Job of the node at `index`, which the planner takes from the same steps.
fn rendered(owner: &Owner<'_>, model: &ValidDaemonJob, steps: &[Step<'_>], index: usize) -> Rendered {
    let step = steps
        .get(index)
        .expect("the planner renders only steps of the workflow it was given");
    let job = render::job(owner, &step.job, step.name, model.globals(), model.job());
    Rendered::Job(Box::new(job))
}

#[cfg(test)]
mod tests {
    use crds::{DaemonJob, DaemonJobSpec};

    #[test]
    fn the_owner_is_named_as_its_own_type_names_itself() {
        let object = DaemonJob::new("x", DaemonJobSpec::default());
        let wire = serde_json::to_value(&object).unwrap();
        let owner = super::owner(&object);
        assert_eq!(
            (&wire["apiVersion"], &wire["kind"]),
            (&owner.api_version.into(), &owner.kind.into())
        );
    }
}
