//! JF505 `reserved-global-label`: a label of `globalParams` that belongs to Kubernetes or to jobflow.
//!
//! # Why it is an error
//! The Job controller finds a Job's pods by these labels, and jobflow a JobFlow's Jobs. The API server refuses a
//! Job whose template sets them to anything else.
//!
//! # Example
//! `labels: {job-name: x}` is denied at `spec.globalParams.labels[job-name]`.
//!
//! # Fix
//! Choose another key.

use crate::diagnostic::Report;
use crate::field::At;
use crate::job_flow::rules::Subject;
use crate::params;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF505", "reserved-global-label", Deny, "reserved_global_label.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let globals = At::SPEC.key("globalParams");
    let at = globals.key("labels");
    params::check_reserved_labels(&RULE, &subject.globals().labels, &at, found);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, with_globals};

    #[test]
    fn labels_of_the_job_controller_and_of_jobflow_are_refused() {
        let labels = json!({"job-name": "x", "api.practice.com/step": "y", "app.kubernetes.io/name": "z"});
        assert_eq!(
            findings(&with_globals(json!({"labels": labels}))),
            "\
spec.globalParams.labels[api.practice.com/step]: Forbidden: is set by Kubernetes or by jobflow itself [JF505]
spec.globalParams.labels[job-name]: Forbidden: is set by Kubernetes or by jobflow itself [JF505]
"
        );
    }
}
