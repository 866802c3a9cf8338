//! MJ102 `duplicate-group-name`: two groups of one ManagedJob share a name.
//!
//! # Why it is an error
//! Dependencies and Job names are keyed by it: two Jobs would have one name, and only one of them could be made.
//!
//! # Example
//! `groups: [{name: build}, {name: build}]` is denied at `spec.groups[1].name`.
//!
//! # Fix
//! Rename one of the groups, and every dependency that means it.

use std::collections::btree_map::{BTreeMap, Entry};

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::managed_job::rules::Subject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ102", "duplicate-group-name", Deny, "duplicate_group_name.rs");

/// Reports every repeat and not only the first: one `kubectl apply` should show all of them.
pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let mut first_use = BTreeMap::new();
    subject.each_group(|position, group, at| {
        if group.name.is_empty() {
            return;
        }
        match first_use.entry(group.name.as_str()) {
            Entry::Vacant(slot) => {
                slot.insert(position);
            }
            Entry::Occupied(first) => {
                let message = format!("must be unique: also the name of `spec.groups[{}]`", first.get());
                let finding = Diagnostic::new(&RULE, &at.key("name"), Reason::Duplicate, message);
                found.push(finding.value(&group.name));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    #[test]
    fn every_repeat_is_reported_and_its_jobs_are_not() {
        let group = |name: &str| json!({"name": name, "jobs": [{"name": "a", "image": "b"}]});
        let groups = json!([group("x"), group("y"), group("x"), group("x")]);
        assert_eq!(
            findings(&managed_job(json!({"groups": groups}))),
            "spec.groups[2].name: Duplicate value: \"x\": must be unique: also the name of `spec.groups[0]` [MJ102]\n\
             spec.groups[3].name: Duplicate value: \"x\": must be unique: also the name of `spec.groups[0]` [MJ102]\n"
        );
    }
}
