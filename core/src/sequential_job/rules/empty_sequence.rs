//! SJ001 `empty-sequence`: a SequentialJob without containers.
//!
//! # Why it is an error
//! There is nothing to run, and nothing that could ever finish.
//!
//! # Example
//! `spec: {containers: []}` is denied at `spec.containers`.
//!
//! # Fix
//! Give at least one container under `spec.containers`.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::rules::{Rule, rule};
use crate::sequential_job::rules::Subject;

/// See the header of this file.
pub static RULE: Rule = rule!("SJ001", "empty-sequence", Deny, "empty_sequence.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    if subject.spec.containers.is_empty() {
        let message = "must contain at least one container";
        found.push(Diagnostic::new(
            &RULE,
            &At::SPEC.key("containers"),
            Reason::Required,
            message,
        ));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, sequential_job};

    #[test]
    fn an_empty_list_and_null_are_the_same_fault() {
        let expected = "spec.containers: Required value: must contain at least one container [SJ001]\n";
        assert_eq!(findings(&sequential_job(json!({"containers": []}))), expected);
        assert_eq!(findings(&sequential_job(json!({"containers": null}))), expected);
    }
}
