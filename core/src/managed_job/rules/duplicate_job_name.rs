//! MJ104 `duplicate-job-name`: two jobs of one group share a name.
//!
//! # Why it is an error
//! Both Jobs would have one name, and only one of them could be made.
//!
//! # Example
//! `jobs: [{name: test}, {name: test}]` is denied at `spec.groups[0].jobs[1].name`.
//!
//! # Fix
//! Rename one of the jobs, and every dependency that means it. Jobs of different groups may share a name.

use std::collections::btree_map::{BTreeMap, Entry};

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::FieldPath;
use crate::managed_job::rules::Subject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ104", "duplicate-job-name", Deny, "duplicate_job_name.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let mut first_use = BTreeMap::new();
    subject.each_job(|group, _, job, at| {
        if job.name.is_empty() {
            return;
        }
        match first_use.entry((group, job.name.as_str())) {
            Entry::Vacant(slot) => {
                slot.insert(FieldPath::from(at));
            }
            Entry::Occupied(first) => {
                let message = format!("must be unique in its group: also the name of `{}`", first.get());
                let finding = Diagnostic::new(&RULE, &at.key("name"), Reason::Duplicate, message);
                found.push(finding.value(&job.name));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    #[test]
    fn names_are_unique_in_a_group_and_free_among_groups() {
        let jobs = json!([{"name": "a", "image": "b"}, {"name": "a", "image": "b"}]);
        let groups = json!([{"name": "g", "jobs": jobs}, {"name": "h", "jobs": [{"name": "a", "image": "b"}]}]);
        assert_eq!(
            findings(&managed_job(json!({"groups": groups}))),
            "spec.groups[0].jobs[1].name: Duplicate value: \"a\": must be unique in its group: also the name of \
             `spec.groups[0].jobs[0]` [MJ104]\n"
        );
    }
}
