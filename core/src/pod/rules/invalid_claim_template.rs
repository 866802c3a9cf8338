//! XX426 `invalid-claim-template`: the claim that an ephemeral volume makes could not be made.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateEphemeralVolumeSource`, `ValidatePersistentVolumeClaimSpec`): a claim has
//! access modes and a size, and its template only labels and annotations as metadata.
//!
//! # Example
//! `ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce]}}}` is denied at `…resources`: it has no size.
//!
//! # Fix
//! Give `accessModes` and `resources.requests.storage`.

use k8s_openapi::api::core::v1::{PersistentVolumeClaimSpec, PersistentVolumeClaimTemplate, Volume};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::diagnostic::Report;
use crate::field::At;
use crate::names::{dns_label_fault, dns_subdomain_fault};
use crate::pod::fault::{forbidden, invalid, required, unless_formed, unless_one_of};
use crate::pod::quantity::Quantity;
use crate::pod::selector::{check_labels, check_selector};
use crate::pod::subject::{PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX426", "invalid-claim-template", Deny, "invalid_claim_template.rs");

const ACCESS_MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

pub(in crate::pod) fn check(volume: &Volume, at: &At<'_>, found: &mut Report) {
    let Some(source) = &volume.ephemeral else { return };
    let here = at.key("ephemeral");
    let here = here.key("volumeClaimTemplate");
    match &source.volume_claim_template {
        None => found.push(required(&RULE, &here, "must be given")),
        Some(template) => check_template(template, &here, found),
    }
}

fn check_template(template: &PersistentVolumeClaimTemplate, at: &At<'_>, found: &mut Report) {
    if let Some(metadata) = &template.metadata {
        check_metadata(metadata, &at.key("metadata"), found);
    }
    let here = at.key("spec");
    let spec = &template.spec;
    check_access_modes(spec, &here, found);
    check_selector(&RULE, spec.selector.as_ref(), &here.key("selector"), found);
    let storage = spec
        .resources
        .as_ref()
        .and_then(|resources| resources.requests.as_ref()?.get("storage"));
    let storage_at = here.key("resources");
    let storage_at = storage_at.key("requests");
    let storage_at = storage_at.map_key("storage");
    match storage.map(|storage| Quantity::parse(&storage.0)) {
        None => found.push(required(&RULE, &storage_at, "must be given: the size of the volume")),
        Some(Some(size)) if size.is_negative() || size.is_zero() => {
            found.push(invalid(&RULE, &storage_at, "must be greater than 0"));
        }
        Some(_) => {}
    }
    let names = [
        ("storageClassName", &spec.storage_class_name),
        ("volumeAttributesClassName", &spec.volume_attributes_class_name),
    ];
    for (field, name) in names {
        if let Some(name) = name.as_deref().filter(|name| !name.is_empty()) {
            found.push_if(unless_formed(&RULE, &here.key(field), name, dns_subdomain_fault));
        }
    }
    let modes = ["Block", "Filesystem"];
    found.push_if(unless_one_of(
        &RULE,
        &here.key("volumeMode"),
        spec.volume_mode.as_deref(),
        &modes,
    ));
    check_data_source(spec, &here, found);
}

fn check_metadata(metadata: &ObjectMeta, at: &At<'_>, found: &mut Report) {
    super::invalid_template_annotation::check_annotations(
        metadata.annotations.as_ref(),
        None,
        &at.key("annotations"),
        found,
    );
    check_labels(&RULE, metadata.labels.as_ref(), &at.key("labels"), found);
    let is_text = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let fields = [
        ("name", is_text(&metadata.name)),
        ("generateName", is_text(&metadata.generate_name)),
        ("namespace", is_text(&metadata.namespace)),
        ("selfLink", is_text(&metadata.self_link)),
        ("uid", is_text(&metadata.uid)),
        ("resourceVersion", is_text(&metadata.resource_version)),
        (
            "generation",
            metadata.generation.is_some_and(|generation| generation != 0),
        ),
        ("creationTimestamp", metadata.creation_timestamp.is_some()),
        ("deletionTimestamp", metadata.deletion_timestamp.is_some()),
        (
            "deletionGracePeriodSeconds",
            metadata.deletion_grace_period_seconds.is_some(),
        ),
        ("ownerReferences", metadata.owner_references.is_some()),
        ("finalizers", metadata.finalizers.is_some()),
        ("managedFields", metadata.managed_fields.is_some()),
    ];
    for (name, _) in fields.iter().filter(|(_, is_given)| *is_given) {
        found.push(forbidden(
            &RULE,
            &at.key(name),
            "a template may have labels and annotations only",
        ));
    }
}

fn check_access_modes(spec: &PersistentVolumeClaimSpec, at: &At<'_>, found: &mut Report) {
    let here = at.key("accessModes");
    let modes = spec.access_modes.as_deref().unwrap_or_default();
    if modes.is_empty() {
        found.push(required(&RULE, &here, "must have at least one mode"));
    }
    each(Some(modes), &here, |mode, here| {
        found.push_if(unless_one_of(&RULE, here, Some(mode), &ACCESS_MODES));
    });
    let has_single = modes.iter().any(|mode| mode == "ReadWriteOncePod");
    let has_other = modes
        .iter()
        .any(|mode| mode != "ReadWriteOncePod" && ACCESS_MODES.contains(&mode.as_str()));
    if has_single && has_other {
        found.push(forbidden(
            &RULE,
            &here,
            "'ReadWriteOncePod' may not be used with other modes",
        ));
    }
}

/// `validateDataSource`, `validateDataSourceRef` and what both must agree in.
fn check_data_source(spec: &PersistentVolumeClaimSpec, at: &At<'_>, found: &mut Report) {
    let source_at = at.key("dataSource");
    let reference_at = at.key("dataSourceRef");
    if let Some(source) = &spec.data_source {
        check_object(
            source.api_group.as_deref(),
            &source.kind,
            &source.name,
            &source_at,
            found,
        );
    }
    let Some(reference) = &spec.data_source_ref else { return };
    check_object(
        reference.api_group.as_deref(),
        &reference.kind,
        &reference.name,
        &reference_at,
        found,
    );
    let namespace = reference.namespace.as_deref().filter(|namespace| !namespace.is_empty());
    if let Some(namespace) = namespace {
        found.push_if(unless_formed(
            &RULE,
            &reference_at.key("namespace"),
            namespace,
            dns_label_fault,
        ));
    }
    let Some(source) = &spec.data_source else { return };
    let is_same =
        source.api_group == reference.api_group && source.kind == reference.kind && source.name == reference.name;
    if namespace.is_some() {
        found.push(invalid(
            &RULE,
            &source_at,
            "may not be given where `dataSourceRef.namespace` is",
        ));
    } else if !is_same {
        found.push(invalid(&RULE, &source_at, "must be the same as `dataSourceRef`"));
    }
}

fn check_object(group: Option<&str>, kind: &str, name: &str, at: &At<'_>, found: &mut Report) {
    for (field, text) in [("name", name), ("kind", kind)] {
        if text.is_empty() {
            found.push(required(&RULE, &at.key(field), "must be given"));
        }
    }
    match group.filter(|group| !group.is_empty()) {
        None if kind != "PersistentVolumeClaim" && !kind.is_empty() => {
            found.push(
                invalid(
                    &RULE,
                    at,
                    "must be a 'PersistentVolumeClaim' where no `apiGroup` is given",
                )
                .value(kind),
            );
        }
        None => {}
        Some(group) => found.push_if(unless_formed(&RULE, &at.key("apiGroup"), group, dns_subdomain_fault)),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use crate::pod::testing::volume_faults;

    fn faults(fields: &Value) -> String {
        let mut spec = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
        for (key, value) in fields.as_object().unwrap() {
            spec[key] = value.clone();
        }
        volume_faults(&json!({"ephemeral": {"volumeClaimTemplate": {"spec": spec}}}))
            .replace("ephemeral.volumeClaimTemplate.", "")
    }

    #[test]
    fn a_claim_has_modes_and_a_size() {
        assert_eq!(faults(&json!({"storageClassName": ""})), "");
        expect![[r#"
            spec.accessModes: Required value: must have at least one mode [XX426]
            spec.resources.requests[storage]: Required value: must be given: the size of the volume [XX426]
        "#]]
        .assert_eq(&faults(&json!({"accessModes": [], "resources": {}})));
        expect![[r#"
            spec.accessModes: Forbidden: 'ReadWriteOncePod' may not be used with other modes [XX426]
            spec.accessModes[0]: Unsupported value: "RWO": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod" [XX426]
        "#]].assert_eq(&faults(&json!({"accessModes": ["RWO", "ReadWriteOncePod", "ReadOnlyMany"]})));
        expect![[r#"
            spec.resources.requests[storage]: Invalid value: must be greater than 0 [XX426]
        "#]]
        .assert_eq(&faults(&json!({"resources": {"requests": {"storage": "0"}}})));
        expect![[r#"
            ephemeral.volumeClaimTemplate: Required value: must be given [XX426]
        "#]]
        .assert_eq(&volume_faults(&json!({"ephemeral": {}})));
    }

    #[test]
    fn classes_modes_and_selectors_are_checked() {
        let requirement = json!({"key": "zone", "operator": "Near", "values": ["a"]});
        expect![[r#"
            spec.selector.matchExpressions[0].operator: Invalid value: "Near": is not a selector operator [XX426]
            spec.storageClassName: Invalid value: "Fast_SSD": must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') [XX426]
            spec.volumeMode: Unsupported value: "File": supported values: "Block", "Filesystem" [XX426]
        "#]].assert_eq(&faults(&json!({
            "storageClassName": "Fast_SSD", "volumeMode": "File", "selector": {"matchExpressions": [requirement]},
        })));
    }

    #[test]
    fn data_sources_are_checked() {
        let snapshot = json!({"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "s"});
        assert_eq!(faults(&json!({"dataSource": snapshot, "dataSourceRef": snapshot})), "");
        expect![[r#"
            spec.dataSource: Invalid value: "VolumeSnapshot": must be a 'PersistentVolumeClaim' where no `apiGroup` is given [XX426]
            spec.dataSource.name: Required value: must be given [XX426]
        "#]].assert_eq(&faults(&json!({"dataSource": {"kind": "VolumeSnapshot", "name": ""}})));
        let other = json!({"kind": "PersistentVolumeClaim", "name": "p"});
        expect![[r#"
            spec.dataSource: Invalid value: must be the same as `dataSourceRef` [XX426]
        "#]]
        .assert_eq(&faults(&json!({"dataSource": snapshot, "dataSourceRef": other})));
    }

    #[test]
    fn a_template_has_labels_and_annotations_only() {
        let metadata = json!({"name": "x", "labels": {"a": "b c"}, "annotations": {"a b": "c"}});
        let spec = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
        let template = json!({"metadata": metadata, "spec": spec});
        expect![[r#"
            ephemeral.volumeClaimTemplate.metadata.annotations[a b]: Invalid value: "a b": as a key, must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName' or 'example.com/my.name') [XX111]
            ephemeral.volumeClaimTemplate.metadata.labels[a]: Invalid value: "b c": must be empty, or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue' or '12345') [XX426]
            ephemeral.volumeClaimTemplate.metadata.name: Forbidden: a template may have labels and annotations only [XX426]
        "#]].assert_eq(&volume_faults(&json!({"ephemeral": {"volumeClaimTemplate": template}})));
    }
}
