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

use crate::admission::TemplateIndex;
use crate::examine::{self, Examined};
use crate::kinds::Kind;
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
    rules_see_changes: true,
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

/// Examines a JobFlow as it is stored.
pub fn examine(object: &Value, templates: &dyn TemplateIndex) -> Examined<ValidJobFlow> {
    examine::examine(object, templates, normalize::normalize, validate::validate)
}

#[cfg(test)]
mod tests;
