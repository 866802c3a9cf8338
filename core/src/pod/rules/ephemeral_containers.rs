//! XX414 `ephemeral-containers`: a pod template has ephemeral containers.
//!
//! # Why it is an error
//! They can only be added to a running pod: the API server refuses a Job with them (`ValidatePodTemplateSpec`).
//!
//! # Example
//! `ephemeralContainers: [{name: debug, image: busybox}]` is denied at the field.
//!
//! # Fix
//! Remove the field, and use `kubectl debug` on the pod.

use crate::diagnostic::Report;
use crate::pod::fault::forbidden;
use crate::pod::subject::PodSubject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX414", "ephemeral-containers", Deny, "ephemeral_containers.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    if subject
        .pod
        .ephemeral_containers
        .as_ref()
        .is_some_and(|containers| !containers.is_empty())
    {
        let message = "a template may not have ephemeral containers";
        found.push(forbidden(&RULE, &subject.at.key("ephemeralContainers"), message));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::pod_faults;

    #[test]
    fn a_template_has_none() {
        assert_eq!(pod_faults(&json!({"ephemeralContainers": []})), "");
        expect![[r#"
            ephemeralContainers: Forbidden: a template may not have ephemeral containers [XX414]
        "#]]
        .assert_eq(&pod_faults(
            &json!({"ephemeralContainers": [{"name": "debug", "image": "x"}]}),
        ));
    }
}
