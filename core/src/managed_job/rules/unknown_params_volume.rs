//! MJ507 `unknown-params-volume`: a mount in `params` names a volume that a job below does not have.
//!
//! # Why it is an error
//! The API server would refuse that job's pod.
//!
//! # Example
//! `params: {volumeMount: [{name: data, mountPath: /data}]}` without a volume `data` is denied at
//! `spec.params.volumeMount[0].name`.
//!
//! # Fix
//! Correct the name (the nearest one is in the message), or add the volume on the same level or on one above.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::{At, Segment};
use crate::managed_job::rules::Subject;
use crate::names::Nearest;
use crate::rules::{Rule, rule};
use crate::text::named;

/// See the header of this file.
pub static RULE: Rule = rule!("MJ507", "unknown-params-volume", Deny, "unknown_params_volume.rs");

/// Says it once a mount, though a mount of the spec may lack its volume in many jobs.
pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let mut nearest = Nearest::default();
    let mut said = BTreeSet::new();
    let mut position = 0;
    subject.each_compiled(|levels, origins| {
        let volumes = origins
            .volumes
            .iter()
            .filter_map(|origin| levels.entry(*origin, |params| &params.volumes));
        let names: BTreeSet<&str> = volumes.map(|volume| volume.name.as_str()).collect();
        for origin in &origins.mounts {
            let Some(mount) = levels.entry(*origin, |params| &params.volume_mount) else {
                continue;
            };
            if mount.name.is_empty() || names.contains(mount.name.as_str()) {
                continue;
            }
            let path = levels.entry_path(*origin, "volumeMount", &[Segment::Key("name".to_owned())]);
            if said.insert(path.clone()) {
                let message = format!("job {} has no volume of this name", named(&subject.job_name(position)));
                let finding = Diagnostic {
                    path,
                    ..Diagnostic::new(&RULE, &At::ROOT, Reason::NotFound, message)
                };
                found.push(
                    finding
                        .value(&mount.name)
                        .help_if(nearest.advice(&mount.name, names.iter().copied())),
                );
            }
        }
        position += 1;
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, with_params};

    #[test]
    fn a_volume_may_come_from_any_level_but_must_be_there_for_every_job() {
        let volume = json!({"name": "data", "emptyDir": {}});
        let mount = json!({"name": "data", "mountPath": "/data"});
        let mut object = with_params(0, json!({"volumes": [volume], "volumeMount": [mount]}));
        object["spec"]["groups"][0]["params"] =
            json!({"volumeMount": [{"name": "data", "mountPath": "/more"}, {"name": "dta", "mountPath": "/x"}]});
        assert_eq!(
            findings(&object),
            "spec.groups[0].params.volumeMount[1].name: Not found: \"dta\": job 'g/a' has no volume of this name (did you \
             mean 'data'?) [MJ507]\n"
        );
        let mut object = with_params(0, json!({"volumeMount": [mount]}));
        let job = object["spec"]["groups"][0]["jobs"][0].clone();
        object["spec"]["groups"][0]["jobs"] = json!([job, {"name": "b", "image": "x"}]);
        object["spec"]["groups"][0]["jobs"][0]["params"] = json!({"volumes": [volume]});
        assert_eq!(
            findings(&object),
            "spec.params.volumeMount[0].name: Not found: \"data\": job 'g/b' has no volume of this name [MJ507]\n"
        );
    }
}
