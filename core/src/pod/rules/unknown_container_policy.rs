//! XX415 `unknown-container-policy`: a policy of a container has a value that Kubernetes does not know.
//!
//! # Why it is an error
//! The API server refuses the Job (`validatePullPolicy`, `validateContainerCommon`): `imagePullPolicy` is `Always`,
//! `IfNotPresent` or `Never`, and `terminationMessagePolicy` is `File` or `FallbackToLogsOnError`.
//!
//! # Example
//! `imagePullPolicy: always` is denied at the field.
//!
//! # Fix
//! Use one of the values, in their own spelling, or leave the field out.

use crate::diagnostic::Report;
use crate::pod::fault::unless_one_of;
use crate::pod::subject::{PodSubject, PushIf};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX415", "unknown-container-policy", Deny, "unknown_container_policy.rs");

/// The values of `imagePullPolicy` and of `pullPolicy`.
pub(in crate::pod) const PULL_POLICIES: [&str; 3] = ["Always", "IfNotPresent", "Never"];

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    subject.each_container(|container, _, here| {
        // An empty policy is set by the API server.
        let given = |policy: &'_ &str| !policy.is_empty();
        let policy = container.image_pull_policy.as_deref().filter(given);
        found.push_if(unless_one_of(
            &RULE,
            &here.key("imagePullPolicy"),
            policy,
            &PULL_POLICIES,
        ));
        let policy = container.termination_message_policy.as_deref().filter(given);
        let supported = ["File", "FallbackToLogsOnError"];
        found.push_if(unless_one_of(
            &RULE,
            &here.key("terminationMessagePolicy"),
            policy,
            &supported,
        ));
    });
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::container_faults;

    #[test]
    fn policies_have_known_values_or_none() {
        assert_eq!(
            container_faults(&json!({"imagePullPolicy": "", "terminationMessagePolicy": "File"})),
            ""
        );
        expect![[r#"
            imagePullPolicy: Unsupported value: "always": supported values: "Always", "IfNotPresent", "Never" (did you mean 'Always'?) [XX415]
            terminationMessagePolicy: Unsupported value: "Logs": supported values: "File", "FallbackToLogsOnError" [XX415]
        "#]].assert_eq(&container_faults(
            &json!({"imagePullPolicy": "always", "terminationMessagePolicy": "Logs"}),
        ));
    }
}
