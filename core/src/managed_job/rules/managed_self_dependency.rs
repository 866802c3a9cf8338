//! MJ202 `managed-self-dependency`: a group or a job of a ManagedJob depends on itself, or a job on its own group.
//!
//! # Why it is an error
//! It could never start.
//!
//! # Example
//! `jobs: [{name: test, dependencies: [{name: test}]}]` is denied at `spec.groups[0].jobs[0].dependencies[0].name`.
//!
//! # Fix
//! Remove the dependency.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::managed_job::Target;
use crate::managed_job::rules::Subject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ202", "managed-self-dependency", Deny, "managed_self_dependency.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    subject.each_group_dependency(|group, dependency, at| {
        if subject.names.group(&dependency.name) == Some(group) {
            let message = "a group may not depend on itself";
            let finding = Diagnostic::new(&RULE, &at.key("name"), Reason::Invalid, message);
            found.push(finding.value(&dependency.name));
        }
    });
    subject.each_job_dependency(|group, job, dependency, at| {
        let message = match subject.target(group, dependency) {
            Some(Target::Job(target)) if target == job => "a job may not depend on itself",
            Some(Target::Group(target)) if target == group => "a job may not depend on the group that it is in",
            _ => return,
        };
        let finding = Diagnostic::new(&RULE, &at.key("name"), Reason::Invalid, message);
        found.push(finding.value(&dependency.name));
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    #[test]
    fn short_and_full_names_and_the_own_group_are_recognized() {
        let dependencies = json!([{"name": "a"}, {"name": "demo-g-a"}, {"name": "g"}]);
        let groups = json!([{"name": "g", "dependencies": [{"name": "g"}], "jobs": [{"name": "a", "image": "x", "dependencies": dependencies}]}]);
        assert_eq!(
            findings(&managed_job(json!({"groups": groups}))),
            "spec.groups[0].dependencies[0].name: Invalid value: \"g\": a group may not depend on itself [MJ202]\n\
             spec.groups[0].jobs[0].dependencies[0].name: Invalid value: \"a\": a job may not depend on itself [MJ202]\n\
             spec.groups[0].jobs[0].dependencies[1].name: Invalid value: \"demo-g-a\": a job may not depend on itself [MJ202]\n\
             spec.groups[0].jobs[0].dependencies[2].name: Invalid value: \"g\": a job may not depend on the group that it is \
             in [MJ202]\n"
        );
    }
}
