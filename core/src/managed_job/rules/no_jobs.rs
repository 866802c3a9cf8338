//! MJ002 `no-jobs`: a group of a ManagedJob without jobs.
//!
//! # Why it is an error
//! The group could never end, and groups after it would wait for ever.
//!
//! # Example
//! `groups: [{name: build, jobs: []}]` is denied at `spec.groups[0].jobs`.
//!
//! # Fix
//! Give the group at least one job, or remove it.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::managed_job::rules::Subject;
use crate::rules::{Rule, rule};
use crate::text::named;

/// See the header of this file.
pub static RULE: Rule = rule!("MJ002", "no-jobs", Deny, "no_jobs.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    subject.each_group(|_, group, at| {
        if group.jobs.is_empty() {
            let message = format!("group {} must contain at least one job", named(&group.name));
            found.push(Diagnostic::new(&RULE, &at.key("jobs"), Reason::Required, message));
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    #[test]
    fn every_empty_group_is_reported() {
        let groups =
            json!([{"name": "a", "jobs": []}, {"name": "b", "jobs": [{"name": "x", "image": "y"}]}, {"name": "c"}]);
        assert_eq!(
            findings(&managed_job(json!({"groups": groups}))),
            "spec.groups[0].jobs: Required value: group 'a' must contain at least one job [MJ002]\n\
             spec.groups[2].jobs: Required value: group 'c' must contain at least one job [MJ002]\n"
        );
    }
}
