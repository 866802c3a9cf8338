//! XX004 `negative-limit`: a time or a number of an object's own is less than zero.
//!
//! # Why it is an error
//! There is no negative time and no negative number of retries. The API server refuses the same fields of a Job below
//! zero (`ValidateNonnegativeField`).
//!
//! # Example
//! `spec: {ttlSecondsAfterFinished: -1}` is denied at `spec.ttlSecondsAfterFinished`.
//!
//! # Fix
//! Write 0 or more, or leave the field out.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX004", "negative-limit", Deny, "negative_limit.rs");

/// Looks at the limit that stands at `at`, where one is set.
pub(crate) fn check(at: &At<'_>, limit: Option<i64>, found: &mut Report) {
    if let Some(limit) = limit.filter(|&limit| limit < 0) {
        let message = "must be greater than or equal to 0";
        found.push(Diagnostic::new(&RULE, at, Reason::Invalid, message).literal(limit));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{daemon_job, findings};

    #[test]
    fn zero_is_accepted_and_less_is_refused() {
        let with = |seconds: i32| findings(&daemon_job(json!({"ttlSecondsAfterFinished": seconds})));
        assert_eq!(with(0), "");
        assert_eq!(
            with(-1),
            "spec.ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0 [XX004]\n"
        );
    }
}
