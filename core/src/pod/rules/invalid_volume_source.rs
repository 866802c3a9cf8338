//! XX424 `invalid-volume-source`: the source of a volume lacks something, or has a value that cannot be.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateVolumeSource`).
//!
//! # Example
//! `volumes: [{name: data, persistentVolumeClaim: {claimName: ""}}]` is denied at `…claimName`.
//!
//! # Fix
//! Name what the volume comes from.

use k8s_openapi::api::core::v1::{CSIVolumeSource, HostPathVolumeSource, Volume, VolumeProjection};

use crate::diagnostic::Report;
use crate::field::At;
use crate::names::dns_subdomain_fault;
use crate::pod::fault::{forbidden, invalid, required, too_long, unless_formed, unless_one_of};
use crate::pod::forms::backstep_fault;
use crate::pod::quantity::Quantity;
use crate::pod::rules::unknown_container_policy::PULL_POLICIES;
use crate::pod::subject::{PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX424", "invalid-volume-source", Deny, "invalid_volume_source.rs");

const HOST_PATH_TYPES: [&str; 8] = [
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
];
/// The longest name of a CSI driver (`ValidateCSIDriverName`).
const DRIVER_BYTES_MAX: usize = 63;

pub(in crate::pod) fn check(volume: &Volume, at: &At<'_>, found: &mut Report) {
    if let Some(source) = &volume.config_map {
        require(&source.name, &at.key("configMap"), "name", found);
    }
    if let Some(source) = &volume.secret {
        require(
            source.secret_name.as_deref().unwrap_or_default(),
            &at.key("secret"),
            "secretName",
            found,
        );
    }
    if let Some(source) = &volume.persistent_volume_claim {
        require(&source.claim_name, &at.key("persistentVolumeClaim"), "claimName", found);
    }
    if let Some(source) = &volume.host_path {
        check_host_path(source, &at.key("hostPath"), found);
    }
    if let Some(source) = &volume.csi {
        check_csi(source, &at.key("csi"), found);
    }
    if let Some(source) = &volume.empty_dir {
        let size = source.size_limit.as_ref().and_then(|size| Quantity::parse(&size.0));
        if size.is_some_and(Quantity::is_negative) {
            let here = at.key("emptyDir");
            found.push(forbidden(
                &RULE,
                &here.key("sizeLimit"),
                "must be greater than or equal to 0",
            ));
        }
    }
    if let Some(source) = &volume.image {
        let policy = source.pull_policy.as_deref().filter(|policy| !policy.is_empty());
        found.push_if(unless_one_of(
            &RULE,
            &at.key("image").key("pullPolicy"),
            policy,
            &PULL_POLICIES,
        ));
    }
    if let Some(source) = &volume.projected {
        let here = at.key("projected");
        each(source.sources.as_deref(), &here.key("sources"), |source, here| {
            check_projection(source, here, found);
        });
    }
}

/// A finding where `value`, the member `name` of what stands at `at`, is empty.
fn require(value: &str, at: &At<'_>, name: &str, found: &mut Report) {
    if value.is_empty() {
        found.push(required(&RULE, &at.key(name), "must be given"));
    }
}

fn check_host_path(source: &HostPathVolumeSource, at: &At<'_>, found: &mut Report) {
    found.push_if(unless_formed(&RULE, &at.key("path"), &source.path, backstep_fault));
    found.push_if(unless_one_of(
        &RULE,
        &at.key("type"),
        source.type_.as_deref(),
        &HOST_PATH_TYPES,
    ));
}

fn check_csi(source: &CSIVolumeSource, at: &At<'_>, found: &mut Report) {
    let driver_at = at.key("driver");
    if source.driver.len() > DRIVER_BYTES_MAX {
        found.push(too_long(&RULE, &driver_at, source.driver.len(), DRIVER_BYTES_MAX));
    }
    let fault = |driver: &str| dns_subdomain_fault(&driver.to_ascii_lowercase());
    found.push_if(unless_formed(&RULE, &driver_at, &source.driver, fault));
    if let Some(secret) = &source.node_publish_secret_ref {
        let here = at.key("nodePublishSecretRef");
        found.push_if(unless_formed(
            &RULE,
            &here.key("name"),
            &secret.name,
            dns_subdomain_fault,
        ));
    }
}

/// One source of a projected volume (`validateProjectionSources`). Sources that are dropped unless a feature gate is on
/// are left out.
fn check_projection(source: &VolumeProjection, at: &At<'_>, found: &mut Report) {
    let given = [
        source.secret.is_some(),
        source.config_map.is_some(),
        source.downward_api.is_some(),
        source.service_account_token.is_some(),
    ];
    if given.iter().filter(|is_given| **is_given).count() > 1 {
        found.push(forbidden(&RULE, at, "may have one source only"));
    }
    if let Some(secret) = &source.secret {
        require(&secret.name, &at.key("secret"), "name", found);
    }
    if let Some(config_map) = &source.config_map {
        require(&config_map.name, &at.key("configMap"), "name", found);
    }
    if let Some(token) = &source.service_account_token {
        let here = at.key("serviceAccountToken");
        // 2^32 seconds is what the API server allows.
        if let Some(seconds) = token
            .expiration_seconds
            .filter(|seconds| !(600..=1 << 32).contains(seconds))
        {
            let message = "must be between 600 (10 minutes) and 4294967296 seconds";
            found.push(invalid(&RULE, &here.key("expirationSeconds"), message).literal(seconds));
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::volume_faults;

    #[test]
    fn sources_are_named() {
        expect![[r#"
            configMap.name: Required value: must be given [XX003]
        "#]]
        .assert_eq(&volume_faults(&json!({"configMap": {}})));
        expect![[r#"
            secret.secretName: Required value: must be given [XX424]
        "#]]
        .assert_eq(&volume_faults(&json!({"secret": {}})));
        expect![[r#"
            persistentVolumeClaim.claimName: Required value: must be given [XX424]
        "#]]
        .assert_eq(&volume_faults(&json!({"persistentVolumeClaim": {"claimName": ""}})));
    }

    #[test]
    fn host_paths_drivers_sizes_and_images_are_checked() {
        expect![[r#"
            hostPath.path: Invalid value: "/a/../b": must not contain '..' [XX424]
            hostPath.type: Unsupported value: "Folder": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket" [XX424]
        "#]].assert_eq(&volume_faults(&json!({"hostPath": {"path": "/a/../b", "type": "Folder"}})));
        expect![[r#"
            hostPath.path: Required value: must be given [XX424]
        "#]]
        .assert_eq(&volume_faults(&json!({"hostPath": {"path": ""}})));
        let driver = json!({"driver": format!("{}_", "d".repeat(63)), "nodePublishSecretRef": {"name": "A_B"}});
        expect![[r#"
            csi.driver: Too long: may not be more than 63 bytes, and has 64 [XX424]
            csi.driver: Invalid value: "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd_": must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') [XX424]
            csi.nodePublishSecretRef.name: Invalid value: "A_B": must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') [XX424]
        "#]].assert_eq(&volume_faults(&json!({"csi": driver})));
        expect![[r#"
            emptyDir.sizeLimit: Forbidden: must be greater than or equal to 0 [XX424]
        "#]]
        .assert_eq(&volume_faults(&json!({"emptyDir": {"sizeLimit": "-1Gi"}})));
        expect![[r#"
            image.pullPolicy: Unsupported value: "never": supported values: "Always", "IfNotPresent", "Never" (did you mean 'Never'?) [XX424]
        "#]].assert_eq(&volume_faults(&json!({"image": {"reference": "x", "pullPolicy": "never"}})));
    }

    #[test]
    fn projected_sources_are_checked() {
        let token = json!({"path": "token", "expirationSeconds": 60});
        let sources = json!([
            {"secret": {"name": ""}}, {"configMap": {}}, {"serviceAccountToken": token},
            {"secret": {"name": "a"}, "configMap": {"name": "b"}},
        ]);
        expect![[r#"
            projected.sources[0].secret.name: Required value: must be given [XX424]
            projected.sources[1].configMap.name: Required value: must be given [XX003]
            projected.sources[2].serviceAccountToken.expirationSeconds: Invalid value: 60: must be between 600 (10 minutes) and 4294967296 seconds [XX424]
            projected.sources[3]: Forbidden: may have one source only [XX424]
        "#]].assert_eq(&volume_faults(&json!({"projected": {"sources": sources}})));
    }
}
