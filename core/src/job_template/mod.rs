//! JobTemplate: a Job spec that flows refer to by name.

pub mod rules;

use std::sync::LazyLock;

use crds::JobTemplateSpec;
use k8s_openapi::api::batch::v1::JobSpec;
use serde_json::Value;

use crate::admission::Candidate;
use crate::change::Change;
use crate::diagnostic::Report;
use crate::examine::{self, Examined};
use crate::field::At;
use crate::kinds::Kind;
use crate::shape::Shape;
use crate::{parse, pod};

/// JobTemplate among the kinds.
pub static KIND: Kind = Kind {
    group: crds::PRACTICE_GROUP,
    version: "v1alpha1",
    kind: "JobTemplate",
    plural: "jobtemplates",
    normalize,
    rules_see_changes: true,
    check: |candidate, found| {
        validate(candidate, found);
    },
    // A template may change: it is read each time a Job is made from it.
    check_update: |_, _, _| {},
};

static SHAPE: LazyLock<Shape> = LazyLock::new(|| {
    let object_meta = "/properties/spec/properties/jobTemplate/properties/template/properties/metadata";
    parse::shape_of(crds::schema::JOB_TEMPLATE, object_meta)
});

/// Examines a JobTemplate as it is stored. Its model is its Job spec.
pub fn examine(object: &Value) -> Examined<JobSpec> {
    examine::examine_alone(object, normalize, validate)
}

/// normalize: `restartPolicy: Never`, as in an inline template.
fn normalize(object: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    if let Some(job) = object.pointer("/spec/jobTemplate") {
        pod::force_restart_policy(job, &At::SPEC.key("jobTemplate"), &mut changes);
    }
    changes
}

fn validate(candidate: &Candidate<'_>, found: &mut Report) -> Option<JobSpec> {
    let spec: JobTemplateSpec = parse::spec(&SHAPE, candidate.object, found)?;
    // The names of its Jobs depend on the flows that refer to it.
    let context = pod::JobContext::default();
    pod::check_job(&spec.job_template, &At::SPEC.key("jobTemplate"), &context, found);
    (!found.denies()).then_some(spec.job_template)
}
