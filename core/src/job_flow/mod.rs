//! JobFlow: a graph of native Jobs.

mod job_specs;
mod model;
mod normalize;
mod origin;
mod plan;
mod render;
pub mod rules;
mod status;
mod validate;

use std::sync::LazyLock;

use serde_json::Value;

use crate::admission::{Candidate, TemplateIndex};
use crate::diagnostic::Report;
use crate::kinds::Kind;
use crate::rules::not_normalized;
use crate::shape::Shape;

pub use model::{Globals, Limits, Step, Template, ValidJobFlow};
pub(crate) use origin::{Origin, Parts};
pub use plan::{References, TemplateState, is_to_be_retried, plan};
pub(crate) use plan::{job_of_template, jobs};
pub use render::job_name;
pub use status::invalid_status;
pub(crate) use status::last;

/// JobFlow among the kinds.
pub static KIND: Kind = Kind {
    group: crds::PRACTICE_GROUP,
    version: "v1alpha1",
    kind: "JobFlow",
    plural: "jobflows",
    normalize: normalize::normalize,
    check: |candidate, found| {
        validate::validate(candidate, found);
    },
    check_update: rules::changed_spec::check,
};

/// The shape of a JobFlow; read from the generated schema on first use.
static SHAPE: LazyLock<Shape> = LazyLock::new(|| {
    let object_meta =
        "/properties/spec/properties/flows/items/properties/jobTemplate/properties/template/properties/metadata";
    crate::parse::shape_of(crds::schema::JOB_FLOW, object_meta)
});

/// What examination says about a stored JobFlow.
#[derive(Debug)]
pub struct Examined {
    /// Every finding, sorted.
    pub report: Report,
    /// What can be run; there exactly when nothing is denied.
    pub model: Option<ValidJobFlow>,
}

/// Examines a JobFlow as it is stored, with the rules of admission: the controller runs nothing that admission would
/// refuse, and nothing that is not normalized, however it came to be stored (ARCHITECTURE.md, invariant 3).
pub fn examine(object: &Value, templates: &dyn TemplateIndex) -> Examined {
    let mut report = Report::default();
    for change in normalize::normalize(object) {
        report.push(not_normalized::fault(&change));
    }
    let namespace = object
        .pointer("/metadata/namespace")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let model = validate::validate(&Candidate::new(object, namespace, templates), &mut report);
    Examined {
        report: report.settled(),
        model,
    }
}

#[cfg(test)]
mod tests;
