//! Node objects, which KWOK then plays the kubelet of.

use serde_json::{Value, json};

/// Nodes in one kubectl call; more are sent by several at once, since each limits its own rate.
pub(crate) const NODES_PER_CALL: usize = 250;

/// The name of a node by its number, counted from 1.
pub(crate) fn name(number: usize) -> String {
    format!("node-{number}")
}

/// A manifest with these nodes: three zones, eight cores, no taints.
pub(crate) fn manifest(numbers: impl IntoIterator<Item = usize>) -> String {
    let items: Vec<Value> = numbers.into_iter().map(node).collect();
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

fn node(number: usize) -> Value {
    let name = name(number);
    let zone = ["a", "b", "c"].get(number % 3).copied().unwrap_or("a");
    let resources = json!({"cpu": "8", "memory": "32Gi", "ephemeral-storage": "100Gi", "pods": "250"});
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": "kwok",
                "topology.kubernetes.io/region": "loopback",
                "topology.kubernetes.io/zone": format!("loopback-{zone}"),
            },
        },
        "status": {
            "capacity": resources,
            "allocatable": resources,
            "addresses": [{"type": "Hostname", "address": name}],
            "nodeInfo": {
                "architecture": "amd64", "operatingSystem": "linux", "kubeletVersion": "v1.36.3", "osImage": "KWOK",
                "containerRuntimeVersion": "kwok://0.8.0", "kernelVersion": "", "kubeProxyVersion": "",
                "bootID": "", "machineID": "", "systemUUID": "",
            },
        },
    })
}
