//! JF308 `duplicate-shared-volume`: two shared volumes have the same name.
//!
//! # Why it is an error
//! The API server refuses a pod with two volumes of one name.
//!
//! # Example
//! `shareVolumes: [{name: data, …}, {name: data, …}]` is denied at `spec.shareVolumes[1].name`.
//!
//! # Fix
//! Rename one of the two, and the mounts that mean it.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::job_flow::rules::Subject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF308", "duplicate-shared-volume", Deny, "duplicate_shared_volume.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let spec = At::ROOT.key("spec");
    let volumes = spec.key("shareVolumes");
    let mut seen = BTreeSet::new();
    for (index, volume) in subject.spec.share_volumes.iter().enumerate() {
        if !volume.name.is_empty() && !seen.insert(volume.name.as_str()) {
            let here = volumes.index(index);
            let finding = Diagnostic::new(&RULE, &here.key("name"), Reason::Duplicate, "must be unique");
            found.push(finding.value(&volume.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{findings, sharing};

    #[test]
    fn every_repeat_is_reported() {
        assert_eq!(
            findings(&sharing(&["a", "b", "a"], &[])),
            "\
spec.shareVolumes[2].name: Duplicate value: \"a\": must be unique [JF308]
"
        );
    }
}
