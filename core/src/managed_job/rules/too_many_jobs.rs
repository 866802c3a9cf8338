//! MJ901 `too-many-jobs`: a ManagedJob has more groups, or more jobs, than the limit.
//!
//! # Why it is an error
//! The status has a row a group and a job, and must fit an object of etcd.
//!
//! # Example
//! A ManagedJob whose groups have 5,001 jobs together is denied at `spec.groups`.
//!
//! # Fix
//! Split it into several objects.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::limits::MANAGED_JOBS_MAX;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ901", "too-many-jobs", Deny, "too_many_jobs.rs");

/// Asked of the object as it was sent, before any of it is decoded: a decoded job takes a hundred times its bytes.
pub(in crate::managed_job) fn check(object: &Value, found: &mut Report) {
    let groups = object.pointer("/spec/groups").and_then(Value::as_array);
    let groups = groups.map(Vec::as_slice).unwrap_or_default();
    let jobs_of = |group: &Value| group.get("jobs").and_then(Value::as_array).map_or(0, Vec::len);
    let jobs: usize = groups.iter().map(jobs_of).sum();
    for (count, what) in [(groups.len(), "groups"), (jobs, "jobs in all groups together")] {
        if count > MANAGED_JOBS_MAX {
            let message = format!("may have no more than {MANAGED_JOBS_MAX} {what}, and has {count}");
            found.push(Diagnostic::new(
                &RULE,
                &At::SPEC.key("groups"),
                Reason::TooMany,
                message,
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    #[test]
    fn the_limit_is_accepted_and_one_more_is_refused() {
        let with = |count: usize| {
            let jobs: Vec<_> = (0..count)
                .map(|n| json!({"name": format!("j{n}"), "image": "x", "parallel": true}))
                .collect();
            let (some, rest) = jobs.split_at(100);
            findings(&managed_job(
                json!({"groups": [{"name": "g", "jobs": some}, {"name": "h", "jobs": rest}]}),
            ))
        };
        assert_eq!(with(5_000), "");
        assert_eq!(
            with(5_001),
            "spec.groups: Too many: may have no more than 5000 jobs in all groups together, and has 5001 [MJ901]\n"
        );
    }
}
