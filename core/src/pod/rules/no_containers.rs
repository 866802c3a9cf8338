//! XX410 `no-containers`: a pod template has no containers.
//!
//! # Why it is an error
//! There is nothing to run: the API server refuses the Job (`validateContainers`).
//!
//! # Example
//! `containers: []` is denied at `…template.spec.containers`.
//!
//! # Fix
//! Give at least one container, with a name and an image. Init containers alone are not enough.

use crate::diagnostic::Report;
use crate::pod::fault::required;
use crate::pod::subject::PodSubject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX410", "no-containers", Deny, "no_containers.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    if subject.pod.containers.is_empty() {
        found.push(required(
            &RULE,
            &subject.at.key("containers"),
            "must have at least one container",
        ));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::{job_faults, pod_faults};

    #[test]
    fn a_template_needs_a_container() {
        expect![[r#"
            containers: Required value: must have at least one container [XX410]
        "#]]
        .assert_eq(&pod_faults(&json!({"containers": []})));
    }

    #[test]
    fn a_template_that_is_missing_is_reported_once() {
        expect![[r#"
            template: Required value: must be given [XX003]
        "#]]
        .assert_eq(&job_faults(&json!({"template": null})));
        expect![[r#"
            template.spec.containers: Required value: must have at least one container [XX410]
        "#]]
        .assert_eq(&job_faults(&json!({"template": {"spec": null}})));
    }
}
