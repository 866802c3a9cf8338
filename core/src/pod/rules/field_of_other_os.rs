//! XX474 `field-of-other-os`: a pod for one operating system has settings for the other.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateOS`, `validateLinux`, `validateWindows`).
//!
//! # Example
//! `os: {name: windows}` with `securityContext: {runAsUser: 1000}` is denied at `…runAsUser`.
//!
//! # Fix
//! Remove the field, or correct `os.name`, which is `linux` or `windows`.

use k8s_openapi::api::core::v1::{PodSecurityContext, SecurityContext};

use crate::diagnostic::Report;
use crate::field::At;
use crate::pod::fault::{forbidden, unless_one_of};
use crate::pod::subject::{PodSubject, PushIf};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX474", "field-of-other-os", Deny, "field_of_other_os.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let Some(os) = &subject.pod.os else { return };
    let at = subject.at.key("os");
    found.push_if(unless_one_of(
        &RULE,
        &at.key("name"),
        Some(&os.name),
        &["linux", "windows"],
    ));
    match os.name.as_str() {
        "linux" => check_linux(subject, found),
        "windows" => check_windows(subject, found),
        _ => {}
    }
}

fn check_linux(subject: &PodSubject<'_>, found: &mut Report) {
    let message = "may not be given for a Linux pod";
    if subject
        .pod
        .security_context
        .as_ref()
        .is_some_and(|context| context.windows_options.is_some())
    {
        found.push(forbidden(
            &RULE,
            &subject.at.key("securityContext").key("windowsOptions"),
            message,
        ));
    }
    subject.each_container(|container, _, here| {
        if container
            .security_context
            .as_ref()
            .is_some_and(|context| context.windows_options.is_some())
        {
            found.push(forbidden(
                &RULE,
                &here.key("securityContext").key("windowsOptions"),
                message,
            ));
        }
    });
}

fn check_windows(subject: &PodSubject<'_>, found: &mut Report) {
    let pod = subject.pod;
    let shared = [
        ("hostUsers", pod.host_users.is_some()),
        ("hostPID", pod.host_pid == Some(true)),
        ("hostIPC", pod.host_ipc == Some(true)),
        ("shareProcessNamespace", pod.share_process_namespace.is_some()),
    ];
    forbid(&shared, subject.at, found);
    if let Some(context) = &pod.security_context {
        forbid(&pod_fields(context), &subject.at.key("securityContext"), found);
    }
    subject.each_container(|container, _, here| {
        if let Some(context) = &container.security_context {
            forbid(&container_fields(context), &here.key("securityContext"), found);
        }
    });
}

fn forbid(fields: &[(&str, bool)], at: &At<'_>, found: &mut Report) {
    for (name, _) in fields.iter().filter(|(_, is_given)| *is_given) {
        found.push(forbidden(&RULE, &at.key(name), "may not be given for a Windows pod"));
    }
}

/// The fields of a pod's context that are for Linux, and whether each is given.
fn pod_fields(context: &PodSecurityContext) -> [(&'static str, bool); 11] {
    [
        ("appArmorProfile", context.app_armor_profile.is_some()),
        ("seLinuxOptions", context.se_linux_options.is_some()),
        ("seccompProfile", context.seccomp_profile.is_some()),
        ("fsGroup", context.fs_group.is_some()),
        ("fsGroupChangePolicy", context.fs_group_change_policy.is_some()),
        (
            "sysctls",
            context.sysctls.as_ref().is_some_and(|sysctls| !sysctls.is_empty()),
        ),
        ("runAsUser", context.run_as_user.is_some()),
        ("runAsGroup", context.run_as_group.is_some()),
        ("supplementalGroups", context.supplemental_groups.is_some()),
        ("supplementalGroupsPolicy", context.supplemental_groups_policy.is_some()),
        ("seLinuxChangePolicy", context.se_linux_change_policy.is_some()),
    ]
}

/// The fields of a container's context that are for Linux, and whether each is given.
fn container_fields(context: &SecurityContext) -> [(&'static str, bool); 10] {
    [
        ("appArmorProfile", context.app_armor_profile.is_some()),
        ("seLinuxOptions", context.se_linux_options.is_some()),
        ("seccompProfile", context.seccomp_profile.is_some()),
        ("capabilities", context.capabilities.is_some()),
        ("readOnlyRootFilesystem", context.read_only_root_filesystem.is_some()),
        ("privileged", context.privileged.is_some()),
        ("allowPrivilegeEscalation", context.allow_privilege_escalation.is_some()),
        ("procMount", context.proc_mount.is_some()),
        ("runAsUser", context.run_as_user.is_some()),
        ("runAsGroup", context.run_as_group.is_some()),
    ]
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use crate::pod::testing::pod_faults;

    #[test]
    fn each_system_has_its_own_fields() {
        let container = |context: &Value| json!([{"name": "a", "image": "x", "securityContext": context}]);
        let windows = json!({"windowsOptions": {"runAsUserName": "u"}});
        expect![[r#"
            containers[0].securityContext.windowsOptions: Forbidden: may not be given for a Linux pod [XX474]
            securityContext.windowsOptions: Forbidden: may not be given for a Linux pod [XX474]
        "#]]
        .assert_eq(&pod_faults(
            &json!({"os": {"name": "linux"}, "securityContext": windows, "containers": container(&windows)}),
        ));
        let linux = json!({"runAsUser": 1, "seLinuxOptions": {"level": "s0"}});
        expect![[r#"
            containers[0].securityContext.runAsUser: Forbidden: may not be given for a Windows pod [XX474]
            containers[0].securityContext.seLinuxOptions: Forbidden: may not be given for a Windows pod [XX474]
            hostPID: Forbidden: may not be given for a Windows pod [XX474]
            securityContext.runAsUser: Forbidden: may not be given for a Windows pod [XX474]
            securityContext.seLinuxOptions: Forbidden: may not be given for a Windows pod [XX474]
        "#]].assert_eq(&pod_faults(
            &json!({"os": {"name": "windows"}, "hostPID": true, "securityContext": linux, "containers": container(&linux)}),
        ));
        assert_eq!(
            pod_faults(&json!({"os": {"name": "windows"}, "securityContext": windows})),
            ""
        );
    }

    #[test]
    fn there_are_two_systems() {
        expect![[r#"
            os.name: Unsupported value: "Linux": supported values: "linux", "windows" (did you mean 'linux'?) [XX474]
        "#]]
        .assert_eq(&pod_faults(&json!({"os": {"name": "Linux"}})));
    }
}
