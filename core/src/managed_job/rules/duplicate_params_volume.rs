//! MJ506 `duplicate-params-volume`: one level of `params` has two volumes of one name.
//!
//! # Why it is an error
//! Mounts refer to volumes by name, and the API server refuses a pod with two of one name. On different levels it is no fault:
//! there the nearest level wins.
//!
//! # Example
//! `params: {volumes: [{name: data}, {name: data}]}` is denied at `spec.params.volumes[1].name`.
//!
//! # Fix
//! Rename one of the volumes, and the mounts that mean it.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::managed_job::rules::Subject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ506", "duplicate-params-volume", Deny, "duplicate_params_volume.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    subject.each_params(|params, at| {
        let at = at.key("volumes");
        let mut names = BTreeSet::new();
        for (index, volume) in params.volumes.iter().enumerate() {
            if !volume.name.is_empty() && !names.insert(volume.name.as_str()) {
                let message = "must be unique among the volumes of one level";
                let here = at.index(index);
                let finding = Diagnostic::new(&RULE, &here.key("name"), Reason::Duplicate, message);
                found.push(finding.value(&volume.name));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, with_params};

    #[test]
    fn names_are_unique_in_a_level_and_free_among_levels() {
        let volume = json!({"name": "data", "emptyDir": {}});
        let mut object = with_params(0, json!({"volumes": [volume, volume]}));
        object["spec"]["groups"][0]["params"] = json!({"volumes": [volume]});
        assert_eq!(
            findings(&object),
            "spec.params.volumes[1].name: Duplicate value: \"data\": must be unique among the volumes of one level [MJ506]\n"
        );
    }
}
