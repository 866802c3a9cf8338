//! XX492 `invalid-pod-setting`: a plain setting of a pod has a value that cannot be.
//!
//! # Why it is an error
//! The API server refuses the Job (`ValidatePodSpec`): `activeDeadlineSeconds` of a pod is from 1 to 2147483647, and
//! `preemptionPolicy` is `PreemptLowerPriority` or `Never`.
//!
//! # Example
//! `template: {spec: {activeDeadlineSeconds: 0}}` is denied at the field.
//!
//! # Fix
//! Correct the value, or leave the field out. The limit of time of the whole Job is `activeDeadlineSeconds` beside
//! `template`.

use crate::diagnostic::Report;
use crate::pod::fault::{unless_one_of, unless_within};
use crate::pod::subject::{PodSubject, PushIf};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX492", "invalid-pod-setting", Deny, "invalid_pod_setting.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let deadline_at = subject.at.key("activeDeadlineSeconds");
    let deadlines = 1..=i64::from(i32::MAX);
    found.push_if(unless_within(
        &RULE,
        &deadline_at,
        subject.pod.active_deadline_seconds,
        deadlines,
    ));
    let policy = subject.pod.preemption_policy.as_deref();
    let policies = ["Never", "PreemptLowerPriority"];
    found.push_if(unless_one_of(
        &RULE,
        &subject.at.key("preemptionPolicy"),
        policy,
        &policies,
    ));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::pod_faults;

    #[test]
    fn values_are_checked() {
        assert_eq!(
            pod_faults(&json!({"activeDeadlineSeconds": 1, "preemptionPolicy": "Never"})),
            ""
        );
        expect![[r#"
            activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive [XX492]
            preemptionPolicy: Unsupported value: "Always": supported values: "Never", "PreemptLowerPriority" [XX492]
        "#]]
        .assert_eq(&pod_faults(
            &json!({"activeDeadlineSeconds": 0, "preemptionPolicy": "Always"}),
        ));
    }
}
