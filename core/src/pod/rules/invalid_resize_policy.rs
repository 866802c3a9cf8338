//! XX418 `invalid-resize-policy`: a rule for changing the resources of a running container has no meaning.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateResizePolicy`): the resource is `cpu` or `memory`, each once, and since the
//! pods of jobflow never restart a container, its `restartPolicy` can only be `NotRequired`.
//!
//! # Example
//! `resizePolicy: [{resourceName: cpu, restartPolicy: RestartContainer}]` is denied at the policy.
//!
//! # Fix
//! Write `NotRequired`, or remove the entry.

use std::collections::BTreeSet;

use crate::diagnostic::Report;
use crate::pod::fault::{duplicate, invalid, unless_one_of};
use crate::pod::subject::{PodSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX418", "invalid-resize-policy", Deny, "invalid_resize_policy.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    subject.each_container(|container, _, here| {
        let mut seen = BTreeSet::new();
        each(
            container.resize_policy.as_deref(),
            &here.key("resizePolicy"),
            |policy, here| {
                if !seen.insert(policy.resource_name.clone()) {
                    found.push(duplicate(&RULE, here, &policy.resource_name));
                }
                let resource_at = here.key("resourceName");
                found.push_if(unless_one_of(
                    &RULE,
                    &resource_at,
                    Some(&policy.resource_name),
                    &["cpu", "memory"],
                ));
                let at = here.key("restartPolicy");
                if policy.restart_policy == "RestartContainer" {
                    let message = "must be 'NotRequired', since the pod's `restartPolicy` is 'Never'";
                    found.push(invalid(&RULE, &at, message).value(&policy.restart_policy));
                } else {
                    let supported = ["NotRequired"];
                    found.push_if(unless_one_of(&RULE, &at, Some(&policy.restart_policy), &supported));
                }
            },
        );
    });
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::container_faults;

    #[test]
    fn resources_and_policies_are_checked() {
        let policy = |name, policy| json!({"resourceName": name, "restartPolicy": policy});
        assert_eq!(
            container_faults(&json!({"resizePolicy": [policy("cpu", "NotRequired")]})),
            ""
        );
        let policies = [
            policy("cpu", "RestartContainer"),
            policy("cpu", "NotRequired"),
            policy("disk", "NotRequired"),
            policy("memory", "Sometimes"),
        ];
        expect![[r#"
            resizePolicy[0].restartPolicy: Invalid value: "RestartContainer": must be 'NotRequired', since the pod's `restartPolicy` is 'Never' [XX418]
            resizePolicy[1]: Duplicate value: "cpu": must be unique [XX418]
            resizePolicy[2].resourceName: Unsupported value: "disk": supported values: "cpu", "memory" [XX418]
            resizePolicy[3].restartPolicy: Unsupported value: "Sometimes": supported values: "NotRequired" [XX418]
        "#]].assert_eq(&container_faults(&json!({"resizePolicy": policies})));
    }
}
