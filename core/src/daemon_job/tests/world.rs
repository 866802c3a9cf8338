//! One DaemonJob in a cluster in memory, with nodes that come and go.

use std::sync::Arc;

use crds::{DaemonJob, DaemonJobStatus, NodeRow};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use crate::daemon_job::{Node, Nodes, ValidDaemonJob, examine, job_name, plan};
use crate::engine::testing::world::{self, Part, in_cluster};
use crate::engine::{JobState, Observed, ObservedJob, Plan};
use crate::testing::{daemon_job, stored};

pub use crate::engine::testing::world::{Age, Until};

pub type World = world::World<Cluster>;

/// The model of the DaemonJob, and the nodes.
pub struct Cluster {
    model: Option<ValidDaemonJob>,
    pub nodes: Nodes,
}

impl Part for Cluster {
    type Kind = DaemonJob;
    type Status = DaemonJobStatus;

    fn meta(object: &DaemonJob) -> &ObjectMeta {
        &object.metadata
    }

    fn parts(object: &mut DaemonJob) -> (&mut ObjectMeta, &mut Option<DaemonJobStatus>) {
        (&mut object.metadata, &mut object.status)
    }

    fn status(object: &DaemonJob) -> Option<&DaemonJobStatus> {
        object.status.as_ref()
    }

    fn read(&mut self, object: &Value) {
        self.model = Some(examine(object).proven().unwrap());
    }

    fn plan(&self, object: &DaemonJob, observed: &Observed, now: Timestamp) -> Plan<DaemonJobStatus> {
        plan(object, self.model.as_ref().unwrap(), &self.nodes, observed, now)
    }

    fn job_of(&self, node: &str) -> String {
        job_name("demo", node, self.model.as_ref().unwrap().job())
    }
}

/// A DaemonJob named `demo` with these members of its spec, as it is stored.
pub fn object(members: &Value) -> Value {
    in_cluster(stored(&daemon_job(members.clone())))
}

/// A node that is ready, with these labels.
pub fn node(labels: &[(&str, &str)]) -> Node {
    let labels = labels
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Node {
        labels: labels.collect(),
        taints: Vec::new(),
        is_cordoned: false,
        is_ready: true,
    }
}

impl World {
    pub fn new(members: &Value, nodes: &[(&str, Node)]) -> Self {
        let nodes = nodes.iter().cloned();
        let nodes = nodes.map(|(name, node)| (name.to_owned(), Arc::new(node))).collect();
        Self::of(&object(members), Cluster { model: None, nodes })
    }

    pub fn row(&self, node: &str) -> Option<NodeRow> {
        self.status().nodes.into_iter().find(|row| row.name == node)
    }

    /// The Jobs that have not ended and are not being deleted.
    pub fn running(&self) -> usize {
        let jobs = self.jobs().values().map(ObservedJob::from);
        jobs.filter(|job| job.state == JobState::Running && !job.deleting)
            .count()
    }

    /// Changes a node, or lets one join.
    pub fn change_node(&mut self, name: &str, change: impl FnOnce(&mut Node)) {
        let known = self.part.nodes.get(name).map(|node| (**node).clone());
        let mut changed = known.unwrap_or_else(|| node(&[]));
        change(&mut changed);
        self.part.nodes.insert(name.to_owned(), Arc::new(changed));
    }
}
