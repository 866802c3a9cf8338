//! XX427 `invalid-mount`: a volume is mounted in a way that cannot be.
//!
//! # Why it is an error
//! The API server refuses the Job (`ValidateVolumeMounts`): a mount has a path; `subPath` is relative and stays in the
//! volume; `Bidirectional` propagation is for privileged containers; `recursiveReadOnly` needs `readOnly`.
//!
//! # Example
//! `volumeMounts: [{name: data, mountPath: /data, subPath: ../other}]` is denied at `…subPath`.
//!
//! # Fix
//! Correct the field as the message says.

use k8s_openapi::api::core::v1::{Container, VolumeMount};

use crate::diagnostic::Report;
use crate::field::At;
use crate::pod::fault::{forbidden, invalid, required, unless_one_of};
use crate::pod::forms::inner_path_fault;
use crate::pod::subject::PushIf;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX427", "invalid-mount", Deny, "invalid_mount.rs");

/// A mount of a volume. `is_privileged` is about all containers that have it.
pub(in crate::pod) fn check(mount: &VolumeMount, is_privileged: bool, at: &At<'_>, found: &mut Report) {
    for (field, text) in [("name", &mount.name), ("mountPath", &mount.mount_path)] {
        if text.is_empty() {
            found.push(required(&RULE, &at.key(field), "must be given"));
        }
    }
    for (field, path) in [("subPath", &mount.sub_path), ("subPathExpr", &mount.sub_path_expr)] {
        if let Some((path, fault)) = path.as_deref().and_then(|path| Some((path, inner_path_fault(path)?))) {
            found.push(invalid(&RULE, &at.key(field), fault).value(path));
        }
    }
    let is_given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    if is_given(&mount.sub_path) && is_given(&mount.sub_path_expr) {
        found.push(invalid(
            &RULE,
            &at.key("subPathExpr"),
            "may not be given where `subPath` is",
        ));
    }
    check_propagation(mount, is_privileged, at, found);
    check_recursion(mount, at, found);
}

fn check_propagation(mount: &VolumeMount, is_privileged: bool, at: &At<'_>, found: &mut Report) {
    let here = at.key("mountPropagation");
    let mode = mount.mount_propagation.as_deref();
    found.push_if(unless_one_of(
        &RULE,
        &here,
        mode,
        &["Bidirectional", "HostToContainer", "None"],
    ));
    if mode == Some("Bidirectional") && !is_privileged {
        found.push(forbidden(
            &RULE,
            &here,
            "'Bidirectional' is for privileged containers only",
        ));
    }
}

/// `validateMountRecursiveReadOnly`.
fn check_recursion(mount: &VolumeMount, at: &At<'_>, found: &mut Report) {
    let here = at.key("recursiveReadOnly");
    let mode = mount.recursive_read_only.as_deref();
    found.push_if(unless_one_of(
        &RULE,
        &here,
        mode,
        &["Disabled", "Enabled", "IfPossible"],
    ));
    if !matches!(mode, Some("Enabled" | "IfPossible")) {
        return;
    }
    if mount.read_only != Some(true) {
        found.push(forbidden(&RULE, &here, "may be given where `readOnly` is true only"));
    }
    if mount.mount_propagation.as_ref().is_some_and(|mode| mode != "None") {
        found.push(forbidden(
            &RULE,
            &here,
            "may be given where `mountPropagation` is 'None' only",
        ));
    }
}

/// Whether the container is privileged.
pub(in crate::pod) fn is_privileged(container: &Container) -> bool {
    container
        .security_context
        .as_ref()
        .is_some_and(|context| context.privileged == Some(true))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use crate::pod::testing::container_faults;
    use crate::testing::{findings, sharing};

    fn faults(fields: &Value) -> String {
        let mut mount = json!({"name": "data", "mountPath": "/data"});
        for (key, value) in fields.as_object().unwrap() {
            mount[key] = value.clone();
        }
        container_faults(&json!({"volumeMounts": [mount]})).replace("volumeMounts[0].", "")
    }

    #[test]
    fn paths_are_checked() {
        assert_eq!(
            faults(&json!({"subPath": "a/b", "readOnly": true, "recursiveReadOnly": "Enabled"})),
            ""
        );
        expect![[r#"
            mountPath: Required value: must be given [XX427]
            subPath: Invalid value: "../a": must not contain '..' [XX427]
            subPathExpr: Invalid value: may not be given where `subPath` is [XX427]
            subPathExpr: Invalid value: "/b": must be a relative path [XX427]
        "#]]
        .assert_eq(&faults(
            &json!({"mountPath": "", "subPath": "../a", "subPathExpr": "/b"}),
        ));
        expect![[r#"
            name: Required value: must be given [XX427]
        "#]]
        .assert_eq(&faults(&json!({"name": ""})));
    }

    #[test]
    fn modes_are_checked() {
        expect![[r#"
            mountPropagation: Unsupported value: "Both": supported values: "Bidirectional", "HostToContainer", "None" [XX427]
            recursiveReadOnly: Unsupported value: "Yes": supported values: "Disabled", "Enabled", "IfPossible" [XX427]
        "#]].assert_eq(&faults(&json!({"mountPropagation": "Both", "recursiveReadOnly": "Yes"})));
        expect![[r#"
            mountPropagation: Forbidden: 'Bidirectional' is for privileged containers only [XX427]
            recursiveReadOnly: Forbidden: may be given where `mountPropagation` is 'None' only [XX427]
            recursiveReadOnly: Forbidden: may be given where `readOnly` is true only [XX427]
        "#]]
        .assert_eq(&faults(
            &json!({"mountPropagation": "Bidirectional", "recursiveReadOnly": "Enabled"}),
        ));
    }

    #[test]
    fn shared_mounts_are_checked_too() {
        let mut flow = sharing(&["data"], &[("data", "")]);
        flow["spec"]["flows"][0]["shareVolumeMounts"][0]["subPath"] = json!("../a");
        flow["spec"]["flows"][0]["shareVolumeMounts"][0]["mountPropagation"] = json!("Bidirectional");
        expect![[r#"
            spec.flows[0].shareVolumeMounts[0].mountPath: Required value: must be given [XX427]
            spec.flows[0].shareVolumeMounts[0].mountPropagation: Forbidden: 'Bidirectional' is for privileged containers only [XX427]
            spec.flows[0].shareVolumeMounts[0].subPath: Invalid value: "../a": must not contain '..' [XX427]
        "#]].assert_eq(&findings(&flow));
    }
}
