//! XX432 `invalid-downward-field`: a field or resource of the pod is read that Kubernetes does not give.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateObjectFieldSelector`, `validateContainerResourceFieldSelector`). Variables
//! can have names, uid, node, service account and addresses of the pod, and single labels and annotations; files can
//! have names, uid, labels and annotations. Resources are limits and requests of `cpu`, `memory`, `ephemeral-storage`
//! and huge pages.
//!
//! # Example
//! `fieldRef: {fieldPath: metadata.labels}` of a variable is denied at `…fieldPath`: only a single label can be a variable.
//!
//! # Fix
//! Use one of the supported paths, such as `metadata.name`, `metadata.labels['app']` or `limits.memory`.

use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, EnvVar, ObjectFieldSelector, ResourceFieldSelector, Volume};

use crate::diagnostic::{Diagnostic, Report};
use crate::field::At;
use crate::names::qualified_name_fault;
use crate::pod::fault::{invalid, required, unsupported};
use crate::pod::quantity::Quantity;
use crate::pod::subject::{PodSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX432", "invalid-downward-field", Deny, "invalid_downward_field.rs");

/// `validEnvDownwardAPIFieldPathExpressions`.
const VARIABLE_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// `validVolumeDownwardAPIFieldPathExpressions`.
const FILE_FIELDS: [&str; 5] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];
/// `validContainerResourceFieldPathExpressions`.
const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

/// `validContainerResourceDivisorForCPU`.
const CPU_UNITS: [&str; 2] = ["1", "1m"];
/// `validContainerResourceDivisorForMemory`, which is that for storage and huge pages too.
const BYTE_UNITS: [&str; 13] = [
    "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
];

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    subject.each_variable(|variable, here| check_variable(variable, here, found));
}

/// The source of a variable.
pub(in crate::pod) fn check_variable(variable: &EnvVar, at: &At<'_>, found: &mut Report) {
    let Some(source) = &variable.value_from else { return };
    let here = at.key("valueFrom");
    if let Some(field) = &source.field_ref {
        found.push_if(field_fault(field, &VARIABLE_FIELDS, &here.key("fieldRef")));
    }
    if let Some(resource) = &source.resource_field_ref {
        check_resource(resource, false, &here.key("resourceFieldRef"), found);
    }
}

/// The files of a volume.
pub(in crate::pod) fn check_volume(volume: &Volume, at: &At<'_>, found: &mut Report) {
    if let Some(source) = &volume.downward_api {
        let here = at.key("downwardAPI");
        each(source.items.as_deref(), &here.key("items"), |file, here| {
            check_file(file, here, found);
        });
    }
    if let Some(source) = &volume.projected {
        let here = at.key("projected");
        each(source.sources.as_deref(), &here.key("sources"), |source, here| {
            let items = source.downward_api.as_ref().and_then(|fields| fields.items.as_deref());
            let here = here.key("downwardAPI");
            each(items, &here.key("items"), |file, here| check_file(file, here, found));
        });
    }
}

fn check_file(file: &DownwardAPIVolumeFile, at: &At<'_>, found: &mut Report) {
    match (&file.field_ref, &file.resource_field_ref) {
        (Some(_), Some(_)) => found.push(invalid(
            &RULE,
            at,
            "may not have both `fieldRef` and `resourceFieldRef`",
        )),
        (None, None) => found.push(required(&RULE, at, "must have `fieldRef` or `resourceFieldRef`")),
        (Some(field), None) => found.push_if(field_fault(field, &FILE_FIELDS, &at.key("fieldRef"))),
        (None, Some(resource)) => check_resource(resource, true, &at.key("resourceFieldRef"), found),
    }
}

fn field_fault(field: &ObjectFieldSelector, supported: &[&str], at: &At<'_>) -> Option<Diagnostic> {
    let path = field.field_path.as_str();
    let path_at = at.key("fieldPath");
    if field
        .api_version
        .as_ref()
        .is_some_and(|version| !version.is_empty() && version != "v1")
    {
        return Some(invalid(&RULE, &at.key("apiVersion"), "must be 'v1'"));
    }
    // An old name that still works.
    let path = if path == "spec.host" { "spec.nodeName" } else { path };
    let Some((map, key)) = path.strip_suffix("']").and_then(|path| path.split_once("['")) else {
        return (!supported.contains(&path)).then(|| unsupported(&RULE, &path_at, path, supported));
    };
    let fault = match map {
        "metadata.annotations" => qualified_name_fault(&key.to_lowercase()),
        "metadata.labels" => qualified_name_fault(key),
        _ => Some("only labels and annotations have keys".to_owned()),
    };
    fault.map(|fault| invalid(&RULE, &path_at, fault).value(path))
}

fn check_resource(source: &ResourceFieldSelector, is_file: bool, at: &At<'_>, found: &mut Report) {
    let is_huge = ["limits.hugepages-", "requests.hugepages-"]
        .iter()
        .any(|start| source.resource.starts_with(start));
    if is_file && source.container_name.as_ref().is_none_or(String::is_empty) {
        found.push(required(
            &RULE,
            &at.key("containerName"),
            "must be given: a file is of no container",
        ));
    } else if !is_huge && !RESOURCES.contains(&source.resource.as_str()) {
        found.push(unsupported(&RULE, &at.key("resource"), &source.resource, &RESOURCES));
    }
    let Some(written) = source.divisor.as_ref().map(|divisor| divisor.0.trim()) else {
        return;
    };
    let Some(divisor) = Quantity::parse(written).filter(|divisor| !divisor.is_zero()) else {
        return;
    };
    let fault = match source.resource.as_str() {
        "limits.cpu" | "requests.cpu" => (!is_unit(divisor, written, &CPU_UNITS)).then_some("must be 1 or 1m"),
        resource if is_huge || RESOURCES.contains(&resource) => (!is_unit(divisor, written, &BYTE_UNITS))
            .then_some("must be 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi or 1Ei"),
        _ => None,
    };
    if let Some(fault) = fault {
        found.push(invalid(&RULE, &at.key("divisor"), fault));
    }
}

/// Whether the API server shows a divisor as one of the units: it compares texts.
fn is_unit(divisor: Quantity, written: &str, units: &[&str]) -> bool {
    if divisor.is_kept {
        return units.contains(&written);
    }
    units.iter().any(|text| {
        let unit = Quantity::parse(text);
        // One is shown alike in every format.
        unit.is_some_and(|unit| unit.is_as_much_as(divisor) && (unit.format == divisor.format || *text == "1"))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use crate::pod::testing::{container_faults, volume_faults};

    fn variables(sources: &[Value]) -> String {
        let env: Vec<Value> = sources
            .iter()
            .map(|source| json!({"name": "A", "valueFrom": source}))
            .collect();
        container_faults(&json!({"env": env}))
    }

    #[test]
    fn variables_have_fields_of_their_own() {
        let field = |path| json!({"fieldRef": {"fieldPath": path}});
        let good = [
            "spec.nodeName",
            "spec.host",
            "metadata.labels['app']",
            "metadata.annotations['Example.com/X']",
        ];
        assert_eq!(variables(&good.map(field)), "");
        expect![[r#"
            env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs" [XX432]
            env[1].valueFrom.fieldRef.fieldPath: Unsupported value: "status.phase": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs" [XX432]
            env[2].valueFrom.fieldRef.fieldPath: Invalid value: "metadata.labels['a b']": must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName' or 'example.com/my.name') [XX432]
            env[3].valueFrom.fieldRef.fieldPath: Invalid value: "spec.x['a']": only labels and annotations have keys [XX432]
            env[4].valueFrom.fieldRef.fieldPath: Required value: supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs" [XX432]
        "#]].assert_eq(&variables(
            &["metadata.labels", "status.phase", "metadata.labels['a b']", "spec.x['a']", ""].map(field),
        ));
        let old = json!({"fieldRef": {"fieldPath": "metadata.name", "apiVersion": "v2"}});
        expect![[r#"
            env[0].valueFrom.fieldRef.apiVersion: Invalid value: must be 'v1' [XX432]
        "#]]
        .assert_eq(&variables(&[old]));
    }

    #[test]
    fn resources_and_divisors_are_checked() {
        let resource = |name, divisor| json!({"resourceFieldRef": {"resource": name, "divisor": divisor}});
        let good = [
            resource("limits.cpu", "1m"),
            resource("limits.memory", "1Mi"),
            resource("requests.memory", "1000"),
            resource("limits.hugepages-2Mi", "1Mi"),
            resource("limits.cpu", "0"),
            resource("limits.memory", "1024Ki"),
        ];
        assert_eq!(variables(&good), "");
        expect![[r#"
            env[0].valueFrom.resourceFieldRef.resource: Unsupported value: "cpu": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory" [XX432]
            env[1].valueFrom.resourceFieldRef.divisor: Invalid value: must be 1 or 1m [XX432]
            env[2].valueFrom.resourceFieldRef.divisor: Invalid value: must be 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi or 1Ei [XX432]
            env[3].valueFrom.resourceFieldRef.resource: Required value: supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory" [XX432]
            env[4].valueFrom.resourceFieldRef.divisor: Invalid value: must be 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi or 1Ei [XX432]
            env[5].valueFrom.resourceFieldRef.divisor: Invalid value: must be 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi or 1Ei [XX432]
        "#]].assert_eq(&variables(&[
            resource("cpu", "1"), resource("limits.cpu", "10"), resource("limits.memory", "1m"), resource("", "1"),
            resource("limits.memory", "1e3"), resource("limits.hugepages-2Mi", "2Mi"),
        ]));
    }

    #[test]
    fn files_have_other_fields_and_name_their_container() {
        let file = |source: Value| {
            let mut file = json!({"path": "a"});
            for (key, value) in source.as_object().unwrap() {
                file[key] = value.clone();
            }
            volume_faults(&json!({"downwardAPI": {"items": [file]}}))
        };
        assert_eq!(file(json!({"fieldRef": {"fieldPath": "metadata.labels"}})), "");
        let field = json!({"fieldPath": "status.podIP"});
        let resource = json!({"resource": "limits.cpu"});
        expect![[r#"
            downwardAPI.items[0].fieldRef.fieldPath: Unsupported value: "status.podIP": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid" [XX432]
        "#]].assert_eq(&file(json!({"fieldRef": field})));
        expect![[r#"
            downwardAPI.items[0].resourceFieldRef.containerName: Required value: must be given: a file is of no container [XX432]
        "#]].assert_eq(&file(json!({"resourceFieldRef": resource})));
        expect![[r#"
            downwardAPI.items[0]: Required value: must have `fieldRef` or `resourceFieldRef` [XX432]
        "#]]
        .assert_eq(&file(json!({})));
        expect![[r#"
            downwardAPI.items[0]: Invalid value: may not have both `fieldRef` and `resourceFieldRef` [XX432]
        "#]]
        .assert_eq(&file(json!({"fieldRef": field, "resourceFieldRef": resource})));
        let projected =
            json!({"projected": {"sources": [{"downwardAPI": {"items": [{"path": "a", "fieldRef": field}]}}]}});
        expect![[r#"
            projected.sources[0].downwardAPI.items[0].fieldRef.fieldPath: Unsupported value: "status.podIP": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid" [XX432]
        "#]].assert_eq(&volume_faults(&projected));
    }
}
