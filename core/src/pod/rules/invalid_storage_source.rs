//! XX436 `invalid-storage-source`: a volume of a storage system lacks something, or has a value that cannot be.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateVolumeSource`), also for storage systems that Kubernetes has no driver for
//! any more.
//!
//! # Example
//! `volumes: [{name: data, nfs: {server: files, path: data}}]` is denied at `…nfs.path`: it must be absolute.
//!
//! # Fix
//! Give the field a value as the message says; better, use a PersistentVolumeClaim or a CSI driver.

use k8s_openapi::api::core::v1::Volume;

use crate::diagnostic::Report;
use crate::field::At;
use crate::names::dns_label_fault;
use crate::pod::fault::{invalid, required, unless_formed, unless_one_of, unless_within};
use crate::pod::forms::inner_path_fault;
use crate::pod::iscsi::iscsi_name_fault;
use crate::pod::subject::PushIf;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX436", "invalid-storage-source", Deny, "invalid_storage_source.rs");

pub(in crate::pod) fn check(volume: &Volume, at: &At<'_>, found: &mut Report) {
    check_texts(volume, at, found);
    check_disks(volume, at, found);
    check_network(volume, at, found);
    check_fibre_channel(volume, at, found);
    check_azure_disk(volume, at, found);
    check_iscsi(volume, at, found);
    check_quobyte(volume, at, found);
    check_flexible(volume, at, found);
}

/// Texts that must not be empty.
fn check_texts(volume: &Volume, at: &At<'_>, found: &mut Report) {
    let mut require = |source: &str, texts: &[(&str, &str)]| {
        for (name, _) in texts.iter().filter(|(_, text)| text.is_empty()) {
            found.push(required(&RULE, &at.key(source).key(name), "must be given"));
        }
    };
    if let Some(source) = &volume.azure_file {
        require(
            "azureFile",
            &[("secretName", &source.secret_name), ("shareName", &source.share_name)],
        );
    }
    if let Some(source) = &volume.glusterfs {
        require("glusterfs", &[("endpoints", &source.endpoints), ("path", &source.path)]);
    }
    if let Some(source) = &volume.vsphere_volume {
        require("vsphereVolume", &[("volumePath", &source.volume_path)]);
    }
    if let Some(source) = &volume.photon_persistent_disk {
        require("photonPersistentDisk", &[("pdID", &source.pd_id)]);
    }
    if let Some(source) = &volume.portworx_volume {
        require("portworxVolume", &[("volumeID", &source.volume_id)]);
    }
    if let Some(source) = &volume.scale_io {
        let name = source.volume_name.as_deref().unwrap_or_default();
        require(
            "scaleIO",
            &[
                ("gateway", &source.gateway),
                ("system", &source.system),
                ("volumeName", name),
            ],
        );
    }
    if let Some(source) = &volume.rbd {
        let monitors = source.monitors.first().map_or("", |_| "given");
        require("rbd", &[("monitors", monitors), ("image", &source.image)]);
    }
    if let Some(source) = &volume.cephfs {
        require(
            "cephfs",
            &[("monitors", source.monitors.first().map_or("", |_| "given"))],
        );
    }
    if let Some(source) = &volume.cinder {
        require("cinder", &[("volumeID", &source.volume_id)]);
    }
}

fn check_disks(volume: &Volume, at: &At<'_>, found: &mut Report) {
    let disks = [
        volume
            .gce_persistent_disk
            .as_ref()
            .map(|disk| ("gcePersistentDisk", "pdName", &disk.pd_name, disk.partition)),
        volume
            .aws_elastic_block_store
            .as_ref()
            .map(|disk| ("awsElasticBlockStore", "volumeID", &disk.volume_id, disk.partition)),
    ];
    for (source, field, name, partition) in disks.into_iter().flatten() {
        let here = at.key(source);
        if name.is_empty() {
            found.push(required(&RULE, &here.key(field), "must be given"));
        }
        // The API server says 1, and accepts 0.
        found.push_if(unless_within(&RULE, &here.key("partition"), partition, 0..=255));
    }
}

fn check_network(volume: &Volume, at: &At<'_>, found: &mut Report) {
    if let Some(source) = &volume.nfs {
        let here = at.key("nfs");
        if source.server.is_empty() {
            found.push(required(&RULE, &here.key("server"), "must be given"));
        }
        let fault = |path: &str| (!path.starts_with('/')).then(|| "must be an absolute path".to_owned());
        found.push_if(unless_formed(&RULE, &here.key("path"), &source.path, fault));
    }
    if let Some(source) = &volume.git_repo {
        let here = at.key("gitRepo");
        if source.repository.is_empty() {
            found.push(required(&RULE, &here.key("repository"), "must be given"));
        }
        if let Some(fault) = source.directory.as_deref().and_then(inner_path_fault) {
            found.push(invalid(&RULE, &here.key("directory"), fault));
        }
    }
    if let Some(source) = &volume.storageos {
        let here = at.key("storageos");
        let name = source.volume_name.as_deref().unwrap_or_default();
        found.push_if(unless_formed(&RULE, &here.key("volumeName"), name, dns_label_fault));
        let namespace = source
            .volume_namespace
            .as_deref()
            .filter(|namespace| !namespace.is_empty());
        let namespace_at = here.key("volumeNamespace");
        found.push_if(namespace.and_then(|name| unless_formed(&RULE, &namespace_at, name, dns_label_fault)));
    }
    let secrets = [
        (
            "storageos",
            volume.storageos.as_ref().and_then(|source| source.secret_ref.as_ref()),
        ),
        (
            "cinder",
            volume.cinder.as_ref().and_then(|source| source.secret_ref.as_ref()),
        ),
    ];
    for (source, _) in secrets
        .iter()
        .filter(|(_, secret)| secret.is_some_and(|secret| secret.name.is_empty()))
    {
        found.push(required(
            &RULE,
            &at.key(source).key("secretRef").key("name"),
            "must be given",
        ));
    }
}

fn check_fibre_channel(volume: &Volume, at: &At<'_>, found: &mut Report) {
    let Some(source) = &volume.fc else { return };
    let here = at.key("fc");
    let has_targets = source.target_wwns.as_ref().is_some_and(|names| !names.is_empty());
    let has_ids = source.wwids.as_ref().is_some_and(|ids| !ids.is_empty());
    let message = "must be given unless `wwids` is, and not both";
    match (has_targets, has_ids) {
        (false, false) => found.push(required(&RULE, &here.key("targetWWNs"), message)),
        (true, true) => found.push(invalid(&RULE, &here.key("targetWWNs"), message)),
        _ => {}
    }
    if has_targets {
        let lun = here.key("lun");
        match source.lun {
            None => found.push(required(&RULE, &lun, "must be given where `targetWWNs` is")),
            number => found.push_if(unless_within(&RULE, &lun, number, 0..=255)),
        }
    }
}

fn check_azure_disk(volume: &Volume, at: &At<'_>, found: &mut Report) {
    let Some(source) = &volume.azure_disk else { return };
    let here = at.key("azureDisk");
    if source.disk_name.is_empty() {
        found.push(required(&RULE, &here.key("diskName"), "must be given"));
    }
    let kind = source.kind.as_deref();
    let modes = ["None", "ReadOnly", "ReadWrite"];
    found.push_if(unless_one_of(
        &RULE,
        &here.key("cachingMode"),
        source.caching_mode.as_deref(),
        &modes,
    ));
    found.push_if(unless_one_of(
        &RULE,
        &here.key("kind"),
        kind,
        &["Dedicated", "Managed", "Shared"],
    ));
    let fault = |uri: &str| {
        // A disk without a kind is a shared one.
        let start = if kind == Some("Managed") {
            "/subscriptions/"
        } else {
            "https://"
        };
        (!uri.starts_with(start)).then(|| format!("must begin with '{start}' for a disk of this kind"))
    };
    found.push_if(unless_formed(&RULE, &here.key("diskURI"), &source.disk_uri, fault));
}

fn check_iscsi(volume: &Volume, at: &At<'_>, found: &mut Report) {
    let Some(source) = &volume.iscsi else { return };
    let here = at.key("iscsi");
    if source.target_portal.is_empty() {
        found.push(required(&RULE, &here.key("targetPortal"), "must be given"));
    }
    found.push_if(unless_formed(&RULE, &here.key("iqn"), &source.iqn, iscsi_name_fault));
    found.push_if(unless_within(&RULE, &here.key("lun"), Some(source.lun), 0..=255));
    let needs_secret = source.chap_auth_discovery == Some(true) || source.chap_auth_session == Some(true);
    if needs_secret && source.secret_ref.is_none() {
        found.push(required(&RULE, &here.key("secretRef"), "must be given for CHAP"));
    }
    if let Some(name) = source.initiator_name.as_deref() {
        if let Some(fault) = iscsi_name_fault(name) {
            found.push(invalid(&RULE, &here.key("initiatorName"), fault).value(name));
        }
        if volume.name.len() + 1 + source.target_portal.len() > 64 {
            let message = "must have, with `targetPortal`, no more than 63 bytes where `initiatorName` is given";
            found.push(invalid(&RULE, &at.key("name"), message).value(&volume.name));
        }
    }
}

fn check_quobyte(volume: &Volume, at: &At<'_>, found: &mut Report) {
    let Some(source) = &volume.quobyte else { return };
    let here = at.key("quobyte");
    let is_pair = |pair: &str| {
        pair.rsplit_once(':')
            .is_some_and(|(host, port)| !host.contains(':') && !port.contains(']'))
    };
    let fault = |registry: &str| {
        let all = registry.split(',').all(is_pair);
        (!all).then(|| "must be a host and a port, or several separated by commas".to_owned())
    };
    if !source.registry.is_empty() && source.tenant.as_ref().is_some_and(|tenant| tenant.len() > 64) {
        found.push(required(
            &RULE,
            &here.key("tenant"),
            "must be a UUID of at most 64 bytes",
        ));
    } else {
        found.push_if(unless_formed(&RULE, &here.key("registry"), &source.registry, fault));
    }
    if source.volume.is_empty() {
        found.push(required(&RULE, &here.key("volume"), "must be given"));
    }
}

fn check_flexible(volume: &Volume, at: &At<'_>, found: &mut Report) {
    if let Some(source) = &volume.flex_volume {
        let here = at.key("flexVolume");
        if source.driver.is_empty() {
            found.push(required(&RULE, &here.key("driver"), "must be given"));
        }
        let options = here.key("options");
        for key in source.options.iter().flatten().map(|(key, _)| key) {
            let domain = key.split('/').next().unwrap_or_default().to_lowercase();
            let is_in = |owner: &str| domain == owner || domain.ends_with(&format!(".{owner}"));
            if is_in("kubernetes.io") || is_in("k8s.io") {
                found.push(invalid(&RULE, &options.map_key(key), "belongs to Kubernetes"));
            }
        }
    }
    if let Some(source) = &volume.flocker {
        let here = at.key("flocker");
        let name = source.dataset_name.as_deref().unwrap_or_default();
        let has_uuid = source.dataset_uuid.as_ref().is_some_and(|uuid| !uuid.is_empty());
        match (name.is_empty(), has_uuid) {
            (true, false) => found.push(required(&RULE, &here, "must have `datasetName` or `datasetUUID`")),
            (false, true) => found.push(invalid(
                &RULE,
                &here,
                "may not have both `datasetName` and `datasetUUID`",
            )),
            _ => {}
        }
        if name.contains('/') {
            found.push(invalid(&RULE, &here.key("datasetName"), "must not contain '/'").value(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use crate::pod::testing::volume_faults;

    fn faults(sources: &[Value]) -> String {
        sources.iter().map(volume_faults).collect()
    }

    #[test]
    fn empty_texts_are_reported() {
        expect![[r#"
            azureFile.secretName: Required value: must be given [XX436]
            azureFile.shareName: Required value: must be given [XX436]
            glusterfs.endpoints: Required value: must be given [XX436]
            glusterfs.path: Required value: must be given [XX436]
            rbd.image: Required value: must be given [XX436]
            rbd.monitors: Required value: must be given [XX436]
            scaleIO.gateway: Required value: must be given [XX436]
            scaleIO.system: Required value: must be given [XX436]
            scaleIO.volumeName: Required value: must be given [XX436]
            cinder.secretRef.name: Required value: must be given [XX003]
            cinder.volumeID: Required value: must be given [XX436]
        "#]]
        .assert_eq(&faults(&[
            json!({"azureFile": {"secretName": "", "shareName": ""}}),
            json!({"glusterfs": {"endpoints": "", "path": ""}}),
            json!({"rbd": {"monitors": [], "image": ""}}),
            json!({"scaleIO": {"gateway": "", "system": "", "secretRef": {"name": "a"}}}),
            json!({"cinder": {"volumeID": "", "secretRef": {}}}),
        ]));
    }

    #[test]
    fn values_are_checked() {
        expect![[r#"
            nfs.path: Invalid value: "data": must be an absolute path [XX436]
            gitRepo.directory: Invalid value: must be a relative path [XX436]
            gitRepo.repository: Required value: must be given [XX436]
            gcePersistentDisk.partition: Invalid value: 256: must be between 0 and 255, inclusive [XX436]
            awsElasticBlockStore.volumeID: Required value: must be given [XX436]
            storageos.secretRef.name: Required value: must be given [XX003]
            storageos.volumeName: Invalid value: "A_B": must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name' or '123-abc') [XX436]
            storageos.volumeNamespace: Invalid value: "A_B": must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name' or '123-abc') [XX436]
            azureDisk.cachingMode: Unsupported value: "Some": supported values: "None", "ReadOnly", "ReadWrite" [XX436]
            azureDisk.diskURI: Invalid value: "a": must begin with '/subscriptions/' for a disk of this kind [XX436]
            quobyte.registry: Invalid value: "host": must be a host and a port, or several separated by commas [XX436]
            quobyte.volume: Required value: must be given [XX436]
            quobyte.tenant: Required value: must be a UUID of at most 64 bytes [XX436]
        "#]].assert_eq(&faults(&[
            json!({"nfs": {"server": "a", "path": "data"}}),
            json!({"gitRepo": {"repository": "", "directory": "/a"}}),
            json!({"gcePersistentDisk": {"pdName": "a", "partition": 256}}),
            json!({"awsElasticBlockStore": {"volumeID": ""}}),
            json!({"storageos": {"volumeName": "A_B", "volumeNamespace": "A_B", "secretRef": {}}}),
            json!({"azureDisk": {"diskName": "a", "diskURI": "a", "kind": "Managed", "cachingMode": "Some"}}),
            json!({"quobyte": {"registry": "host", "volume": ""}}),
            json!({"quobyte": {"registry": "host:1", "volume": "a", "tenant": "t".repeat(65)}}),
        ]));
    }

    #[test]
    fn sources_with_alternatives_are_checked() {
        expect![[r#"
            fc.targetWWNs: Required value: must be given unless `wwids` is, and not both [XX436]
            fc.lun: Invalid value: 256: must be between 0 and 255, inclusive [XX436]
            fc.targetWWNs: Invalid value: must be given unless `wwids` is, and not both [XX436]
            fc.lun: Required value: must be given where `targetWWNs` is [XX436]
            flocker: Required value: must have `datasetName` or `datasetUUID` [XX436]
            flocker: Invalid value: may not have both `datasetName` and `datasetUUID` [XX436]
            flocker.datasetName: Invalid value: "a/b": must not contain '/' [XX436]
            flexVolume.driver: Required value: must be given [XX436]
            flexVolume.options[a.k8s.io/x]: Invalid value: belongs to Kubernetes [XX436]
            iscsi.initiatorName: Invalid value: "iqn.1": must have the form 'iqn.2001-04.com.example:disk', 'eui.' or 'naa.' [XX436]
            iscsi.iqn: Invalid value: "x": must start with 'iqn', 'eui' or 'naa' [XX436]
            iscsi.lun: Invalid value: -1: must be between 0 and 255, inclusive [XX436]
            iscsi.secretRef: Required value: must be given for CHAP [XX436]
            iscsi.targetPortal: Required value: must be given [XX436]
        "#]].assert_eq(&faults(&[
            json!({"fc": {}}),
            json!({"fc": {"targetWWNs": ["a"], "wwids": ["b"], "lun": 256}}),
            json!({"fc": {"targetWWNs": ["a"]}}),
            json!({"flocker": {}}),
            json!({"flocker": {"datasetName": "a/b", "datasetUUID": "c"}}),
            json!({"flexVolume": {"driver": "", "options": {"a.k8s.io/x": "", "mine/x": ""}}}),
            json!({"iscsi": {"targetPortal": "", "iqn": "x", "lun": -1, "chapAuthSession": true, "initiatorName": "iqn.1"}}),
        ]));
    }
}
