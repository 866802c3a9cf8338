//! DJ502 `invalid-daemon-label`: a label of a DaemonJob's `globalParams` that no object could have.
//!
//! # Why it is an error
//! It is added to the Job and the pod of every node, so the API server would refuse every Job (`ValidateLabels`).
//!
//! # Example
//! `labels: {team: "a b"}` is denied at `spec.globalParams.labels[team]`.
//!
//! # Fix
//! Keys are an optional DNS subdomain and '/', then up to 63 letters, digits, '-', '_' and '.'; values the same without the
//! first part. Free text belongs in annotations.

use crate::daemon_job::rules::Subject;
use crate::diagnostic::Report;
use crate::field::At;
use crate::params;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("DJ502", "invalid-daemon-label", Deny, "invalid_daemon_label.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let globals = At::SPEC.key("globalParams");
    let at = globals.key("labels");
    params::check_labels(&RULE, &subject.globals().labels, &at, found);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{daemon_job, findings};

    #[test]
    fn it_is_refused_where_it_stands() {
        let findings = findings(&daemon_job(json!({"globalParams": {"labels": {"team": "a b"}}})));
        assert!(
            findings.starts_with("spec.globalParams.labels[team]: Invalid value: \"a b\""),
            "{findings}"
        );
        assert!(
            findings.ends_with(" [DJ502]\n") && findings.lines().count() == 1,
            "{findings}"
        );
    }
}
