//! XX467 `invalid-replacement-policy`: `podReplacementPolicy` has a value that the Job may not have.
//!
//! # Why it is an error
//! The API server refuses the Job (`validatePodReplacementPolicy`): with `podFailurePolicy` only `Failed` is possible,
//! since a pod that is still ending has no exit code yet.
//!
//! # Example
//! `podReplacementPolicy: TerminatingOrFailed` beside `podFailurePolicy` is denied at `…podReplacementPolicy`.
//!
//! # Fix
//! Write `Failed`, or leave the field out.

use crate::diagnostic::Report;
use crate::pod::fault::unless_one_of;
use crate::pod::subject::{JobSubject, PushIf};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!(
    "XX467",
    "invalid-replacement-policy",
    Deny,
    "invalid_replacement_policy.rs"
);

pub(in crate::pod) fn check(subject: &JobSubject<'_>, found: &mut Report) {
    let has_failure_policy = subject.job.pod_failure_policy.is_some();
    let supported: &[&str] = if has_failure_policy {
        &["Failed"]
    } else {
        &["Failed", "TerminatingOrFailed"]
    };
    let policy = subject.job.pod_replacement_policy.as_deref();
    found.push_if(unless_one_of(
        &RULE,
        &subject.at.key("podReplacementPolicy"),
        policy,
        supported,
    ));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::job_faults;

    #[test]
    fn a_failure_policy_leaves_one_choice() {
        assert_eq!(job_faults(&json!({"podReplacementPolicy": "TerminatingOrFailed"})), "");
        let policy = json!({"rules": []});
        let faults = job_faults(&json!({"podReplacementPolicy": "TerminatingOrFailed", "podFailurePolicy": policy}));
        expect![[r#"
            podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed" [XX467]
        "#]]
        .assert_eq(&faults);
    }
}
