//! ManagedJob: groups of Jobs, ordered by where they stand, with parameters that are merged downwards.

mod compile;
mod levels;
mod merge;
mod model;
mod normalize;
mod order;
mod origin;
mod plan;
pub mod rules;
mod size;
mod status;
mod told;
mod tree;
mod validate;

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::examine::{self, Examined};
use crate::kinds::Kind;
use crate::shape::Shape;

pub use model::{Group, Job, ValidManagedJob};
pub use order::{Node, Order, Target};
pub(crate) use origin::author_path;
pub(crate) use plan::jobs;
pub use plan::plan;
pub use status::invalid_status;
pub(crate) use status::remembered;
pub use tree::{Branch, Tree, tree};

/// ManagedJob among the kinds.
pub static KIND: Kind = Kind {
    group: crds::MANAGED_GROUP,
    version: "v1beta1",
    kind: "ManagedJob",
    plural: "managedjobs",
    normalize: normalize::normalize,
    // `compiledParams` are computed from what the rules look at, and masked where an update is compared.
    rules_see_changes: false,
    check: |candidate, found| {
        validate::validate(candidate, found);
    },
    check_update: rules::changed_managed_job::check,
};

/// The shape of a ManagedJob; read from the generated schema on first use. `compiledParams` may be anything: normalization
/// replaces them by what is checked where it was written.
static SHAPE: LazyLock<Shape> = LazyLock::new(|| {
    let mut schema = crate::parse::read(crds::schema::MANAGED_JOB);
    *schema.pointer_mut(COMPILED_PARAMS).expect("a member of the schema") = json!({});
    // This kind embeds no `ObjectMeta`, so that of another kind's pod template serves.
    let object_meta = "/properties/spec/properties/template/properties/metadata";
    let metadata = crate::parse::schema_at(crds::schema::SEQUENTIAL_JOB, object_meta);
    crate::parse::shape_with(schema, metadata)
});

/// Where the schema of a ManagedJob describes the merged parameters of a job.
const COMPILED_PARAMS: &str =
    "/properties/spec/properties/groups/items/properties/jobs/items/properties/compiledParams";

/// Examines a ManagedJob as it is stored.
pub fn examine(object: &Value) -> Examined<ValidManagedJob> {
    examine::examine_alone(object, normalize::normalize, validate::validate)
}

#[cfg(test)]
mod tests;
