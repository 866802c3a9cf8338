//! SJ301 `shared-containers`: the template of a SequentialJob has containers.
//!
//! # Why it is an error
//! The containers of a SequentialJob stand under `spec.containers` and run one after the other. One in the shared template
//! would run beside each of them, and it is not known what should become of a step when it ends.
//!
//! # Example
//! `template: {spec: {containers: [{name: main}]}}` is denied at `spec.template.spec.containers`.
//!
//! # Fix
//! Move the container to `spec.containers`. One that must run beside each step is a sidecar: an init container of the template
//! with `restartPolicy: Always`.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::rules::{Rule, rule};
use crate::sequential_job::rules::Subject;

/// See the header of this file.
pub static RULE: Rule = rule!("SJ301", "shared-containers", Deny, "shared_containers.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    if subject.shared_pod().is_some_and(|pod| !pod.containers.is_empty()) {
        let template = At::SPEC.key("template");
        let pod = template.key("spec");
        let message = "must be empty: the containers of a SequentialJob stand under `spec.containers`";
        found.push(Diagnostic::new(
            &RULE,
            &pod.key("containers"),
            Reason::Forbidden,
            message,
        ));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, sequential_job};

    #[test]
    fn containers_in_the_template_are_refused_and_an_empty_list_is_not() {
        let with = |containers| {
            findings(&sequential_job(
                json!({"template": {"spec": {"containers": containers}}}),
            ))
        };
        assert_eq!(with(json!([])) + &with(json!(null)), "");
        assert_eq!(
            with(json!([{"name": "b", "image": "x"}])),
            "spec.template.spec.containers: Forbidden: must be empty: the containers of a SequentialJob stand under \
             `spec.containers` [SJ301]\n"
        );
    }
}
