//! MJ508 `taken-params-mount-path`: two mounts of one job have the same path.
//!
//! # Why it is an error
//! Mounts of all levels are appended, and the API server refuses a container with two mounts at one path.
//!
//! # Example
//! `volumeMount` entries with `mountPath: /data` in the params of the spec and of a job are denied at the job's.
//!
//! # Fix
//! Choose another `mountPath` for one of the two, or give both volumes one name: then the nearest level's volume is mounted.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::{At, FieldPath, Segment};
use crate::managed_job::rules::Subject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ508", "taken-params-mount-path", Deny, "taken_params_mount_path.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let mut said = BTreeSet::new();
    subject.each_compiled(|levels, origins| {
        let mut taken: BTreeMap<&str, FieldPath> = BTreeMap::new();
        for origin in &origins.mounts {
            let Some(mount) = levels.entry(*origin, |params| &params.volume_mount) else {
                continue;
            };
            let path = levels.entry_path(*origin, "volumeMount", &[Segment::Key("mountPath".to_owned())]);
            let Some(first) = taken.get(mount.mount_path.as_str()) else {
                taken.insert(&mount.mount_path, path);
                continue;
            };
            if said.insert(path.clone()) {
                let message = format!("must be unique in each job: also the value of `{first}`");
                let finding = Diagnostic {
                    path,
                    ..Diagnostic::new(&RULE, &At::ROOT, Reason::Duplicate, message)
                };
                found.push(finding.value(&mount.mount_path));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, with_params};

    #[test]
    fn a_path_is_taken_by_the_level_above() {
        let volumes = json!([{"name": "a", "emptyDir": {}}, {"name": "b", "emptyDir": {}}]);
        let mut object = with_params(
            0,
            json!({"volumes": volumes, "volumeMount": [{"name": "a", "mountPath": "/d"}]}),
        );
        object["spec"]["groups"][0]["jobs"][0]["params"] = json!({"volumeMount": [{"name": "b", "mountPath": "/d"}]});
        assert_eq!(
            findings(&object),
            "spec.groups[0].jobs[0].params.volumeMount[0].mountPath: Duplicate value: \"/d\": must be unique in each job: also \
             the value of `spec.params.volumeMount[0].mountPath` [MJ508]\n"
        );
    }
}
