//! XX429 `invalid-volume-device`: a volume is used as a device that cannot be one.
//!
//! # Why it is an error
//! The API server refuses the Job (`ValidateVolumeDevices`): only claims can be devices, and a device has a path
//! without '..'.
//!
//! # Example
//! `volumeDevices: [{name: data, devicePath: /dev/x}]` for an `emptyDir` volume is denied at `…name`.
//!
//! # Fix
//! Use a PersistentVolumeClaim with `volumeMode: Block`, or mount the volume with `volumeMounts`.

use crate::diagnostic::Report;
use crate::pod::fault::{invalid, required, unless_formed};
use crate::pod::forms::backstep_fault;
use crate::pod::subject::{PodSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX429", "invalid-volume-device", Deny, "invalid_volume_device.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    subject.each_container(|container, _, here| {
        each(
            container.volume_devices.as_deref(),
            &here.key("volumeDevices"),
            |device, here| {
                let name_at = here.key("name");
                if device.name.is_empty() {
                    found.push(required(&RULE, &name_at, "must be given"));
                }
                let is_claim = subject
                    .volume(&device.name)
                    .is_none_or(|volume| volume.persistent_volume_claim.is_some() || volume.ephemeral.is_some());
                if !is_claim {
                    let message = "must be a volume with `persistentVolumeClaim` or `ephemeral`";
                    found.push(invalid(&RULE, &name_at, message).value(&device.name));
                }
                found.push_if(unless_formed(
                    &RULE,
                    &here.key("devicePath"),
                    &device.device_path,
                    backstep_fault,
                ));
            },
        );
    });
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::container_faults;

    #[test]
    fn only_claims_are_devices() {
        let device = |name, path| json!({"name": name, "devicePath": path});
        assert_eq!(
            container_faults(&json!({"volumeDevices": [device("claim", "/dev/x")]})),
            ""
        );
        let devices = [device("data", "/dev/x"), device("claim", "/dev/../y")];
        expect![[r#"
            volumeDevices[0].name: Invalid value: "data": must be a volume with `persistentVolumeClaim` or `ephemeral` [XX429]
            volumeDevices[1].devicePath: Invalid value: "/dev/../y": must not contain '..' [XX429]
        "#]].assert_eq(&container_faults(&json!({"volumeDevices": devices})));
        expect![[r#"
            volumeDevices[0].devicePath: Required value: must be given [XX429]
            volumeDevices[0].name: Required value: must be given [XX429]
        "#]]
        .assert_eq(&container_faults(&json!({"volumeDevices": [device("", "")]})));
    }
}
