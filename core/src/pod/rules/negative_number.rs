//! XX460 `negative-number`: a number of a Job is less than 0.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateJobSpec`).
//!
//! # Example
//! `backoffLimit: -1` is denied at `…backoffLimit`.
//!
//! # Fix
//! Give 0 or more, or leave the field out. A Job without a limit of time has no `activeDeadlineSeconds`.

use crate::diagnostic::Report;
use crate::pod::fault::unless_not_negative;
use crate::pod::subject::{JobSubject, PushIf};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX460", "negative-number", Deny, "negative_number.rs");

pub(in crate::pod) fn check(subject: &JobSubject<'_>, found: &mut Report) {
    let job = subject.job;
    let numbers = [
        ("parallelism", job.parallelism.map(i64::from)),
        ("completions", job.completions.map(i64::from)),
        ("activeDeadlineSeconds", job.active_deadline_seconds),
        ("backoffLimit", job.backoff_limit.map(i64::from)),
        ("backoffLimitPerIndex", job.backoff_limit_per_index.map(i64::from)),
        ("maxFailedIndexes", job.max_failed_indexes.map(i64::from)),
        ("ttlSecondsAfterFinished", job.ttl_seconds_after_finished.map(i64::from)),
    ];
    for (name, number) in numbers {
        found.push_if(unless_not_negative(&RULE, &subject.at.key(name), number));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::job_faults;

    #[test]
    fn every_number_must_be_at_least_zero() {
        let faults = job_faults(&json!({"parallelism": -1, "activeDeadlineSeconds": -5, "backoffLimit": 0}));
        expect![[r#"
            activeDeadlineSeconds: Invalid value: -5: must be greater than or equal to 0 [XX460]
            parallelism: Invalid value: -1: must be greater than or equal to 0 [XX460]
        "#]]
        .assert_eq(&faults);
    }
}
