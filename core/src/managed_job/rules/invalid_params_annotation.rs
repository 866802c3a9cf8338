//! MJ504 `invalid-params-annotation`: an annotation in the `params` of a ManagedJob that no object could have.
//!
//! # Why it is an error
//! It is merged into the Jobs below, and the API server would refuse every one of them (`ValidateAnnotations`).
//!
//! # Example
//! `annotations: {"a b": x}` is denied at `spec.params.annotations[a b]`.
//!
//! # Fix
//! Keys are an optional DNS subdomain and '/', then up to 63 letters, digits, '-', '_' and '.'. Keys and values together may
//! have up to 256 KiB.

use std::collections::BTreeMap;

use crate::diagnostic::Report;
use crate::managed_job::rules::{Subject, ignored_annotation};
use crate::params;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!(
    "MJ504",
    "invalid-params-annotation",
    Deny,
    "invalid_params_annotation.rs"
);

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    subject.each_params(|params, at| {
        let kept = params
            .annotations
            .iter()
            .filter(|(key, _)| !ignored_annotation::is_ignored(key));
        let kept: BTreeMap<String, String> = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
        params::check_annotations(&RULE, &kept, &at.key("annotations"), found);
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, with_params};

    #[test]
    fn keys_are_checked_and_values_are_free() {
        let findings = findings(&with_params(1, json!({"annotations": {"a b": "x", "ok": "any text"}})));
        assert!(findings.starts_with("spec.groups[0].params.annotations[a b]: Invalid value: \"a b\": the key must"));
        assert_eq!(findings.lines().count(), 1);
    }
}
