//! The SequentialJob's front end to the engine: a chain of one step a container.

use std::collections::BTreeMap;

use crds::{SequentialJob, SequentialJobStatus};
use k8s_openapi::jiff::Timestamp;

use super::{ValidSequentialJob, status};
use crate::engine::child::Owner;
use crate::engine::wire::whole_second;
use crate::engine::{self, Change, Event, Observed, Plan, Rendered, Step, Subject, Workflow, reason};

/// Group and version of a SequentialJob.
const API_VERSION: &str = "batch.example.com/v1alpha1";

/// Plans a SequentialJob: pure, total, and linear in its containers. See [`Plan`] for what must be done with the result.
pub fn plan(
    object: &SequentialJob,
    model: &ValidSequentialJob,
    observed: &Observed,
    now: Timestamp,
) -> Plan<SequentialJobStatus> {
    if object.metadata.deletion_timestamp.is_some() {
        return Plan::quiet(status::terminating(object));
    }
    let now = whole_second(now);
    let owner = owner(object);
    // Each waits for the one before it; the first for none.
    let before: Vec<usize> = (0..model.containers().len()).collect();
    let render = |index| rendered(&owner, model, index);
    let workflow = Workflow {
        policy: model.policy(),
        ..Workflow::new(owner.uid, steps(&owner, model, &before), &render)
    };
    let last = status::last(object, model);
    let mut outcome = engine::plan(&workflow, &last, observed, &now);
    status::name_failed(&mut outcome.rows);
    let subject = Subject {
        noun: "container",
        steps: &workflow.steps,
    };
    let headline = engine::headline(subject, &outcome);
    let status = status::next(object, &outcome, &headline, &now);
    let mut events = own_events(&outcome);
    outcome
        .changes
        .retain(|(_, change)| matches!(change, Change::Recreated | Change::Blocked | Change::Stopped));
    events.extend(engine::of_changes(subject, &outcome));
    let of_course = engine::of_course(subject, &last.course, &outcome, &headline.message);
    // The end is told with the Job that brought it.
    let is_end = |event: &Event| [reason::COMPLETED, reason::FAILED].contains(&event.reason);
    events.extend(of_course.into_iter().filter(|event| !is_end(event)));
    Plan {
        can_wait: outcome.can_wait(&last.course, observed),
        actions: outcome.actions,
        status,
        events,
        wake_at: outcome.wake_at,
    }
}

/// The events that the operator where these manifests come from sends, in its words. That what stands after a failed
/// container does not run is in the nature of the kind, and not told.
fn own_events(outcome: &engine::Outcome) -> Vec<Event> {
    let event = |&(index, change): &(usize, Change)| match change {
        Change::Created => Some(Event::normal(reason::JOB_STARTED, &status::started(index))),
        Change::Succeeded => Some(Event::normal(reason::JOB_COMPLETED, &status::completed(index))),
        Change::Failed => {
            let why = outcome.rows.get(index).and_then(|row| row.reason.as_deref());
            let message = format!("Job {index} failed: {}", why.unwrap_or(reason::JOB_FAILED));
            Some(Event::warning(reason::JOB_FAILED, &message))
        }
        Change::Skipped | Change::Stopped | Change::Recreated | Change::Blocked => None,
    };
    outcome.changes.iter().filter_map(event).collect()
}

/// What the controller makes of each container once its turn comes.
pub(crate) fn jobs(object: &SequentialJob, model: &ValidSequentialJob) -> Vec<Rendered> {
    let owner = owner(object);
    let containers = 0..model.containers().len();
    containers.map(|index| rendered(&owner, model, index)).collect()
}

fn owner(object: &SequentialJob) -> Owner<'_> {
    Owner {
        api_version: API_VERSION,
        kind: "SequentialJob",
        namespace: object.metadata.namespace.as_deref().unwrap_or_default(),
        name: object.metadata.name.as_deref().unwrap_or_default(),
        uid: object.metadata.uid.as_deref().unwrap_or_default(),
    }
}

fn steps<'a>(owner: &Owner<'_>, model: &'a ValidSequentialJob, positions: &'a [usize]) -> Vec<Step<'a>> {
    let containers = model.containers().iter().enumerate();
    containers
        .map(|(index, container)| Step {
            name: &container.name,
            job: job_name(owner.name, index),
            dependencies: index
                .checked_sub(1)
                .and_then(|before| positions.get(before..index))
                .unwrap_or_default(),
            ..Step::default()
        })
        .collect()
}

/// The name of the Job of a container: a function of the object's name and the position, and of nothing else.
pub(crate) fn job_name(object: &str, index: usize) -> String {
    format!("{object}-{index}")
}

/// Makes the Job of the container at `index`, which the planner takes from the same model.
fn rendered(owner: &Owner<'_>, model: &ValidSequentialJob, index: usize) -> Rendered {
    const KNOWN: &str = "the planner renders only steps of the model it was given";
    let spec = model.job(index).expect(KNOWN);
    let container = model.containers().get(index).expect(KNOWN);
    let name = job_name(owner.name, index);
    Rendered::Job(Box::new(owner.job(&name, &container.name, BTreeMap::new(), spec)))
}

#[cfg(test)]
mod tests {
    use crds::{SequentialJob, SequentialJobSpec};

    #[test]
    fn the_owner_is_named_as_its_own_type_names_itself() {
        let object = SequentialJob::new("x", SequentialJobSpec::default());
        let wire = serde_json::to_value(&object).unwrap();
        let owner = super::owner(&object);
        assert_eq!(
            (&wire["apiVersion"], &wire["kind"]),
            (&owner.api_version.into(), &owner.kind.into())
        );
    }
}
