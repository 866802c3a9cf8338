//! JobTemplate: a Job spec that flows refer to by name.

pub mod rules;

use std::sync::LazyLock;

use crds::JobTemplateSpec;
use k8s_openapi::api::batch::v1::JobSpec;
use serde_json::Value;

use crate::change::Change;
use crate::diagnostic::Report;
use crate::field::At;
use crate::kinds::Kind;
use crate::rules::not_normalized;
use crate::shape::Shape;
use crate::{parse, pod};

/// JobTemplate among the kinds.
pub static KIND: Kind = Kind {
    group: crds::PRACTICE_GROUP,
    version: "v1alpha1",
    kind: "JobTemplate",
    plural: "jobtemplates",
    normalize,
    check: |candidate, found| {
        validate(candidate.object, found);
    },
    // A template may change: it is read each time a Job is made from it.
    check_update: |_, _, _| {},
};

static SHAPE: LazyLock<Shape> = LazyLock::new(|| {
    let object_meta = "/properties/spec/properties/jobTemplate/properties/template/properties/metadata";
    parse::shape_of(crds::schema::JOB_TEMPLATE, object_meta)
});

/// Examines a JobTemplate as it is stored, with the rules of admission. The Job spec is there exactly when nothing is
/// denied.
pub fn examine(object: &Value) -> (Report, Option<JobSpec>) {
    let mut report = Report::default();
    for change in normalize(object) {
        report.push(not_normalized::fault(&change));
    }
    let job = validate(object, &mut report);
    (report.settled(), job)
}

/// normalize: `restartPolicy: Never`, as in an inline template.
fn normalize(object: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    if let Some(job) = object.pointer("/spec/jobTemplate") {
        pod::force_restart_policy(job, &At::SPEC.key("jobTemplate"), &mut changes);
    }
    changes
}

fn validate(object: &Value, found: &mut Report) -> Option<JobSpec> {
    let spec: JobTemplateSpec = parse::spec(&SHAPE, object, found)?;
    // The names of its Jobs depend on the flows that refer to it.
    let context = pod::JobContext::default();
    pod::check_job(&spec.job_template, &At::SPEC.key("jobTemplate"), &context, found);
    (!found.denies()).then_some(spec.job_template)
}
