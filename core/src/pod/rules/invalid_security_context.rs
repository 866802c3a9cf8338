//! XX470 `invalid-security-context`: a security setting of a pod or container has a value that cannot be.
//!
//! # Why it is an error
//! The API server refuses the Job (`ValidateSecurityContext`, `validatePodSpecSecurityContext`): ids are from 0 to
//! 2147483647, profiles have a type and a file where that is `Localhost`, and a container that is privileged cannot be
//! kept from gaining privileges.
//!
//! # Example
//! `securityContext: {runAsUser: -1}` is denied at `…runAsUser`.
//!
//! # Fix
//! Correct the value as the message says.

use k8s_openapi::api::core::v1::{AppArmorProfile, SeccompProfile, SecurityContext};

use crate::diagnostic::Report;
use crate::field::At;
use crate::pod::fault::{invalid, required, too_long, unless_one_of, unless_within};
use crate::pod::forms::inner_path_fault;
use crate::pod::subject::{PodSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX470", "invalid-security-context", Deny, "invalid_security_context.rs");

/// Users and groups: 32 bits, without the sign.
const IDS: std::ops::RangeInclusive<i64> = 0..=i32::MAX as i64;
const PROFILE_TYPES: [&str; 3] = ["Localhost", "RuntimeDefault", "Unconfined"];
/// The longest path of a profile of AppArmor (`PATH_MAX` - 1).
const PROFILE_BYTES_MAX: usize = 4_095;

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    check_pod(subject, &subject.at.key("securityContext"), found);
    let has_own_users = subject.has_own_users();
    subject.each_container(|container, _, here| {
        if let Some(context) = &container.security_context {
            check_container(context, has_own_users, &here.key("securityContext"), found);
        }
    });
}

fn check_pod(subject: &PodSubject<'_>, at: &At<'_>, found: &mut Report) {
    let Some(context) = &subject.pod.security_context else {
        return;
    };
    let ids = [
        ("fsGroup", context.fs_group),
        ("runAsUser", context.run_as_user),
        ("runAsGroup", context.run_as_group),
    ];
    for (name, id) in ids {
        found.push_if(unless_within(&RULE, &at.key(name), id, IDS));
    }
    each(
        context.supplemental_groups.as_deref(),
        &at.key("supplementalGroups"),
        |group, here| {
            found.push_if(unless_within(&RULE, here, Some(*group), IDS));
        },
    );
    let choices: [(&str, Option<&str>, &[&str]); 3] = [
        (
            "fsGroupChangePolicy",
            context.fs_group_change_policy.as_deref(),
            &["Always", "OnRootMismatch"],
        ),
        (
            "supplementalGroupsPolicy",
            context.supplemental_groups_policy.as_deref(),
            &["Merge", "Strict"],
        ),
        // 'MountOption' is behind a feature gate.
        (
            "seLinuxChangePolicy",
            context.se_linux_change_policy.as_deref(),
            &["Recursive"],
        ),
    ];
    for (name, value, supported) in choices {
        found.push_if(unless_one_of(&RULE, &at.key(name), value, supported));
    }
    check_seccomp(context.seccomp_profile.as_ref(), &at.key("seccompProfile"), found);
    check_app_armor(context.app_armor_profile.as_ref(), &at.key("appArmorProfile"), found);
}

fn check_container(context: &SecurityContext, has_own_users: bool, at: &At<'_>, found: &mut Report) {
    for (name, id) in [("runAsUser", context.run_as_user), ("runAsGroup", context.run_as_group)] {
        found.push_if(unless_within(&RULE, &at.key(name), id, IDS));
    }
    let mount = context.proc_mount.as_deref();
    let mount_at = at.key("procMount");
    found.push_if(unless_one_of(&RULE, &mount_at, mount, &["Default", "Unmasked"]));
    if mount == Some("Unmasked") && !has_own_users {
        found.push(invalid(
            &RULE,
            &mount_at,
            "'Unmasked' needs `hostUsers: false` in the pod",
        ));
    }
    check_seccomp(context.seccomp_profile.as_ref(), &at.key("seccompProfile"), found);
    check_app_armor(context.app_armor_profile.as_ref(), &at.key("appArmorProfile"), found);
    if context.allow_privilege_escalation == Some(false) {
        let added = context
            .capabilities
            .as_ref()
            .and_then(|capabilities| capabilities.add.as_deref());
        let is_admin = added.into_iter().flatten().any(|name| name == "CAP_SYS_ADMIN");
        if context.privileged == Some(true) || is_admin {
            let message = "may not be false in a container that is privileged or has CAP_SYS_ADMIN";
            found.push(invalid(&RULE, &at.key("allowPrivilegeEscalation"), message));
        }
    }
}

/// `validateSeccompProfileField`.
fn check_seccomp(profile: Option<&SeccompProfile>, at: &At<'_>, found: &mut Report) {
    let Some(profile) = profile else { return };
    found.push_if(unless_one_of(
        &RULE,
        &at.key("type"),
        Some(&profile.type_),
        &PROFILE_TYPES,
    ));
    let file_at = at.key("localhostProfile");
    match (profile.type_.as_str(), profile.localhost_profile.as_deref()) {
        ("Localhost", None) => found.push(required(&RULE, &file_at, "must be given where `type` is 'Localhost'")),
        ("Localhost", Some(path)) => {
            found.push_if(inner_path_fault(path).map(|fault| invalid(&RULE, &file_at, fault).value(path)));
        }
        (_, Some(_)) => found.push(invalid(
            &RULE,
            &file_at,
            "may be given where `type` is 'Localhost' only",
        )),
        (_, None) => {}
    }
}

/// `ValidateAppArmorProfileField`.
fn check_app_armor(profile: Option<&AppArmorProfile>, at: &At<'_>, found: &mut Report) {
    let Some(profile) = profile else { return };
    found.push_if(unless_one_of(
        &RULE,
        &at.key("type"),
        Some(&profile.type_),
        &PROFILE_TYPES,
    ));
    let file_at = at.key("localhostProfile");
    match (profile.type_.as_str(), profile.localhost_profile.as_deref()) {
        ("Localhost", None | Some("")) => {
            found.push(required(&RULE, &file_at, "must be given where `type` is 'Localhost'"));
        }
        ("Localhost", Some(name)) => {
            if name.trim() != name {
                found.push(invalid(&RULE, &file_at, "must not begin or end with a space").value(name));
            }
            if name.len() > PROFILE_BYTES_MAX {
                found.push(too_long(&RULE, &file_at, name.len(), PROFILE_BYTES_MAX));
            }
        }
        ("RuntimeDefault" | "Unconfined", Some(_)) => {
            found.push(invalid(
                &RULE,
                &file_at,
                "may be given where `type` is 'Localhost' only",
            ));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use crate::pod::testing::{container_faults, pod_faults};

    fn pod(context: &Value) -> String {
        pod_faults(&json!({"securityContext": context}))
    }

    fn container(context: &Value) -> String {
        container_faults(&json!({"securityContext": context}))
    }

    #[test]
    fn ids_and_policies_are_checked() {
        assert_eq!(
            pod(&json!({"runAsUser": 0, "supplementalGroups": [1], "seLinuxChangePolicy": "Recursive"})),
            ""
        );
        expect![[r#"
            securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive [XX470]
            securityContext.fsGroupChangePolicy: Unsupported value: "Never": supported values: "Always", "OnRootMismatch" [XX470]
            securityContext.runAsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive [XX470]
            securityContext.runAsUser: Invalid value: 2147483648: must be between 0 and 2147483647, inclusive [XX470]
            securityContext.seLinuxChangePolicy: Unsupported value: "MountOption": supported values: "Recursive" [XX470]
            securityContext.supplementalGroups[1]: Invalid value: -1: must be between 0 and 2147483647, inclusive [XX470]
            securityContext.supplementalGroupsPolicy: Unsupported value: "None": supported values: "Merge", "Strict" [XX470]
        "#]].assert_eq(&pod(&json!({
            "fsGroup": -1, "runAsUser": 2_147_483_648_i64, "runAsGroup": -1, "supplementalGroups": [1, -1],
            "fsGroupChangePolicy": "Never", "supplementalGroupsPolicy": "None", "seLinuxChangePolicy": "MountOption",
        })));
    }

    #[test]
    fn profiles_are_checked() {
        let local = json!({"type": "Localhost", "localhostProfile": "a"});
        assert_eq!(pod(&json!({"seccompProfile": local, "appArmorProfile": local})), "");
        let none = json!({"type": "Localhost"});
        expect![[r#"
            securityContext.appArmorProfile.localhostProfile: Required value: must be given where `type` is 'Localhost' [XX470]
            securityContext.seccompProfile.localhostProfile: Required value: must be given where `type` is 'Localhost' [XX470]
        "#]].assert_eq(&container(&json!({"seccompProfile": none, "appArmorProfile": none})));
        let plain = json!({"type": "Unconfined", "localhostProfile": "a"});
        expect![[r#"
            securityContext.appArmorProfile.localhostProfile: Invalid value: may be given where `type` is 'Localhost' only [XX470]
            securityContext.seccompProfile.localhostProfile: Invalid value: may be given where `type` is 'Localhost' only [XX470]
        "#]].assert_eq(&container(&json!({"seccompProfile": plain, "appArmorProfile": plain})));
        let odd = json!({"type": "Localhost", "localhostProfile": "/a "});
        expect![[r#"
            securityContext.appArmorProfile.localhostProfile: Invalid value: "/a ": must not begin or end with a space [XX470]
            securityContext.seccompProfile.localhostProfile: Invalid value: "/a ": must be a relative path [XX470]
        "#]].assert_eq(&container(&json!({"seccompProfile": odd, "appArmorProfile": odd})));
        let unknown = json!({"type": "Default"});
        expect![[r#"
            securityContext.appArmorProfile.type: Unsupported value: "Default": supported values: "Localhost", "RuntimeDefault", "Unconfined" [XX470]
            securityContext.seccompProfile.type: Unsupported value: "Default": supported values: "Localhost", "RuntimeDefault", "Unconfined" [XX470]
        "#]].assert_eq(&container(&json!({"seccompProfile": unknown, "appArmorProfile": unknown})));
    }

    #[test]
    fn a_privileged_container_can_gain_privileges() {
        expect![[r#"
            securityContext.allowPrivilegeEscalation: Invalid value: may not be false in a container that is privileged or has CAP_SYS_ADMIN [XX470]
        "#]].assert_eq(&container(&json!({"privileged": true, "allowPrivilegeEscalation": false})));
        let admin = json!({"capabilities": {"add": ["CAP_SYS_ADMIN"]}, "allowPrivilegeEscalation": false});
        expect![[r#"
            securityContext.allowPrivilegeEscalation: Invalid value: may not be false in a container that is privileged or has CAP_SYS_ADMIN [XX470]
        "#]].assert_eq(&container(&admin));
        expect![[r#"
            securityContext.procMount: Invalid value: 'Unmasked' needs `hostUsers: false` in the pod [XX470]
            securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive [XX470]
        "#]]
        .assert_eq(&container(&json!({"runAsUser": -1, "procMount": "Unmasked"})));
        expect![[r#"
            securityContext.procMount: Unsupported value: "Some": supported values: "Default", "Unmasked" [XX470]
        "#]]
        .assert_eq(&container(&json!({"procMount": "Some"})));
    }
}
