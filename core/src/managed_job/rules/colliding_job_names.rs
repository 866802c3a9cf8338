//! MJ105 `colliding-job-names`: two jobs of different groups would have the same full Job name.
//!
//! # Why it is an error
//! A Job is named `<managedjob>-<group>-<job>`, and names may have '-': group `a` with job `b-c` and group `a-b` with job `c`
//! both give `a-b-c`. Only one of the two Jobs could be made.
//!
//! # Example
//! Those groups are denied at the name of the second job, with both named.
//!
//! # Fix
//! Rename one of the groups or of the jobs.

use std::collections::btree_map::{BTreeMap, Entry};

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::FieldPath;
use crate::managed_job::rules::Subject;
use crate::rules::{Rule, rule};
use crate::text::named;

/// See the header of this file.
pub static RULE: Rule = rule!("MJ105", "colliding-job-names", Deny, "colliding_job_names.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let mut first_use = BTreeMap::new();
    subject.each_job(
        |_, group, job, at| match first_use.entry(format!("{}-{}", group.name, job.name)) {
            Entry::Vacant(slot) => {
                slot.insert((group.name.as_str(), job.name.as_str(), FieldPath::from(at)));
            }
            Entry::Occupied(slot) => {
                let (first_group, first_job, place) = slot.get();
                // The same two names are another fault: of the group, or of the job in its group.
                if (*first_group, *first_job) == (group.name.as_str(), job.name.as_str()) {
                    return;
                }
                let message = format!(
                    "job {} of group {} and job {} of group {} (`{place}`) would have the same Job name \
                 '<managedjob>-<group>-<job>'",
                    named(&job.name),
                    named(&group.name),
                    named(first_job),
                    named(first_group),
                );
                let finding = Diagnostic::new(&RULE, &at.key("name"), Reason::Duplicate, message);
                found.push(finding.value(slot.key()));
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    #[test]
    fn both_jobs_are_named() {
        let groups = json!([
            {"name": "a", "jobs": [{"name": "b-c", "image": "x"}]}, {"name": "a-b", "jobs": [{"name": "c", "image": "x"}]},
        ]);
        assert_eq!(
            findings(&managed_job(json!({"groups": groups}))),
            "spec.groups[1].jobs[0].name: Duplicate value: \"a-b-c\": job 'c' of group 'a-b' and job 'b-c' of group 'a' \
             (`spec.groups[0].jobs[0]`) would have the same Job name '<managedjob>-<group>-<job>' [MJ105]\n"
        );
    }
}
