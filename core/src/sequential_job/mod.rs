//! SequentialJob: containers that run one after the other, each as a native Job.

mod compile;
mod model;
mod normalize;
mod plan;
pub mod rules;
mod status;
mod validate;

use std::sync::LazyLock;

use serde_json::Value;

use crate::examine::{self, Examined};
use crate::kinds::Kind;
use crate::shape::Shape;

pub use model::ValidSequentialJob;
pub use plan::plan;
pub(crate) use plan::{job_name, jobs};
pub use status::invalid_status;
pub(crate) use status::last;
pub(crate) use validate::author_path;

/// SequentialJob among the kinds.
pub static KIND: Kind = Kind {
    group: crds::SEQUENTIAL_GROUP,
    version: "v1alpha1",
    kind: "SequentialJob",
    plural: "sequentialjobs",
    normalize: normalize::normalize,
    rules_see_changes: true,
    check: |candidate, found| {
        validate::validate(candidate, found);
    },
    check_update: rules::changed_sequential_job::check,
};

/// The shape of a SequentialJob; read from the generated schema on first use.
static SHAPE: LazyLock<Shape> = LazyLock::new(|| {
    let object_meta = "/properties/spec/properties/template/properties/metadata";
    crate::parse::shape_of(crds::schema::SEQUENTIAL_JOB, object_meta)
});

/// Examines a SequentialJob as it is stored.
pub fn examine(object: &Value) -> Examined<ValidSequentialJob> {
    examine::examine_alone(object, normalize::normalize, validate::validate)
}

#[cfg(test)]
mod tests;
