//! MJ509 `unknown-restart-policy`: `restartPolicy` in `params` is neither `Never` nor `OnFailure`.
//!
//! # Why it is an error
//! The pods of a Job know no other. This kind honours the value that is set, unlike the others.
//!
//! # Example
//! `params: {restartPolicy: Always}` is denied at `spec.params.restartPolicy`.
//!
//! # Fix
//! Write `Never` or `OnFailure`. Where no level sets it, it is `Never`.

use crate::choice;
use crate::diagnostic::Report;
use crate::managed_job::rules::Subject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ509", "unknown-restart-policy", Deny, "unknown_restart_policy.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    subject.each_params(|params, at| {
        let policy = params.restart_policy.as_deref();
        choice::check(&RULE, policy, &crds::RESTART_POLICIES, &at.key("restartPolicy"), found);
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, with_params};

    #[test]
    fn both_policies_are_honoured_and_no_other() {
        for policy in crds::RESTART_POLICIES {
            assert_eq!(findings(&with_params(2, json!({"restartPolicy": policy}))), "");
        }
        assert_eq!(
            findings(&with_params(2, json!({"restartPolicy": "onFailure"}))),
            "spec.groups[0].jobs[0].params.restartPolicy: Unsupported value: \"onFailure\": supported values: \"Never\", \
             \"OnFailure\" (did you mean 'OnFailure'?) [MJ509]\n"
        );
    }
}
