//! MJ103 `invalid-job-name`: the name of a job of a ManagedJob is no DNS label of at most 40 bytes.
//!
//! # Why it is an error
//! The Job is named `<managedjob>-<group>-<job>`, and Kubernetes allows only DNS labels there. 40 bytes is the bound of the
//! operator that these manifests come from.
//!
//! # Example
//! A job named `Build_1` is denied at its `name`.
//!
//! # Fix
//! Use lower case letters, digits and '-', up to 40 of them, with a letter or digit at both ends.

use crate::diagnostic::Report;
use crate::managed_job::rules::{Subject, invalid_group_name};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ103", "invalid-job-name", Deny, "invalid_job_name.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    subject.each_job(|_, _, job, at| invalid_group_name::report(&RULE, &job.name, "a job", at, found));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    #[test]
    fn names_are_labels_of_at_most_forty_bytes() {
        let job = |name: &str| json!({"name": name, "image": "b"});
        let findings = findings(&managed_job(
            json!({"groups": json!([{"name": "g", "jobs": [job("Build"), job(""), job(&"x".repeat(41)), job(&"y".repeat(40))]}])}),
        ));
        let starts: Vec<&str> = findings
            .lines()
            .map(|line| line.split(" must").next().unwrap_or_default())
            .collect();
        let long = format!("spec.groups[0].jobs[2].name: Invalid value: \"{}\":", "x".repeat(41));
        assert_eq!(
            starts,
            [
                "spec.groups[0].jobs[0].name: Invalid value: \"Build\":",
                "spec.groups[0].jobs[1].name: Required value: a job",
                long.as_str(),
            ]
        );
        assert!(findings.contains("must be no more than 40 bytes, and has 41 [MJ103]"));
    }
}
