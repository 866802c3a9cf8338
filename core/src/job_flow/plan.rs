//! The JobFlow's front end to the engine: what to do about a JobFlow, and what its status says.

use std::collections::BTreeMap;
use std::sync::Arc;

use crds::JobFlowStatus;
use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::{Template, ValidJobFlow, render, status};
use crate::engine::child::Owner;
use crate::engine::wire::whole_second;
use crate::engine::{self, Observed, Plan, Rendered, Step, Subject, Workflow, params};
use crate::when::When;

/// Group and version of a JobFlow.
const API_VERSION: &str = "api.practice.com/v1alpha1";

/// What the flows of a JobFlow refer to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct References {
    /// The JobTemplates of the namespace by name; one that is not here does not exist.
    pub templates: BTreeMap<String, TemplateState>,
}

/// A JobTemplate that exists.
#[derive(Clone, Debug, PartialEq)]
pub enum TemplateState {
    /// It passed every rule. Shared, since it is planned with far more often than it changes.
    Valid(Arc<JobSpec>),
    /// It did not, and this is why.
    Invalid(String),
}

/// Plans a JobFlow: pure, total, and linear in its flows and dependencies. See [`Plan`] for what must be done with
/// the result, and [`engine`] for why a crash in between is harmless.
pub fn plan(
    flow: &crds::JobFlow,
    model: &ValidJobFlow,
    references: &References,
    observed: &Observed,
    now: Timestamp,
) -> Plan<JobFlowStatus> {
    if flow.metadata.deletion_timestamp.is_some() {
        return Plan::quiet(status::terminating(flow));
    }
    let now = whole_second(now);
    let owner = owner(flow);
    let render = |index| rendered(&owner, model, references, index);
    let workflow = Workflow {
        parallelism: model.limits().parallelism,
        policy: model.limits().policy,
        retry: retry(flow),
        ..Workflow::new(owner.uid, steps(owner.name, model), &render)
    };
    let subject = Subject {
        noun: "flow",
        steps: &workflow.steps,
    };
    let last = status::last(flow, model);
    let outcome = engine::plan(&workflow, &last, observed, &now);
    decided(flow, subject, &last.course, outcome, observed, &now)
}

/// Whether the next plan tries again what has ended, and so may need the template of any step.
pub fn is_to_be_retried(flow: &crds::JobFlow) -> bool {
    let handled = flow
        .status
        .as_ref()
        .and_then(|status| status.last_handled_retry.as_deref());
    engine::new_retry(retry(flow), handled).is_some()
}

fn retry(flow: &crds::JobFlow) -> Option<&str> {
    let annotations = flow.metadata.annotations.as_ref()?;
    annotations.get(engine::RETRY).map(String::as_str)
}

/// Words an outcome as status and events.
fn decided(
    flow: &crds::JobFlow,
    subject: Subject<'_>,
    last: &engine::Course,
    outcome: engine::Outcome,
    observed: &Observed,
    now: &Time,
) -> Plan<JobFlowStatus> {
    let can_wait = outcome.can_wait(last, observed);
    let headline = engine::headline(subject, &outcome);
    let mut events = engine::of_changes(subject, &outcome);
    events.extend(engine::of_course(subject, last, &outcome, &headline.message));
    let status = status::next(flow, subject, &outcome, &headline, now);
    Plan {
        actions: outcome.actions,
        status,
        events,
        wake_at: outcome.wake_at,
        can_wait,
    }
}

/// What the controller makes of each step once it starts, in the order of the manifest.
pub(crate) fn jobs(flow: &crds::JobFlow, model: &ValidJobFlow, references: &References) -> Vec<Rendered> {
    let owner = owner(flow);
    let steps = 0..model.steps().len();
    steps.map(|index| rendered(&owner, model, references, index)).collect()
}

/// What the controller would make of a JobTemplate for a step named `name` of a JobFlow without parameters.
pub(crate) fn job_of_template(namespace: &str, name: &str, spec: &JobSpec) -> Job {
    let owner = Owner {
        api_version: API_VERSION,
        kind: "JobFlow",
        namespace,
        name,
        uid: "",
    };
    let step = super::Step {
        name: name.to_owned(),
        dependencies: Vec::new(),
        when: When::default(),
        template: Template::Inline(Box::default()),
        mounts: Vec::new(),
    };
    render::job(&owner, name, &step, &super::Globals::default(), spec)
}

fn owner(flow: &crds::JobFlow) -> Owner<'_> {
    Owner {
        api_version: API_VERSION,
        kind: "JobFlow",
        namespace: flow.metadata.namespace.as_deref().unwrap_or_default(),
        name: flow.metadata.name.as_deref().unwrap_or_default(),
        uid: flow.metadata.uid.as_deref().unwrap_or_default(),
    }
}

fn steps<'a>(owner: &str, model: &'a ValidJobFlow) -> Vec<Step<'a>> {
    let step = |step: &'a super::Step| Step {
        name: step.name(),
        job: render::job_name(owner, step.name()),
        dependencies: step.dependencies(),
        when: step.when(),
        withdrawn: None,
    };
    model.steps().iter().map(step).collect()
}

/// Makes the Job of the step at `index`, which the planner takes from the same model.
fn rendered(owner: &Owner<'_>, model: &ValidJobFlow, references: &References, index: usize) -> Rendered {
    let step = model
        .steps()
        .get(index)
        .expect("the planner renders only steps of the model it was given");
    let globals = model.globals();
    let job = |spec: &JobSpec| {
        let name = render::job_name(owner.name, step.name());
        Rendered::Job(Box::new(render::job(owner, &name, step, globals, spec)))
    };
    let template = match step.template() {
        Template::Inline(spec) => return job(spec),
        Template::Reference(template) => template.clone(),
    };
    match references.templates.get(&template) {
        None => Rendered::TemplateNotFound(template),
        Some(TemplateState::Invalid(message)) => Rendered::TemplateInvalid {
            template,
            message: message.clone(),
        },
        Some(TemplateState::Valid(spec)) => match shared_volume_fault(spec, step, model) {
            Some(message) => Rendered::TemplateInvalid { template, message },
            None => job(spec),
        },
    }
}

/// Whether a template, which admission could not see together with this step, takes its shared volumes.
fn shared_volume_fault(spec: &JobSpec, step: &super::Step, model: &ValidJobFlow) -> Option<String> {
    let pod = spec.template.spec.as_ref().filter(|_| !step.mounts().is_empty())?;
    params::volume_fault(pod, &model.globals().volumes, step.mounts())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_owner_is_named_as_its_own_type_names_itself() {
        let wire = serde_json::to_value(crds::JobFlow::new("x", crds::JobFlowSpec::default())).unwrap();
        assert_eq!(
            (&wire["apiVersion"], &wire["kind"]),
            (&super::API_VERSION.into(), &"JobFlow".into())
        );
    }
}
