//! MJ505 `reserved-params-label`: a label in the `params` of a ManagedJob that belongs to Kubernetes or to jobflow.
//!
//! # Why it is an error
//! The Job controller finds a Job's pods by these labels, and jobflow a ManagedJob's Jobs. The API server refuses a
//! Job whose template sets them to anything else.
//!
//! # Example
//! `labels: {job-name: x}` is denied at `spec.params.labels[job-name]`.
//!
//! # Fix
//! Choose another key.

use crate::diagnostic::Report;
use crate::managed_job::rules::Subject;
use crate::params;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ505", "reserved-params-label", Deny, "reserved_params_label.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    subject.each_params(|params, at| params::check_reserved_labels(&RULE, &params.labels, &at.key("labels"), found));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, with_params};

    #[test]
    fn it_is_refused_once_on_the_level_where_it_stands() {
        for (level, place) in ["spec", "spec.groups[0]", "spec.groups[0].jobs[0]"]
            .into_iter()
            .enumerate()
        {
            let findings = findings(&with_params(level, json!({"labels": {"job-name": "x"}})));
            assert!(
                findings.starts_with(&format!(
                    "{place}.params.labels[job-name]: Forbidden: is set by Kubernetes or by jobflow itself"
                )),
                "{findings}"
            );
            assert!(
                findings.ends_with(" [MJ505]\n") && findings.lines().count() == 1,
                "{findings}"
            );
        }
    }
}
