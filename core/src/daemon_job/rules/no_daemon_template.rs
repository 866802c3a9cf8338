//! DJ001 `no-daemon-template`: a DaemonJob without a template.
//!
//! # Why it is an error
//! There is no pod that could run on the nodes.
//!
//! # Example
//! `spec: {backoffLimit: 1}` is denied at `spec.template`.
//!
//! # Fix
//! Give the pod template under `spec.template`: the fields of a native Job spec stand directly under `spec`.

use crate::daemon_job::rules::Subject;
use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("DJ001", "no-daemon-template", Deny, "no_daemon_template.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    if !subject.has_template {
        let message = "must be given: the pod template of the Job on each node";
        found.push(Diagnostic::new(
            &RULE,
            &At::SPEC.key("template"),
            Reason::Required,
            message,
        ));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{daemon_job, findings};

    #[test]
    fn an_absent_template_and_null_are_the_same_fault_and_the_only_one() {
        let expected =
            "spec.template: Required value: must be given: the pod template of the Job on each node [DJ001]\n";
        let mut object = daemon_job(json!({"template": null}));
        assert_eq!(findings(&object), expected);
        object["spec"].as_object_mut().unwrap().remove("template");
        assert_eq!(findings(&object), expected);
    }
}
