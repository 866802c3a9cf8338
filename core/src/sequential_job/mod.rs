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

use crate::admission::{Candidate, NoTemplates};
use crate::diagnostic::Report;
use crate::kinds::Kind;
use crate::rules::not_normalized;
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

/// What examination says about a stored SequentialJob.
#[derive(Debug)]
pub struct Examined {
    /// Every finding, sorted.
    pub report: Report,
    /// What can be run; there exactly when nothing is denied.
    pub model: Option<ValidSequentialJob>,
}

/// Examines a SequentialJob as it is stored, with the rules of admission: the controller runs nothing that admission would
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
