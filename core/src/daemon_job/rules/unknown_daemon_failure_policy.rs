//! DJ304 `unknown-daemon-failure-policy`: `failurePolicy` is none of the policies that there are.
//!
//! # Why it is an error
//! It would not be known what a failed node means for the others.
//!
//! # Example
//! `failurePolicy: Stop` is denied at `spec.failurePolicy`.
//!
//! # Fix
//! Write one of the values that the message lists, or leave the field out for the first of them.

use crate::choice;
use crate::daemon_job::rules::Subject;
use crate::diagnostic::Report;
use crate::field::At;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!(
    "DJ304",
    "unknown-daemon-failure-policy",
    Deny,
    "unknown_daemon_failure_policy.rs"
);

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let at = At::SPEC.key("failurePolicy");
    choice::check(
        &RULE,
        subject.spec.failure_policy.as_deref(),
        &crds::FAILURE_POLICIES,
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
        for good in crds::FAILURE_POLICIES {
            assert_eq!(findings(&daemon_job(json!({"failurePolicy": good}))), "");
        }
        let findings = findings(&daemon_job(json!({"failurePolicy": "Stop"})));
        assert!(
            findings.starts_with("spec.failurePolicy: Unsupported value: \"Stop\": supported values: \"")
                && findings.ends_with(" [DJ304]\n"),
            "{findings}"
        );
    }
}
