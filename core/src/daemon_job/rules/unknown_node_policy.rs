//! DJ303 `unknown-node-policy`: `nodePolicy` is none of the policies that there are.
//!
//! # Why it is an error
//! It would not be known which nodes count.
//!
//! # Example
//! `nodePolicy: continuous` is denied at `spec.nodePolicy`.
//!
//! # Fix
//! Write one of the values that the message lists, or leave the field out for the first of them.

use crate::choice;
use crate::daemon_job::rules::Subject;
use crate::diagnostic::Report;
use crate::field::At;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("DJ303", "unknown-node-policy", Deny, "unknown_node_policy.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let at = At::SPEC.key("nodePolicy");
    choice::check(
        &RULE,
        subject.spec.node_policy.as_deref(),
        &crds::NODE_POLICIES,
        &at,
        found,
    );
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{daemon_job, findings};

    #[test]
    fn every_value_of_the_schema_is_accepted_and_no_other() {
        for good in crds::NODE_POLICIES {
            assert_eq!(findings(&daemon_job(json!({"nodePolicy": good}))), "");
        }
        let findings = findings(&daemon_job(json!({"nodePolicy": "continuous"})));
        assert!(
            findings.starts_with("spec.nodePolicy: Unsupported value: \"continuous\": supported values: \"")
                && findings.ends_with(" [DJ303]\n"),
            "{findings}"
        );
    }
}
