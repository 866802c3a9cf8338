//! MJ512 `ignored-annotation`: an annotation in `params` has a key with more than one '/'.
//!
//! # Why it is a warning
//! The documentation of the operator that these manifests come from shows such a key, but the API server refuses every object
//! that has one. So it is left out of the Jobs, and the rest of the manifest works.
//!
//! # Example
//! `annotations: {this/works/aswell: "true"}` is accepted with a warning at `spec.params.annotations[this/works/aswell]`.
//!
//! # Fix
//! Choose a key with at most one '/', such as `example.com/name`.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::managed_job::rules::Subject;
use crate::names::qualified_name_fault;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ512", "ignored-annotation", Warn, "ignored_annotation.rs");

/// Whether the key has more than one '/' and no other fault.
pub(crate) fn is_ignored(key: &str) -> bool {
    key.matches('/').count() > 1 && key.split('/').all(|part| qualified_name_fault(part).is_none())
}

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    subject.each_params(|params, at| {
        let at = at.key("annotations");
        for key in params.annotations.keys().filter(|key| is_ignored(key)) {
            let message = "is left out of the Jobs: Kubernetes allows no more than one '/' in the key of an annotation";
            found.push(Diagnostic::new(&RULE, &at.map_key(key), Reason::Invalid, message));
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, with_params};

    use super::is_ignored;

    #[test]
    fn the_documented_key_is_accepted_with_a_warning() {
        assert_eq!(
            findings(&with_params(0, json!({"annotations": {"this/works/aswell": "true"}}))),
            "spec.params.annotations[this/works/aswell]: Invalid value: is left out of the Jobs: Kubernetes allows no more than \
             one '/' in the key of an annotation [MJ512]\n"
        );
    }

    #[test]
    fn keys_with_other_faults_are_not_passed_over() {
        for other in ["a", "a/b", "a//b", "a/b c/d", "/a/b"] {
            assert!(!is_ignored(other), "{other}");
        }
    }
}
