//! XX466 `invalid-success-policy`: a rule of `successPolicy` that can never hold, or says nothing.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateSuccessPolicy`). Each rule has `succeededIndexes`, a list such as
//! `0,2-5` in ascending order below `completions`, or `succeededCount`, no more than there are indexes, or both.
//!
//! # Example
//! `succeededIndexes: "0-9"` with `completions: 5` is denied at the field.
//!
//! # Fix
//! Correct the indexes or the count as the message says.

use k8s_openapi::api::batch::v1::SuccessPolicyRule;

use crate::diagnostic::Report;
use crate::field::At;
use crate::pod::fault::{invalid, required, too_long, too_many, unless_not_negative};
use crate::pod::subject::{JobSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX466", "invalid-success-policy", Deny, "invalid_success_policy.rs");

/// `maxSuccessPolicyRule`.
const RULES_MAX: usize = 20;
/// `maxJobSuccessPolicySucceededIndexesLimit`.
const INDEXES_BYTES_MAX: usize = 64 * 1024;

pub(in crate::pod) fn check(subject: &JobSubject<'_>, found: &mut Report) {
    let job = subject.job;
    let (Some(policy), Some("Indexed")) = (&job.success_policy, job.completion_mode.as_deref()) else {
        return;
    };
    let at = subject.at.key("successPolicy");
    let at = at.key("rules");
    if policy.rules.is_empty() {
        found.push(required(&RULE, &at, "must have at least one rule"));
    }
    if policy.rules.len() > RULES_MAX {
        found.push(too_many(&RULE, &at, policy.rules.len(), RULES_MAX));
    }
    let defaulted = if job.parallelism.is_none() { Some(1) } else { None };
    // A Job without completions is refused for that.
    let Some(completions) = job.completions.or(defaulted) else {
        return;
    };
    each(Some(&policy.rules), &at, |rule, here| {
        check_rule(rule, completions, here, found);
    });
}

fn check_rule(rule: &SuccessPolicyRule, completions: i32, at: &At<'_>, found: &mut Report) {
    let mut indexes_total = None;
    if let Some(indexes) = rule.succeeded_indexes.as_deref() {
        let at = at.key("succeededIndexes");
        if indexes.len() > INDEXES_BYTES_MAX {
            found.push(too_long(&RULE, &at, indexes.len(), INDEXES_BYTES_MAX));
        }
        match count_of(indexes, completions) {
            Ok(total) => indexes_total = Some(total),
            Err(fault) => {
                indexes_total = Some(0);
                found.push(invalid(&RULE, &at, fault).value(indexes));
            }
        }
    }
    let Some(count) = rule.succeeded_count else {
        if indexes_total.is_none() {
            found.push(required(
                &RULE,
                at,
                "must have `succeededCount`, `succeededIndexes` or both",
            ));
        }
        return;
    };
    let at = at.key("succeededCount");
    found.push_if(unless_not_negative(&RULE, &at, Some(count)));
    let count_max = indexes_total.map_or(i64::from(completions), |total| total.min(i64::from(completions)));
    if i64::from(count) > count_max {
        let message = format!("must be less than or equal to {count_max}, the number of indexes");
        found.push(invalid(&RULE, &at, message).literal(count));
    }
}

/// How many indexes a list has (`validateIndexesFormat`).
fn count_of(indexes: &str, completions: i32) -> Result<i64, &'static str> {
    let mut total = 0;
    let mut last: Option<i64> = None;
    for interval in indexes.split(',').filter(|_| !indexes.is_empty()) {
        let (first, end) = interval
            .split_once('-')
            .map_or((interval, None), |(first, end)| (first, Some(end)));
        let first = index(first, completions)?;
        let end = end.map_or(Ok(first), |end| index(end, completions))?;
        let is_interval = interval.contains('-');
        if last.is_some_and(|last| last >= first) || end < first || (is_interval && end == first) {
            return Err("must have its indexes in ascending order, each once");
        }
        total += end - first + 1;
        last = Some(end);
    }
    Ok(total)
}

fn index(text: &str, completions: i32) -> Result<i64, &'static str> {
    let index: i64 = text
        .parse()
        .map_err(|_| "must be a list of indexes and intervals, such as '0,2-5'")?;
    if index >= i64::from(completions) {
        return Err("must have only indexes less than `completions`");
    }
    Ok(index)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use super::count_of;
    use crate::pod::testing::job_faults;

    fn faults(rules: &Value) -> String {
        job_faults(&json!({"completionMode": "Indexed", "completions": 5, "successPolicy": {"rules": rules}}))
    }

    #[test]
    fn rules_must_be_able_to_hold() {
        assert_eq!(faults(&json!([{"succeededIndexes": "0,2-4", "succeededCount": 2}])), "");
        expect![[r#"
            successPolicy.rules[0]: Required value: must have `succeededCount`, `succeededIndexes` or both [XX466]
            successPolicy.rules[1].succeededIndexes: Invalid value: "0-9": must have only indexes less than `completions` [XX466]
            successPolicy.rules[2].succeededCount: Invalid value: 6: must be less than or equal to 5, the number of indexes [XX466]
            successPolicy.rules[3].succeededCount: Invalid value: -1: must be greater than or equal to 0 [XX466]
            successPolicy.rules[4].succeededCount: Invalid value: 3: must be less than or equal to 2, the number of indexes [XX466]
        "#]].assert_eq(&faults(&json!([
            {},
            {"succeededIndexes": "0-9"},
            {"succeededCount": 6},
            {"succeededCount": -1},
            {"succeededIndexes": "1-2", "succeededCount": 3},
        ])));
        expect![[r#"
            successPolicy.rules: Required value: must have at least one rule [XX466]
        "#]]
        .assert_eq(&faults(&json!([])));
        expect![[r#"
            successPolicy.rules: Too many: 21: must have at most 20 items [XX466]
        "#]]
        .assert_eq(&faults(&json!(vec![json!({"succeededCount": 1}); 21])));
    }

    #[test]
    fn lists_of_indexes_are_counted() {
        assert_eq!(count_of("", 5), Ok(0));
        assert_eq!(count_of("0,2-4", 5), Ok(4));
        for bad in ["a", "1,1", "2-1", "1-1", "0-1-2", "5", "0-5", "3,1", " 1", "1,"] {
            assert!(count_of(bad, 5).is_err(), "{bad}");
        }
    }
}
