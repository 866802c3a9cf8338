//! XX462 `index-field-without-index`: a Job has a field for indexes, but not what the field needs.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateJobSpec`): an Indexed Job needs `completions`; `backoffLimitPerIndex`,
//! `maxFailedIndexes` and `successPolicy` need an Indexed Job; `maxFailedIndexes` needs `backoffLimitPerIndex`.
//!
//! # Example
//! `completionMode: Indexed` without `completions` is denied at `…completions`.
//!
//! # Fix
//! Set `completionMode: Indexed` and `completions`, or remove the fields for indexes.

use crate::diagnostic::Report;
use crate::pod::fault::{invalid, required};
use crate::pod::subject::JobSubject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!(
    "XX462",
    "index-field-without-index",
    Deny,
    "index_field_without_index.rs"
);

pub(in crate::pod) fn check(subject: &JobSubject<'_>, found: &mut Report) {
    let (job, at) = (subject.job, subject.at);
    let mode = job.completion_mode.as_deref().unwrap_or("NonIndexed");
    // Both absent: the API server sets both to 1, but for an Indexed Job that is what the author must say.
    let has_completions = job.completions.is_some() || job.parallelism.is_none();
    if mode == "Indexed" && !has_completions {
        let message = "must be given when `completionMode` is 'Indexed'";
        found.push(required(&RULE, &at.key("completions"), message));
    }
    if job.max_failed_indexes.is_some() && job.backoff_limit_per_index.is_none() {
        let message = "must be given when `maxFailedIndexes` is";
        found.push(required(&RULE, &at.key("backoffLimitPerIndex"), message));
    }
    let message = "needs `completionMode: Indexed`";
    if mode == "NonIndexed" {
        for (name, number) in [
            ("backoffLimitPerIndex", job.backoff_limit_per_index),
            ("maxFailedIndexes", job.max_failed_indexes),
        ] {
            if let Some(number) = number {
                found.push(invalid(&RULE, &at.key(name), message).literal(number));
            }
        }
    }
    if job.success_policy.is_some() && mode != "Indexed" {
        found.push(invalid(&RULE, &at.key("successPolicy"), message));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::job_faults;

    #[test]
    fn what_is_for_indexes_needs_an_indexed_job() {
        let rules = json!({"rules": [{"succeededCount": 1}]});
        let faults = job_faults(&json!({"backoffLimitPerIndex": 1, "maxFailedIndexes": 1, "successPolicy": rules}));
        expect![[r#"
            backoffLimitPerIndex: Invalid value: 1: needs `completionMode: Indexed` [XX462]
            maxFailedIndexes: Invalid value: 1: needs `completionMode: Indexed` [XX462]
            successPolicy: Invalid value: needs `completionMode: Indexed` [XX462]
        "#]]
        .assert_eq(&faults);
    }

    #[test]
    fn an_indexed_job_needs_completions_unless_the_api_server_sets_them() {
        assert_eq!(job_faults(&json!({"completionMode": "Indexed"})), "");
        expect![[r#"
            completions: Required value: must be given when `completionMode` is 'Indexed' [XX462]
        "#]]
        .assert_eq(&job_faults(&json!({"completionMode": "Indexed", "parallelism": 2})));
    }

    #[test]
    fn a_limit_of_failed_indexes_needs_a_limit_for_each() {
        let faults = job_faults(&json!({"completionMode": "Indexed", "completions": 2, "maxFailedIndexes": 1}));
        expect![[r#"
            backoffLimitPerIndex: Required value: must be given when `maxFailedIndexes` is [XX462]
        "#]]
        .assert_eq(&faults);
    }
}
