//! DJ505 `reserved-daemon-label`: a label of a DaemonJob's `globalParams` that belongs to Kubernetes or to jobflow.
//!
//! # Why it is an error
//! The Job controller finds a Job's pods by these labels, and jobflow a DaemonJob's Jobs. The API server refuses a
//! Job whose template sets them to anything else.
//!
//! # Example
//! `labels: {job-name: x}` is denied at `spec.globalParams.labels[job-name]`.
//!
//! # Fix
//! Choose another key.

use crate::daemon_job::rules::Subject;
use crate::diagnostic::Report;
use crate::field::At;
use crate::params;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("DJ505", "reserved-daemon-label", Deny, "reserved_daemon_label.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let globals = At::SPEC.key("globalParams");
    let at = globals.key("labels");
    params::check_reserved_labels(&RULE, &subject.globals().labels, &at, found);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{daemon_job, findings};

    #[test]
    fn it_is_refused_where_it_stands() {
        let findings = findings(&daemon_job(json!({"globalParams": {"labels": {"job-name": "x"}}})));
        assert!(
            findings.starts_with(
                "spec.globalParams.labels[job-name]: Forbidden: is set by Kubernetes or by jobflow itself"
            ),
            "{findings}"
        );
        assert!(
            findings.ends_with(" [DJ505]\n") && findings.lines().count() == 1,
            "{findings}"
        );
    }
}
