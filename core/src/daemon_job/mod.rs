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

use crate::examine::{self, Examined};
use crate::kinds::Kind;
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
    rules_see_changes: true,
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

/// Examines a DaemonJob as it is stored.
pub fn examine(object: &Value) -> Examined<ValidDaemonJob> {
    examine::examine_alone(object, normalize::normalize, validate::validate)
}

#[cfg(test)]
mod tests;
