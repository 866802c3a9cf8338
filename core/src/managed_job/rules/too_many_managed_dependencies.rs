//! MJ902 `too-many-managed-dependencies`: a group or a job names more dependencies than the limit, or all together do.
//!
//! # Why it is an error
//! The limits keep the time that is needed to check the order within bounds.
//!
//! # Example
//! A job with 1,001 dependencies is denied at its `dependencies`.
//!
//! # Fix
//! Depend on a group, or on the last of several jobs that wait for each other anyway.

use crds::{ManagedDependency, ManagedJobSpec};

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::limits::{DEPENDENCIES_MAX, EDGES_MAX};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!(
    "MJ902",
    "too-many-managed-dependencies",
    Deny,
    "too_many_managed_dependencies.rs"
);

pub(super) fn check(spec: &ManagedJobSpec, found: &mut Report) {
    let groups = At::SPEC.key("groups");
    let mut total = 0;
    for (index, group) in spec.groups.iter().enumerate() {
        let here = groups.index(index);
        total += counted(&group.dependencies, &here, found);
        let jobs = here.key("jobs");
        for (index, job) in group.jobs.iter().enumerate() {
            total += counted(&job.dependencies, &jobs.index(index), found);
        }
    }
    if total > EDGES_MAX {
        let message = format!("may have no more than {EDGES_MAX} dependencies together, and has {total}");
        found.push(Diagnostic::new(&RULE, &groups, Reason::TooMany, message));
    }
}

fn counted(dependencies: &[ManagedDependency], at: &At<'_>, found: &mut Report) -> usize {
    let count = dependencies.len();
    if count > DEPENDENCIES_MAX {
        let message = format!("may have no more than {DEPENDENCIES_MAX} items, and has {count}");
        found.push(Diagnostic::new(
            &RULE,
            &at.key("dependencies"),
            Reason::TooMany,
            message,
        ));
    }
    count
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    #[test]
    fn a_thousand_are_accepted_and_one_more_is_refused() {
        let with = |count: usize| {
            let names: Vec<_> = (0..count).map(|_| json!({"name": "a"})).collect();
            let jobs = json!([{"name": "a", "image": "x"}, {"name": "b", "image": "x", "dependencies": names}]);
            findings(&managed_job(json!({"groups": [{"name": "g", "jobs": jobs}]})))
        };
        assert_eq!(with(1_000), "");
        assert_eq!(
            with(1_001),
            "spec.groups[0].jobs[1].dependencies: Too many: may have no more than 1000 items, and has 1001 [MJ902]\n"
        );
    }

    #[test]
    fn all_together_are_bounded_too() {
        let names: Vec<_> = (0..1_000).map(|_| json!({"name": "a"})).collect();
        let jobs: Vec<_> = (0..21)
            .map(|n| json!({"name": format!("b{n}"), "image": "x", "dependencies": names}))
            .collect();
        let groups = json!([{"name": "a", "jobs": [{"name": "a", "image": "x"}]}, {"name": "g", "jobs": jobs}]);
        assert_eq!(
            findings(&managed_job(json!({"groups": groups}))),
            "spec.groups: Too many: may have no more than 20000 dependencies together, and has 21000 [MJ902]\n"
        );
    }
}
