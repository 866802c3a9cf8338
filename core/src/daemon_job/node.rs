//! Node: the little of a Kubernetes Node that decides whether it gets a Job, and whether the Job's pod can start there.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node as WireNode, Taint};

/// The nodes of the cluster, by name.
pub type Nodes = BTreeMap<String, Arc<Node>>;

/// What is kept of a Node. A heartbeat, an image that was pulled or a volume that was attached changes nothing here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its taints, without the times at which they were added.
    pub taints: Vec<Taint>,
    /// Whether it is cordoned (`kubectl cordon`).
    pub is_cordoned: bool,
    /// Whether its kubelet says that it is ready.
    pub is_ready: bool,
}

impl From<&WireNode> for Node {
    fn from(node: &WireNode) -> Self {
        let spec = node.spec.as_ref();
        let taints = spec.and_then(|spec| spec.taints.as_deref()).unwrap_or_default();
        let conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
        Self {
            labels: node.metadata.labels.clone().unwrap_or_default(),
            taints: taints.iter().map(timeless).collect(),
            is_cordoned: spec.and_then(|spec| spec.unschedulable).unwrap_or_default(),
            is_ready: conditions
                .into_iter()
                .any(|condition| condition.type_ == "Ready" && condition.status == "True"),
        }
    }
}

fn timeless(taint: &Taint) -> Taint {
    Taint {
        time_added: None,
        ..taint.clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Node;

    fn node(object: &Value) -> Node {
        Node::from(&serde_json::from_value(object.clone()).unwrap())
    }

    #[test]
    fn a_heartbeat_changes_nothing_and_readiness_and_taints_do() {
        let mut object = json!({
            "metadata": {"name": "a", "labels": {"zone": "x"}, "resourceVersion": "1"},
            "spec": {"unschedulable": true, "taints": [{"key": "k", "effect": "NoExecute", "timeAdded": "2026-01-01T00:00:00Z"}]},
            "status": {
                "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": "2026-01-01T00:00:00Z"}],
                "images": [{"names": ["busybox"]}],
            },
        });
        let first = node(&object);
        assert!(first.is_ready && first.is_cordoned);
        object["metadata"]["resourceVersion"] = json!("2");
        object["spec"]["taints"][0]["timeAdded"] = json!("2026-01-01T00:05:00Z");
        object["status"]["conditions"][0]["lastHeartbeatTime"] = json!("2026-01-01T00:05:00Z");
        object["status"]["images"] = json!([]);
        assert_eq!(node(&object), first);
        object["status"]["conditions"][0]["status"] = json!("Unknown");
        assert!(!node(&object).is_ready);
        object["spec"]["taints"][0]["effect"] = json!("NoSchedule");
        assert_ne!(node(&object), first);
    }

    #[test]
    fn a_node_without_conditions_is_not_ready_and_one_without_a_spec_not_cordoned() {
        let bare = node(&json!({"metadata": {"name": "a"}}));
        assert_eq!(bare, Node::default());
    }
}
