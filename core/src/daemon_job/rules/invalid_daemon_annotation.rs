//! DJ503 `invalid-daemon-annotation`: an annotation of a DaemonJob's `globalParams` that no object could have.
//!
//! # Why it is an error
//! It is added to the Job and the pod of every node, so the API server would refuse every Job (`ValidateAnnotations`).
//!
//! # Example
//! `annotations: {"a b": x}` is denied at `spec.globalParams.annotations[a b]`.
//!
//! # Fix
//! Keys are an optional DNS subdomain and '/', then up to 63 letters, digits, '-', '_' and '.'. Keys and values together may
//! have up to 256 KiB.

use crate::daemon_job::rules::Subject;
use crate::diagnostic::Report;
use crate::field::At;
use crate::params;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!(
    "DJ503",
    "invalid-daemon-annotation",
    Deny,
    "invalid_daemon_annotation.rs"
);

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let globals = At::SPEC.key("globalParams");
    let at = globals.key("annotations");
    params::check_annotations(&RULE, &subject.globals().annotations, &at, found);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{daemon_job, findings};

    #[test]
    fn it_is_refused_where_it_stands() {
        let findings = findings(&daemon_job(json!({"globalParams": {"annotations": {"a b": "x"}}})));
        assert!(
            findings.starts_with("spec.globalParams.annotations[a b]: Invalid value: \"a b\""),
            "{findings}"
        );
        assert!(
            findings.ends_with(" [DJ503]\n") && findings.lines().count() == 1,
            "{findings}"
        );
    }
}
