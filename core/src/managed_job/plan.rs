//! The ManagedJob's front end to the engine: one step a job, and two gates a group, so that edges stay linear.

use crds::{ManagedJob, ManagedJobStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::{ValidManagedJob, status};
use crate::engine::child::Owner;
use crate::engine::wire::whole_second;
use crate::engine::{
    self, Change, Course, Event, Gate, Observed, Outcome, Plan, Rendered, Step, Subject, Workflow, reason,
};

/// Group and version of a ManagedJob.
const API_VERSION: &str = "jobsmanager.raczylo.com/v1beta1";

/// Plans a ManagedJob: pure, total, and linear in its jobs, groups and explicit dependencies. See [`Plan`] for what must
/// be done with the result, and [`engine`] for why a crash in between is harmless.
pub fn plan(
    object: &ManagedJob,
    model: &ValidManagedJob,
    observed: &Observed,
    now: Timestamp,
) -> Plan<ManagedJobStatus> {
    if object.metadata.deletion_timestamp.is_some() {
        return Plan::quiet(status::terminating(object));
    }
    let now = whole_second(now);
    let owner = owner(object);
    let render = |index| rendered(&owner, model, index);
    let workflow = Workflow {
        gates: gates(model),
        ..Workflow::new(owner.uid, steps(model), &render)
    };
    let last = status::remembered(object, model);
    let outcome = engine::plan(&workflow, &last, observed, &now);
    let subject = Subject {
        noun: "job",
        steps: &workflow.steps,
    };
    decided(object, model, subject, &last.course, outcome, observed, &now)
}

/// Words an outcome as status and events.
fn decided(
    object: &ManagedJob,
    model: &ValidManagedJob,
    subject: Subject<'_>,
    last: &Course,
    mut outcome: Outcome,
    observed: &Observed,
    now: &Time,
) -> Plan<ManagedJobStatus> {
    let can_wait = outcome.can_wait(last, observed);
    let headline = engine::headline(subject, &outcome);
    let status = status::next(object, model, &outcome.rows, &outcome.course, &headline, now);
    let of_course = engine::of_course(subject, last, &outcome, &headline.message);
    let aborted = take_aborted(subject, &mut outcome);
    let mut events = engine::of_changes(subject, &outcome);
    events.extend(aborted);
    events.extend(of_course);
    Plan {
        actions: outcome.actions,
        status,
        events,
        wake_at: outcome.wake_at,
        can_wait,
    }
}

/// The event of the jobs that will never run, which are called aborted here; their changes are taken out.
fn take_aborted(subject: Subject<'_>, outcome: &mut Outcome) -> Option<Event> {
    let is_aborted = |(_, change): &(usize, Change)| *change == Change::Skipped;
    let aborted: Vec<usize> = outcome
        .changes
        .iter()
        .copied()
        .filter(is_aborted)
        .map(|(step, _)| step)
        .collect();
    outcome.changes.retain(|change| !is_aborted(change));
    let names = engine::counted(subject.noun, aborted.iter().map(|&step| subject.name(step)));
    (!aborted.is_empty()).then(|| Event::normal(reason::ABORTED, &format!("aborted {names}")))
}

/// What the controller makes of each job once it starts, in the order of the manifest.
pub(crate) fn jobs(object: &ManagedJob, model: &ValidManagedJob) -> Vec<Rendered> {
    let owner = owner(object);
    let jobs = 0..model.jobs().len();
    jobs.map(|index| rendered(&owner, model, index)).collect()
}

fn owner(object: &ManagedJob) -> Owner<'_> {
    Owner {
        api_version: API_VERSION,
        kind: "ManagedJob",
        namespace: object.metadata.namespace.as_deref().unwrap_or_default(),
        name: object.metadata.name.as_deref().unwrap_or_default(),
        uid: object.metadata.uid.as_deref().unwrap_or_default(),
    }
}

/// One a job. The order numbers jobs before all other nodes, and so do steps.
fn steps(model: &ValidManagedJob) -> Vec<Step<'_>> {
    let jobs = model.jobs().iter().enumerate();
    jobs.map(|(position, job)| Step {
        name: job.title(),
        job: job.job_name().to_owned(),
        dependencies: model.order().edges_of(position),
        ..Step::default()
    })
    .collect()
}

/// Two a group, for its start and its end, in the numbers of the order.
fn gates(model: &ValidManagedJob) -> Vec<Gate<'_>> {
    let nodes = model.jobs().len()..model.order().len();
    let gate = |node| Gate {
        dependencies: model.order().edges_of(node),
    };
    nodes.map(gate).collect()
}

/// Makes the Job of the job at `index`, which the planner takes from the same model.
fn rendered(owner: &Owner<'_>, model: &ValidManagedJob, index: usize) -> Rendered {
    const KNOWN: &str = "the planner renders only steps of the model it was given";
    let job = model.jobs().get(index).expect(KNOWN);
    let spec = model.job_spec(index).expect(KNOWN);
    let pod = spec.template.metadata.as_ref();
    let annotations = pod.and_then(|pod| pod.annotations.clone()).unwrap_or_default();
    Rendered::Job(Box::new(owner.job(job.job_name(), &job.step(), annotations, spec)))
}

#[cfg(test)]
mod tests {
    use crds::{ManagedJob, ManagedJobSpec};

    #[test]
    fn the_owner_is_named_as_its_own_type_names_itself() {
        let object = ManagedJob::new("x", ManagedJobSpec::default());
        let wire = serde_json::to_value(&object).unwrap();
        let owner = super::owner(&object);
        assert_eq!(
            (&wire["apiVersion"], &wire["kind"]),
            (&owner.api_version.into(), &owner.kind.into())
        );
    }
}
