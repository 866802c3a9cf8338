//! XX428 `duplicate-mount-path`: a container has two volumes at one path, or one volume as files and as a device.
//!
//! # Why it is an error
//! The API server refuses the Job (`ValidateVolumeMounts`, `ValidateVolumeDevices`).
//!
//! # Example
//! Two `volumeMounts` with `mountPath: /data` are denied at the second.
//!
//! # Fix
//! Choose another path for one of the two.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Container;

use crate::diagnostic::Report;
use crate::field::At;
use crate::pod::fault::{duplicate, invalid};
use crate::pod::subject::{PodSubject, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX428", "duplicate-mount-path", Deny, "duplicate_mount_path.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    subject.each_container(|container, _, here| {
        let mut paths = BTreeSet::new();
        each(
            container.volume_mounts.as_deref(),
            &here.key("volumeMounts"),
            |mount, here| {
                if !mount.mount_path.is_empty() && !paths.insert(mount.mount_path.clone()) {
                    found.push(duplicate(&RULE, &here.key("mountPath"), &mount.mount_path));
                }
            },
        );
        if container.volume_devices.is_some() {
            check_devices(container, here, found);
        }
    });
}

/// Devices among themselves, and against mounts; both sides of a conflict are reported, as by the API server.
fn check_devices(container: &Container, at: &At<'_>, found: &mut Report) {
    let mounts = container.volume_mounts.as_deref().unwrap_or_default();
    let devices = container.volume_devices.as_deref().unwrap_or_default();
    let mount_names: BTreeSet<&str> = mounts.iter().map(|mount| mount.name.as_str()).collect();
    let mount_paths: BTreeSet<&str> = mounts.iter().map(|mount| mount.mount_path.as_str()).collect();
    let (mut names, mut paths) = (BTreeSet::new(), BTreeSet::new());
    each(Some(devices), &at.key("volumeDevices"), |device, here| {
        let (name, path) = (device.name.as_str(), device.device_path.as_str());
        let (name_at, path_at) = (here.key("name"), here.key("devicePath"));
        if !name.is_empty() && !names.insert(name.to_owned()) {
            found.push(duplicate(&RULE, &name_at, name));
        }
        if !path.is_empty() && !paths.insert(path.to_owned()) {
            found.push(duplicate(&RULE, &path_at, path));
        }
        if !name.is_empty() && mount_names.contains(name) {
            found.push(invalid(&RULE, &name_at, "is in `volumeMounts` too").value(name));
        }
        if !path.is_empty() && mount_paths.contains(path) {
            found.push(invalid(&RULE, &path_at, "is a path in `volumeMounts` too").value(path));
        }
    });
    each(Some(mounts), &at.key("volumeMounts"), |mount, here| {
        if names.contains(&mount.name) {
            found.push(invalid(&RULE, &here.key("name"), "is in `volumeDevices` too").value(&mount.name));
        }
        if paths.contains(&mount.mount_path) {
            let message = "is a path in `volumeDevices` too";
            found.push(invalid(&RULE, &here.key("mountPath"), message).value(&mount.mount_path));
        }
    });
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::container_faults;

    #[test]
    fn paths_are_unique_in_a_container() {
        let mount = |path| json!({"name": "data", "mountPath": path});
        assert_eq!(
            container_faults(&json!({"volumeMounts": [mount("/a"), mount("/b")]})),
            ""
        );
        expect![[r#"
            volumeMounts[2].mountPath: Duplicate value: "/a": must be unique [XX428]
        "#]]
        .assert_eq(&container_faults(
            &json!({"volumeMounts": [mount("/a"), mount("/b"), mount("/a")]}),
        ));
    }

    #[test]
    fn a_volume_is_mounted_as_files_or_as_a_device() {
        let device = json!({"name": "claim", "devicePath": "/a"});
        let mount = json!({"name": "claim", "mountPath": "/a"});
        expect![[r#"
            volumeDevices[0].devicePath: Invalid value: "/a": is a path in `volumeMounts` too [XX428]
            volumeDevices[0].name: Invalid value: "claim": is in `volumeMounts` too [XX428]
            volumeMounts[0].mountPath: Invalid value: "/a": is a path in `volumeDevices` too [XX428]
            volumeMounts[0].name: Invalid value: "claim": is in `volumeDevices` too [XX428]
        "#]]
        .assert_eq(&container_faults(
            &json!({"volumeMounts": [mount], "volumeDevices": [device]}),
        ));
        expect![[r#"
            volumeDevices[1].devicePath: Duplicate value: "/a": must be unique [XX428]
            volumeDevices[1].name: Duplicate value: "claim": must be unique [XX428]
        "#]]
        .assert_eq(&container_faults(&json!({"volumeDevices": [device, device]})));
    }
}
