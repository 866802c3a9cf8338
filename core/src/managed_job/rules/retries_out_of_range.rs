//! MJ904 `retries-out-of-range`: `retries` is less than 0 or more than 100.
//!
//! # Why it is an error
//! There is no negative number of retries, and a Job that fails more often than 100 times fails for a reason that retrying does
//! not mend. It is the bound of the operator that these manifests come from.
//!
//! # Example
//! `spec: {retries: 101}` is denied at `spec.retries`.
//!
//! # Fix
//! Write a number from 0 to 100. 0 means 0; 1 is the default.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::managed_job::rules::Subject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ904", "retries-out-of-range", Deny, "retries_out_of_range.rs");

/// The most retries.
const RETRIES_MAX: i32 = 100;

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    if let Some(retries) = subject
        .spec
        .retries
        .filter(|retries| !(0..=RETRIES_MAX).contains(retries))
    {
        let message = format!("must be from 0 to {RETRIES_MAX}");
        found.push(Diagnostic::new(&RULE, &At::SPEC.key("retries"), Reason::Invalid, message).literal(retries));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    #[test]
    fn zero_and_a_hundred_are_accepted_and_no_more() {
        let with = |retries: i32| findings(&managed_job(json!({"retries": retries})));
        assert_eq!(with(0) + &with(100), "");
        assert_eq!(
            with(101),
            "spec.retries: Invalid value: 101: must be from 0 to 100 [MJ904]\n"
        );
        assert_eq!(
            with(-1),
            "spec.retries: Invalid value: -1: must be from 0 to 100 [MJ904]\n"
        );
    }
}
