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

use crate::admission::{Candidate, NoTemplates};
use crate::diagnostic::Report;
use crate::kinds::Kind;
use crate::rules::not_normalized;
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
    check: |candidate, found| {
        validate::validate(candidate, found);
    },
    check_update: rules::changed_managed_job::check,
};

/// The shape of a ManagedJob; read from the generated schema on first use. What is in `compiledParams` was copied there by
/// normalization, and is checked where it was written.
static SHAPE: LazyLock<Shape> = LazyLock::new(|| {
    let mut schema = crate::parse::read(crds::schema::MANAGED_JOB);
    *schema.pointer_mut(COMPILED_PARAMS).expect("a member of the schema") =
        json!({"type": "object", "additionalProperties": {}});
    // This kind embeds no `ObjectMeta`, so that of another kind's pod template serves.
    let object_meta = "/properties/spec/properties/template/properties/metadata";
    let metadata = crate::parse::schema_at(crds::schema::SEQUENTIAL_JOB, object_meta);
    crate::parse::shape_with(schema, metadata)
});

/// Where the schema of a ManagedJob describes the merged parameters of a job.
const COMPILED_PARAMS: &str =
    "/properties/spec/properties/groups/items/properties/jobs/items/properties/compiledParams";

/// What examination says about a stored ManagedJob.
#[derive(Debug)]
pub struct Examined {
    /// Every finding, sorted.
    pub report: Report,
    /// What can be run; there exactly when nothing is denied.
    pub model: Option<ValidManagedJob>,
}

/// Examines a ManagedJob as it is stored, with the rules of admission: the controller runs nothing that admission would
/// refuse, and nothing that is not normalized, however it came to be stored (ARCHITECTURE.md, invariant 3).
pub fn examine(object: &Value) -> Examined {
    let mut report = Report::default();
    for change in normalize::normalize(object) {
        report.push(not_normalized::fault(&change));
    }
    // No rule of this kind asks about templates, and none about the namespace.
    let model = validate::validate(&Candidate::new(object, "", &NoTemplates), &mut report);
    Examined {
        report: report.settled(),
        model,
    }
}

#[cfg(test)]
mod tests;
