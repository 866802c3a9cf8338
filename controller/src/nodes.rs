//! What is known of the nodes, trimmed to what decisions rest on.

use std::mem;
use std::sync::{Arc, Mutex};

use jobflow_core::daemon_job::{Node, Nodes};
use k8s_openapi::api::core::v1::Node as WireNode;
use kube::runtime::watcher::Event;

use crate::sync::lock;

/// The nodes of the cluster.
#[derive(Debug, Default)]
pub(crate) struct NodeCache(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    /// Lent to plans as it is; the next change makes a new one if a plan still has it.
    nodes: Arc<Nodes>,
    /// What a listing under way has brought. Until it is complete, nothing is known to be gone.
    listed: Nodes,
    synced: bool,
}

impl NodeCache {
    /// The nodes as they are known now.
    pub fn all(&self) -> Arc<Nodes> {
        Arc::clone(&lock(&self.0).nodes)
    }

    /// Whether all nodes have been listed once.
    pub fn is_synced(&self) -> bool {
        lock(&self.0).synced
    }

    /// Follows the watch. True when something changed that a decision depends on: a heartbeat does not.
    pub fn apply(&self, event: Event<WireNode>) -> bool {
        let mut held = lock(&self.0);
        match event {
            Event::Init => {
                held.listed.clear();
                false
            }
            Event::InitApply(node) => {
                held.listed.insert(name(&node), Arc::new(Node::from(&node)));
                false
            }
            Event::InitDone => {
                held.synced = true;
                let listed = mem::take(&mut held.listed);
                let changed = *held.nodes != listed;
                held.nodes = Arc::new(listed);
                changed
            }
            Event::Apply(node) => held.put(name(&node), Node::from(&node)),
            Event::Delete(node) => Arc::make_mut(&mut held.nodes).remove(&name(&node)).is_some(),
        }
    }
}

impl Held {
    fn put(&mut self, name: String, node: Node) -> bool {
        if self.nodes.get(&name).is_some_and(|known| **known == node) {
            return false;
        }
        Arc::make_mut(&mut self.nodes).insert(name, Arc::new(node));
        true
    }
}

fn name(node: &WireNode) -> String {
    node.metadata.name.clone().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn node(name: &str, ready: &str, heartbeat: &str) -> WireNode {
        let condition = json!({"type": "Ready", "status": ready, "lastHeartbeatTime": heartbeat});
        serde_json::from_value(json!({"metadata": {"name": name}, "status": {"conditions": [condition]}})).unwrap()
    }

    fn ready(name: &str) -> WireNode {
        node(name, "True", "2026-01-01T00:00:00Z")
    }

    fn names(cache: &NodeCache) -> Vec<String> {
        cache.all().keys().cloned().collect()
    }

    #[test]
    fn only_what_decisions_rest_on_is_a_change() {
        let cache = NodeCache::default();
        assert!(cache.apply(Event::Apply(ready("a"))));
        assert!(!cache.apply(Event::Apply(node("a", "True", "2026-01-01T00:05:00Z"))));
        assert!(cache.apply(Event::Apply(node("a", "Unknown", "2026-01-01T00:05:00Z"))));
        let lent = cache.all();
        assert!(cache.apply(Event::Delete(ready("a"))));
        assert!(!cache.apply(Event::Delete(ready("a"))));
        assert_eq!(
            (lent.len(), cache.all().len()),
            (1, 0),
            "a plan keeps what it began with"
        );
    }

    #[test]
    fn nothing_is_gone_before_a_new_listing_is_complete() {
        let cache = NodeCache::default();
        for event in [Event::Init, Event::InitApply(ready("a")), Event::InitApply(ready("b"))] {
            assert!(!cache.apply(event));
        }
        assert!(!cache.is_synced());
        assert!(cache.apply(Event::InitDone));
        assert!(cache.is_synced());
        assert!(!cache.apply(Event::Init));
        assert!(!cache.apply(Event::InitApply(ready("b"))));
        assert_eq!(names(&cache), ["a", "b"]);
        assert!(cache.apply(Event::InitDone));
        assert_eq!(names(&cache), ["b"]);
        cache.apply(Event::Init);
        cache.apply(Event::InitApply(ready("b")));
        assert!(!cache.apply(Event::InitDone), "listed again, unchanged");
    }
}
