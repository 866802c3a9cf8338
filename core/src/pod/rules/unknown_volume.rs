//! XX420 `unknown-volume`: a container mounts a volume that the pod has not.
//!
//! # Why it is an error
//! The API server refuses the Job (`ValidateVolumeMounts`). Shared volumes of a JobFlow join the pods of those flows
//! only that have `shareVolumeMounts`.
//!
//! # Example
//! `volumeMounts: [{name: dta, mountPath: /data}]` beside `volumes: [{name: data}]` is denied at the name of the mount.
//!
//! # Fix
//! Correct the name, or add the volume to `volumes`.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::pod::fault::invalid;
use crate::pod::subject::{PodSubject, each};
use crate::pod::volume_source::has_source;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX420", "unknown-volume", Deny, "unknown_volume.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let unknown = |name: &str, at: &At<'_>| {
        let finding = Diagnostic::new(&RULE, at, Reason::NotFound, "no volume of the pod has this name").value(name);
        finding.help_if(subject.nearest.borrow_mut().advice(name, subject.volume_names()))
    };
    subject.each_mount(|mount, _, here| {
        if !mount.name.is_empty() && subject.volume(&mount.name).is_none() {
            found.push(unknown(&mount.name, &here.key("name")));
        }
    });
    subject.each_container(|container, _, here| {
        each(
            container.volume_devices.as_deref(),
            &here.key("volumeDevices"),
            |device, here| {
                if !device.name.is_empty() && subject.volume(&device.name).is_none() {
                    found.push(unknown(&device.name, &here.key("name")));
                }
            },
        );
    });
    check_files(subject, &unknown, found);
}

/// Variables that are read from files of a volume (`validateFileKeyRefVolumes`).
fn check_files(subject: &PodSubject<'_>, unknown: &impl Fn(&str, &At<'_>) -> Diagnostic, found: &mut Report) {
    subject.each_variable(|variable, here| {
        let source = variable
            .value_from
            .as_ref()
            .and_then(|source| source.file_key_ref.as_ref());
        let Some(name) = source
            .map(|source| source.volume_name.as_str())
            .filter(|name| !name.is_empty())
        else {
            return;
        };
        let at = here.key("valueFrom");
        let at = at.key("fileKeyRef");
        let at = at.key("volumeName");
        match subject.volume(name) {
            None => found.push(unknown(name, &at)),
            Some(volume) if volume.empty_dir.is_none() && has_source(volume) => {
                found.push(invalid(&RULE, &at, "must be the name of an emptyDir volume").value(name));
            }
            Some(_) => {}
        }
    });
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::container_faults;
    use crate::testing::{findings, sharing};

    #[test]
    fn mounts_devices_and_files_need_their_volume() {
        let file = |volume| json!({"name": "A", "valueFrom": {"fileKeyRef": {"volumeName": volume, "path": "env", "key": "A"}}});
        expect![[r#"
            env[1].valueFrom.fileKeyRef.volumeName: Invalid value: "claim": must be the name of an emptyDir volume [XX420]
            env[2].valueFrom.fileKeyRef.volumeName: Not found: "other": no volume of the pod has this name [XX420]
            volumeDevices[0].name: Not found: "claims": no volume of the pod has this name (did you mean 'claim'?) [XX420]
            volumeMounts[1].name: Not found: "dat": no volume of the pod has this name (did you mean 'data'?) [XX420]
        "#]].assert_eq(&container_faults(&json!({
            "volumeMounts": [{"name": "data", "mountPath": "/a"}, {"name": "dat", "mountPath": "/b"}],
            "volumeDevices": [{"name": "claims", "devicePath": "/dev/x"}],
            "env": [file("data"), file("claim"), file("other")],
        })));
    }

    #[test]
    fn a_shared_volume_joins_the_flows_that_mount_shared_volumes() {
        let mut flow = sharing(&["data", "more"], &[("data", "/d")]);
        let container = &mut flow["spec"]["flows"][0]["jobTemplate"]["template"]["spec"]["containers"][0];
        container["volumeMounts"] = json!([{"name": "more", "mountPath": "/more"}]);
        assert_eq!(findings(&flow), "");
        flow["spec"]["flows"][0]["shareVolumeMounts"] = json!([]);
        expect![[r#"
            spec.flows[0].jobTemplate.template.spec.containers[0].volumeMounts[0].name: Not found: "more": no volume of the pod has this name [XX420]
        "#]].assert_eq(&findings(&flow));
    }
}
