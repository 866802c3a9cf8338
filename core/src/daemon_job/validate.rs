//! validate: from a normalized DaemonJob to a model that can be run, or to a report of all faults.

use crds::DaemonJobSpec;
use serde_json::Value;

use super::SHAPE;
use super::model::ValidDaemonJob;
use super::rules::{self, Subject};
use crate::admission::Candidate;
use crate::diagnostic::Report;
use crate::field::At;
use crate::pod::JobContext;
use crate::{parse, pod};

/// Reports every fault; gives the model when there is none that denies.
pub fn validate(candidate: &Candidate<'_>, found: &mut Report) -> Option<ValidDaemonJob> {
    let spec: DaemonJobSpec = parse::spec(&SHAPE, candidate.object, found)?;
    let template = candidate.object.pointer("/spec/template");
    let has_template = template.is_some_and(|template| !Value::is_null(template));
    rules::check(&Subject::new(candidate.name, &spec, has_template), found);
    check_pod(&spec, has_template, found);
    (!found.denies()).then(|| ValidDaemonJob::of(spec))
}

/// Reports all that the API server would refuse in the Job of a node.
fn check_pod(spec: &DaemonJobSpec, has_template: bool, found: &mut Report) {
    let globals = spec.global_params.as_ref();
    if let Some(globals) = globals {
        let at = At::SPEC.key("globalParams");
        pod::check_added_variables(&globals.env, &at.key("env"), found);
    }
    if has_template {
        let context = JobContext {
            // It depends on the node, and is shortened as far as it must be.
            job_name: None,
            annotations: globals.map(|globals| &globals.annotations),
            ..JobContext::default()
        };
        pod::check_job(&spec.job, &At::SPEC, &context, found);
    }
}
