//! JF503 `invalid-global-annotation`: an annotation of `globalParams` that no object could have.
//!
//! # Why it is an error
//! It is added to every Job and pod, so the API server would refuse every Job (`ValidateAnnotations`).
//!
//! # Example
//! `annotations: {"a b": x}` is denied at `spec.globalParams.annotations[a b]`.
//!
//! # Fix
//! Keys are an optional DNS subdomain and '/', then up to 63 letters, digits, '-', '_' and '.'. Keys and values
//! together may have up to 256 KiB.

use crate::diagnostic::Report;
use crate::field::At;
use crate::job_flow::rules::Subject;
use crate::params;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!(
    "JF503",
    "invalid-global-annotation",
    Deny,
    "invalid_global_annotation.rs"
);

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let globals = At::SPEC.key("globalParams");
    let at = globals.key("annotations");
    params::check_annotations(&RULE, &subject.globals().annotations, &at, found);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, with_globals};

    #[test]
    fn keys_are_checked_and_values_are_free() {
        let findings = findings(&with_globals(
            json!({"annotations": {"a b": "x", "ok": "any text", "Example.com/a": ""}}),
        ));
        assert!(
            findings.starts_with("spec.globalParams.annotations[a b]: Invalid value: \"a b\": the key must consist of")
        );
        assert_eq!(findings.lines().count(), 1);
    }

    #[test]
    fn all_together_they_are_bounded() {
        let findings = findings(&with_globals(json!({"annotations": {"a": "x".repeat(262_144)}})));
        assert_eq!(
            findings,
            "spec.globalParams.annotations: Too long: may not have more than 262144 bytes together, and \
have 262145 [JF503]\n"
        );
    }
}
