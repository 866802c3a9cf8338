//! MJ503 `invalid-params-label`: a label in the `params` of a ManagedJob that no object could have.
//!
//! # Why it is an error
//! It is merged into the Jobs below, and the API server would refuse every one of them (`ValidateLabels`).
//!
//! # Example
//! `labels: {team: "a b"}` is denied at `spec.params.labels[team]`.
//!
//! # Fix
//! Keys are an optional DNS subdomain and '/', then up to 63 letters, digits, '-', '_' and '.'; values the same without the
//! first part. Free text belongs in annotations.

use crate::diagnostic::Report;
use crate::managed_job::rules::Subject;
use crate::params;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ503", "invalid-params-label", Deny, "invalid_params_label.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    subject.each_params(|params, at| params::check_labels(&RULE, &params.labels, &at.key("labels"), found));
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
            let findings = findings(&with_params(level, json!({"labels": {"team": "a b"}})));
            assert!(
                findings.starts_with(&format!("{place}.params.labels[team]: Invalid value: \"a b\"")),
                "{findings}"
            );
            assert!(
                findings.ends_with(" [MJ503]\n") && findings.lines().count() == 1,
                "{findings}"
            );
        }
    }
}
