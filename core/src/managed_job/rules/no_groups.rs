//! MJ001 `no-groups`: a ManagedJob without groups.
//!
//! # Why it is an error
//! There is nothing to run, and nothing that could ever finish.
//!
//! # Example
//! `spec: {groups: []}` is denied at `spec.groups`.
//!
//! # Fix
//! Give at least one group.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::managed_job::rules::Subject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ001", "no-groups", Deny, "no_groups.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    if subject.spec.groups.is_empty() {
        let message = "must contain at least one group";
        found.push(Diagnostic::new(
            &RULE,
            &At::SPEC.key("groups"),
            Reason::Required,
            message,
        ));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    #[test]
    fn an_empty_list_and_null_are_the_same_fault() {
        let expected = "spec.groups: Required value: must contain at least one group [MJ001]\n";
        assert_eq!(findings(&managed_job(json!({"groups": []}))), expected);
        assert_eq!(findings(&managed_job(json!({"groups": null}))), expected);
    }
}
