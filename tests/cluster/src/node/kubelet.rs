//! The kubelet and its settings.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde_json::json;

use super::runtime::SOCKET;
use super::{Holder, Place, text};
use crate::files;
use crate::kubeconfig::kubeconfig;
use crate::pki::Authority;
use crate::programs::NodePrograms;

/// Writes how the kubelet is known to the API server, and its settings.
pub(crate) fn write_kubelet_files(place: &Place, authority: &Authority, server: &str, cgroups: &str) -> Result<()> {
    let (state, user) = (place.state(), format!("system:node:{}", place.name()));
    files::make_folder(&place.join("pki"))?;
    let certificate = authority.client(&user, Some("system:nodes"))?;
    let config = kubeconfig(server, &authority.pem(), &user, &certificate);
    files::write_whole(
        &place.join("pki/kubelet.kubeconfig"),
        &serde_json::to_vec_pretty(&config)?,
    )?;
    let settings = settings(&state.join("pki").join("ca.crt"), &place.join("pod-logs"), cgroups)?;
    files::write_whole(&place.join("kubelet.json"), settings.as_bytes())
}

fn settings(authority: &Path, pod_logs: &Path, cgroups: &str) -> Result<String> {
    let settings = json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {"anonymous": {"enabled": false}, "x509": {"clientCAFile": text(authority)?}},
        "authorization": {"mode": "Webhook"},
        "containerRuntimeEndpoint": format!("unix://{SOCKET}"),
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": cgroups,
        "podLogsDir": text(pod_logs)?,
        // Machines with the old cgroups, with swap, and with file systems that cannot count are good enough here.
        "failCgroupV1": false,
        "failSwapOn": false,
        "localStorageCapacityIsolation": false,
        // A developer's disk is often almost full.
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        // Nobody resolves names here, and a file of this machine would lead nowhere.
        "resolvConf": "",
        // Seen sooner than after the usual minute.
        "syncFrequency": "10s",
        "maxPods": 200,
        "registerNode": true,
        "serializeImagePulls": false,
        "shutdownGracePeriod": "0s",
    });
    Ok(settings.to_string())
}

/// The command of the kubelet.
pub(crate) fn kubelet(holder: Holder, programs: &NodePrograms, place: &Place, address: Ipv4Addr) -> Command {
    let mut command = holder.inside(&programs.kubelet);
    command
        .arg("--config")
        .arg(place.join("kubelet.json"))
        .arg("--kubeconfig")
        .arg(place.join("pki/kubelet.kubeconfig"))
        .arg(format!("--hostname-override={}", place.name()))
        .arg(format!("--node-ip={address}"))
        .arg("--root-dir")
        .arg(place.join("kubelet"))
        .arg("--cert-dir")
        .arg(place.join("pki/kubelet"));
    command
}
