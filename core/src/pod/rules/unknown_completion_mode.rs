//! XX461 `unknown-completion-mode`: `completionMode` is neither `NonIndexed` nor `Indexed`.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateJobSpec`).
//!
//! # Example
//! `completionMode: indexed` is denied at `…completionMode`.
//!
//! # Fix
//! Write `Indexed` if each pod has an index of its own, otherwise `NonIndexed`, or leave the field out.

use crate::diagnostic::Report;
use crate::pod::fault::unless_one_of;
use crate::pod::subject::{JobSubject, PushIf};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX461", "unknown-completion-mode", Deny, "unknown_completion_mode.rs");

pub(in crate::pod) fn check(subject: &JobSubject<'_>, found: &mut Report) {
    let mode = subject.job.completion_mode.as_deref();
    found.push_if(unless_one_of(
        &RULE,
        &subject.at.key("completionMode"),
        mode,
        &["NonIndexed", "Indexed"],
    ));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::job_faults;

    #[test]
    fn the_mode_is_one_of_two() {
        assert_eq!(job_faults(&json!({"completionMode": "NonIndexed"})), "");
        expect![[r#"
            completionMode: Unsupported value: "indexed": supported values: "NonIndexed", "Indexed" (did you mean 'Indexed'?) [XX461]
        "#]].assert_eq(&job_faults(&json!({"completionMode": "indexed"})));
    }
}
