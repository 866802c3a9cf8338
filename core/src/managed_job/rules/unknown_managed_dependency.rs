//! MJ201 `unknown-managed-dependency`: a group or a job of a ManagedJob depends on something that does not exist.
//!
//! # Why it is an error
//! It would wait for ever.
//!
//! # Example
//! `groups: [{name: build}, {name: test, dependencies: [{name: biuld}]}]` is denied at `spec.groups[1].dependencies[0].name`.
//!
//! # Fix
//! Correct the name (the nearest one is in the message). A group depends on groups. A job depends on jobs of its group by their
//! short names, on any Job by its full name `<managedjob>-<group>-<job>`, or on a group.

use crate::admission::ObjectName;
use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::managed_job::order::full_name;
use crate::managed_job::rules::Subject;
use crate::names::Nearest;
use crate::rules::{Rule, rule};
use crate::text::named;

/// See the header of this file.
pub static RULE: Rule = rule!(
    "MJ201",
    "unknown-managed-dependency",
    Deny,
    "unknown_managed_dependency.rs"
);

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let mut nearest = Nearest::default();
    subject.each_group_dependency(|group, dependency, at| {
        if subject.names.group(&dependency.name).is_none() {
            let from = subject.group_name(group);
            let message = format!("group {} depends on it, but no group has this name", named(from));
            let others = subject.spec.groups.iter().map(|group| group.name.as_str());
            let advice = nearest.advice(&dependency.name, others.filter(|other| *other != from));
            let finding = Diagnostic::new(&RULE, &at.key("name"), Reason::Invalid, message);
            found.push(finding.value(&dependency.name).help_if(advice));
        }
    });
    // Made once, and only where they are needed: there may be 5,000 jobs and 20,000 dependencies.
    let mut full_names = None;
    subject.each_job_dependency(|group, job, dependency, at| {
        if subject.target(group, dependency).is_none() {
            let message = format!(
                "job {} depends on it, but no job of its group has this name, no Job has it as full name, and no group",
                named(&subject.job_name(job)),
            );
            let full_names = full_names.get_or_insert_with(|| full_names_of(subject));
            let names = short_names(subject, group, job).chain(full_names.iter().map(String::as_str));
            let advice = nearest.advice(&dependency.name, names);
            let finding = Diagnostic::new(&RULE, &at.key("name"), Reason::Invalid, message);
            found.push(finding.value(&dependency.name).help_if(advice));
        }
    });
}

/// The names that the job at `job`, of the group at `group`, has for others: those of the jobs of its group, then of groups.
fn short_names<'a>(subject: &Subject<'a>, group: usize, job: usize) -> impl Iterator<Item = &'a str> {
    let (_, place) = subject.order.place(job);
    let groups = &subject.spec.groups;
    let own = groups
        .get(group)
        .into_iter()
        .flat_map(|group| group.jobs.iter().enumerate());
    let others = own.filter(move |(index, _)| *index != place);
    others
        .map(|(_, job)| job.name.as_str())
        .chain(groups.iter().map(|group| group.name.as_str()))
}

/// The full names of all Jobs, where the object has a name.
fn full_names_of(subject: &Subject<'_>) -> Vec<String> {
    let mut names = Vec::new();
    if let ObjectName::Given(object) = subject.name {
        subject.each_job(|_, group, job, _| names.push(full_name(object, &group.name, &job.name)));
    }
    names
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    #[test]
    fn the_nearest_name_is_advised() {
        let groups = json!([
            {"name": "build", "jobs": [{"name": "compile", "image": "x"}]},
            {"name": "test", "dependencies": [{"name": "biuld"}, {"name": "test2"}], "jobs": [
                {"name": "unit", "image": "x"},
                {"name": "system", "image": "x", "dependencies": [
                    {"name": "unti"}, {"name": "demo-build-compil"}, {"name": "compile"}, {"name": "build"},
                ]},
            ]},
        ]);
        let job = "job 'test/system' depends on it, but no job of its group has this name, no Job has it as full name, and no group";
        assert_eq!(
            findings(&managed_job(json!({"groups": groups}))),
            format!(
                "spec.groups[1].dependencies[0].name: Invalid value: \"biuld\": group 'test' depends on it, but no group has \
                 this name (did you mean 'build'?) [MJ201]\n\
                 spec.groups[1].dependencies[1].name: Invalid value: \"test2\": group 'test' depends on it, but no group has \
                 this name [MJ201]\n\
                 spec.groups[1].jobs[1].dependencies[0].name: Invalid value: \"unti\": {job} (did you mean 'unit'?) [MJ201]\n\
                 spec.groups[1].jobs[1].dependencies[1].name: Invalid value: \"demo-build-compil\": {job} (did you mean \
                 'demo-build-compile'?) [MJ201]\n\
                 spec.groups[1].jobs[1].dependencies[2].name: Invalid value: \"compile\": {job} [MJ201]\n"
            )
        );
    }
}
