//! JF310 `unknown-failure-policy`: `failurePolicy` of a JobFlow is none of the policies that there are.
//!
//! # Why it is an error
//! It would not be known what a failed flow means for the others.
//!
//! # Example
//! `failurePolicy: Stop` is denied at `spec.failurePolicy`.
//!
//! # Fix
//! Write one of the values that the message lists, or leave the field out for the first of them.

use crate::choice;
use crate::diagnostic::Report;
use crate::field::At;
use crate::job_flow::rules::Subject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF310", "unknown-failure-policy", Deny, "unknown_failure_policy.rs");

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

    use crate::testing::{findings, flows_named};

    #[test]
    fn every_value_of_the_schema_is_accepted_and_no_other() {
        let with = |policy: &str| {
            let mut object = flows_named(&["a"]);
            object["spec"]["failurePolicy"] = json!(policy);
            findings(&object)
        };
        for good in crds::FAILURE_POLICIES {
            assert_eq!(with(good), "");
        }
        assert_eq!(
            with("Stop"),
            "spec.failurePolicy: Unsupported value: \"Stop\": supported values: \"Continue\", \"FailFast\", \"Terminate\" \
             [JF310]\n"
        );
    }
}
