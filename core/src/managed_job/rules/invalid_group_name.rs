//! MJ101 `invalid-group-name`: the name of a group of a ManagedJob is no DNS label of at most 40 bytes.
//!
//! # Why it is an error
//! The Job is named `<managedjob>-<group>-<job>`, and Kubernetes allows only DNS labels there. 40 bytes is the bound of the
//! operator that these manifests come from.
//!
//! # Example
//! A group named `Build_1` is denied at its `name`.
//!
//! # Fix
//! Use lower case letters, digits and '-', up to 40 of them, with a letter or digit at both ends.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::managed_job::rules::Subject;
use crate::names::dns_label_fault;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ101", "invalid-group-name", Deny, "invalid_group_name.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    subject.each_group(|_, group, at| report(&RULE, &group.name, "a group", at, found));
}

/// Reports what is wrong with the name of `whose`, which stands at `at`.
pub(super) fn report(rule: &'static Rule, name: &str, whose: &str, at: &At<'_>, found: &mut Report) {
    let here = at.key("name");
    let bytes = name.len();
    if name.is_empty() {
        let message = format!("{whose} must have a name");
        found.push(Diagnostic::new(rule, &here, Reason::Required, message));
    } else if bytes > crds::MANAGED_NAME_BYTES_MAX {
        let message = format!(
            "must be no more than {} bytes, and has {bytes}",
            crds::MANAGED_NAME_BYTES_MAX
        );
        found.push(Diagnostic::new(rule, &here, Reason::Invalid, message).value(name));
    } else if let Some(fault) = dns_label_fault(name) {
        found.push(Diagnostic::new(rule, &here, Reason::Invalid, fault).value(name));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    #[test]
    fn names_are_labels_of_at_most_forty_bytes() {
        let group = |name: &str| json!({"name": name, "jobs": [{"name": "a", "image": "b"}]});
        let findings = findings(&managed_job(
            json!({"groups": json!([group("Build"), group(""), group(&"x".repeat(41)), group(&"y".repeat(40))])}),
        ));
        let starts: Vec<&str> = findings
            .lines()
            .map(|line| line.split(" must").next().unwrap_or_default())
            .collect();
        let long = format!("spec.groups[2].name: Invalid value: \"{}\":", "x".repeat(41));
        assert_eq!(
            starts,
            [
                "spec.groups[0].name: Invalid value: \"Build\":",
                "spec.groups[1].name: Required value: a group",
                long.as_str(),
            ]
        );
        assert!(findings.contains("must be no more than 40 bytes, and has 41 [MJ101]"));
    }
}
