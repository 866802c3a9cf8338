//! DaemonJob: one native Job a node.

mod eligibility;
mod job_name;
mod model;
mod node;
mod normalize;
mod plan;
mod render;
mod roster;
pub mod rules;
mod status;
mod validate;
mod wording;

use std::sync::LazyLock;

use serde_json::Value;

use crate::admission::{Candidate, NoTemplates};
use crate::diagnostic::Report;
use crate::kinds::Kind;
use crate::rules::not_normalized;
use crate::shape::Shape;

pub use eligibility::{Hindrance, Misfit, hindrance, misfit};
pub use job_name::job_name;
pub use model::{NodeParallelism, NodePolicy, ValidDaemonJob};
pub use node::{Node, Nodes};
pub(crate) use plan::job_of_node;
pub use plan::plan;
pub use status::invalid_status;

/// DaemonJob among the kinds.
pub static KIND: Kind = Kind {
    group: crds::PRACTICE_GROUP,
    version: "v1alpha1",
    kind: "DaemonJob",
    plural: "daemonjobs",
    normalize: normalize::normalize,
    check: |candidate, found| {
        validate::validate(candidate, found);
    },
    check_update: rules::changed_daemon_job::check,
};

/// The shape of a DaemonJob; read from the generated schema on first use.
static SHAPE: LazyLock<Shape> = LazyLock::new(|| {
    let object_meta = "/properties/spec/properties/template/properties/metadata";
    crate::parse::shape_of(crds::schema::DAEMON_JOB, object_meta)
});

/// What examination says about a stored DaemonJob.
#[derive(Debug)]
pub struct Examined {
    /// Every finding, sorted.
    pub report: Report,
    /// What can be run; there exactly when nothing is denied.
    pub model: Option<ValidDaemonJob>,
}

/// Examines a DaemonJob as it is stored, with the rules of admission: the controller runs nothing that admission would
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
