//! DJ302 `invalid-node-parallelism`: `nodeParallelism` is neither a number of nodes nor a percentage of them.
//!
//! # Why it is an error
//! With none at once nothing would ever run, and anything else says nothing about how many.
//!
//! # Example
//! `nodeParallelism: 0` and `nodeParallelism: half` are denied at `spec.nodeParallelism`.
//!
//! # Fix
//! Write a whole number of at least 1, or a percentage from `1%` to `100%`. Leave it out for all nodes at once.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::daemon_job::model::NodeParallelism;
use crate::daemon_job::rules::Subject;
use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("DJ302", "invalid-node-parallelism", Deny, "invalid_node_parallelism.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let Some(value) = &subject.spec.node_parallelism else {
        return;
    };
    if NodeParallelism::parse(value).is_none() {
        let at = At::SPEC.key("nodeParallelism");
        let message = "must be a whole number of at least 1, or a percentage from 1% to 100%";
        let finding = Diagnostic::new(&RULE, &at, Reason::Invalid, message);
        found.push(match value {
            IntOrString::Int(number) => finding.literal(number),
            IntOrString::String(text) => finding.value(text),
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{daemon_job, findings};

    #[test]
    fn numbers_and_percentages_are_accepted_and_nothing_else() {
        for good in [json!(1), json!(500), json!("3"), json!("25%"), json!(null)] {
            assert_eq!(findings(&daemon_job(json!({"nodeParallelism": good}))), "");
        }
        let rest = "must be a whole number of at least 1, or a percentage from 1% to 100% [DJ302]\n";
        assert_eq!(
            findings(&daemon_job(json!({"nodeParallelism": 0}))),
            format!("spec.nodeParallelism: Invalid value: 0: {rest}")
        );
        assert_eq!(
            findings(&daemon_job(json!({"nodeParallelism": "150%"}))),
            format!("spec.nodeParallelism: Invalid value: \"150%\": {rest}")
        );
    }
}
