//! XX463 `indexed-job-limit`: an Indexed Job is larger than Kubernetes can keep account of.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateJobSpec`), because the status of a Job lists its finished and failed
//! indexes: at most 100,000 pods run at once and 100,000 indexes may fail; beyond 100,000 completions with
//! `backoffLimitPerIndex`, 10,000 of each, and `maxFailedIndexes` must be given.
//!
//! # Example
//! `parallelism: 200000` in an Indexed Job is denied at `…parallelism`.
//!
//! # Fix
//! Lower the number, or split the work over several flows.

use crate::diagnostic::Report;
use crate::pod::fault::{invalid, required};
use crate::pod::subject::JobSubject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX463", "indexed-job-limit", Deny, "indexed_job_limit.rs");

/// `maxParallelismForIndexedJob`, `maxFailedIndexesForIndexedJob` and `completionsSoftLimit`.
const INDEXES_MAX: i32 = 100_000;
/// `parallelismLimitForHighCompletions` and `maxFailedIndexesLimitForHighCompletions`.
const INDEXES_MAX_OF_MANY: i32 = 10_000;

pub(in crate::pod) fn check(subject: &JobSubject<'_>, found: &mut Report) {
    let (job, at) = (subject.job, subject.at);
    if job.completion_mode.as_deref() != Some("Indexed") {
        return;
    }
    let has_many =
        job.completions.is_some_and(|completions| completions > INDEXES_MAX) && job.backoff_limit_per_index.is_some();
    let indexes_max = if has_many { INDEXES_MAX_OF_MANY } else { INDEXES_MAX };
    for (name, number) in [
        ("parallelism", job.parallelism),
        ("maxFailedIndexes", job.max_failed_indexes),
    ] {
        if let Some(number) = number.filter(|number| *number > indexes_max) {
            let message = format!("must be less than or equal to {indexes_max} in an Indexed Job of this size");
            found.push(invalid(&RULE, &at.key(name), message).literal(number));
        }
    }
    match (job.max_failed_indexes, job.completions) {
        (Some(failed), Some(completions)) if failed > completions && failed <= indexes_max => {
            let message = "must be less than or equal to `completions`";
            found.push(invalid(&RULE, &at.key("maxFailedIndexes"), message).literal(failed));
        }
        (None, _) if has_many => {
            let message = format!("must be given when `completions` is above {INDEXES_MAX}");
            found.push(required(&RULE, &at.key("maxFailedIndexes"), message));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::job_faults;

    #[test]
    fn an_indexed_job_has_limits_and_another_has_not() {
        let job = |mode| json!({"completionMode": mode, "completions": 5, "parallelism": 100_001});
        assert_eq!(job_faults(&job("NonIndexed")), "");
        expect![[r#"
            parallelism: Invalid value: 100001: must be less than or equal to 100000 in an Indexed Job of this size [XX463]
        "#]].assert_eq(&job_faults(&job("Indexed")));
    }

    #[test]
    fn many_completions_with_limits_for_each_index_have_lower_limits() {
        let mut job = json!({"completionMode": "Indexed", "completions": 100_001, "parallelism": 10_001, "backoffLimitPerIndex": 1});
        expect![[r#"
            maxFailedIndexes: Required value: must be given when `completions` is above 100000 [XX463]
            parallelism: Invalid value: 10001: must be less than or equal to 10000 in an Indexed Job of this size [XX463]
        "#]].assert_eq(&job_faults(&job));
        job["maxFailedIndexes"] = json!(10_001);
        job["parallelism"] = json!(1);
        expect![[r#"
            maxFailedIndexes: Invalid value: 10001: must be less than or equal to 10000 in an Indexed Job of this size [XX463]
        "#]].assert_eq(&job_faults(&job));
    }

    #[test]
    fn no_more_indexes_can_fail_than_there_are() {
        let job =
            json!({"completionMode": "Indexed", "completions": 2, "backoffLimitPerIndex": 1, "maxFailedIndexes": 3});
        expect![[r#"
            maxFailedIndexes: Invalid value: 3: must be less than or equal to `completions` [XX463]
        "#]]
        .assert_eq(&job_faults(&job));
    }
}
