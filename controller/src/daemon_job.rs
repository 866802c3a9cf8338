//! DaemonJob as a front end of the controller.

use std::sync::Arc;

use crds::{DaemonJob, DaemonJobStatus, JobFlowState};
use jobflow_core::daemon_job::{self, Nodes, ValidDaemonJob};
use jobflow_core::diagnostic::Report;
use jobflow_core::engine::{Observed, Plan};
use jobflow_core::examine::Examined;
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use crate::caches::Caches;
use crate::front_end::FrontEnd;
use crate::key::Key;
use crate::models::Models;
use crate::objects::Objects;
use crate::shared::Shared;

impl FrontEnd for DaemonJob {
    type Model = ValidDaemonJob;
    type References = Arc<Nodes>;

    fn examine(object: &Value) -> Examined<ValidDaemonJob> {
        daemon_job::examine(object)
    }

    fn invalid_status(&self, report: &Report, now: Timestamp) -> DaemonJobStatus {
        daemon_job::invalid_status(self, report, now)
    }

    fn references(&self, caches: &Caches, _model: &ValidDaemonJob) -> Arc<Nodes> {
        caches.nodes.all()
    }

    fn plan(
        &self,
        model: &ValidDaemonJob,
        nodes: &Arc<Nodes>,
        observed: &Observed,
        now: Timestamp,
    ) -> Plan<DaemonJobStatus> {
        daemon_job::plan(self, model, nodes, observed, now)
    }

    fn is_finished(&self) -> bool {
        let state = self.status.as_ref().and_then(|status| status.state);
        matches!(state, Some(JobFlowState::Succeed | JobFlowState::Failed))
    }

    fn objects(caches: &Caches) -> &Objects<Self> {
        &caches.daemon_jobs
    }

    fn models(caches: &Caches) -> &Models<ValidDaemonJob> {
        &caches.daemon_job_models
    }
}

/// A node has changed: every DaemonJob that is under way may have a Job to make or to give up, or something else to say.
pub(crate) fn nodes_changed(shared: &Shared) {
    let is_under_way = |object: &DaemonJob| object.metadata.deletion_timestamp.is_none() && !object.is_finished();
    for stored in shared.caches.daemon_jobs.select(is_under_way) {
        shared.queue.wake(Key::of(&stored.object));
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use k8s_openapi::api::core::v1::Node;
    use kube::runtime::watcher::Event;
    use serde_json::json;

    use crate::queue::Queue;
    use crate::shared::testing::shared;

    #[tokio::test]
    async fn a_change_of_a_node_wakes_what_is_under_way_and_a_heartbeat_nothing() {
        let mut shared = shared();
        let (queue, mut requests) = Queue::new();
        queue.open();
        shared.queue = queue;
        for (name, state) in [
            ("new", ""),
            ("runs", "Running"),
            ("done", "Succeed"),
            ("failed", "Failed"),
        ] {
            let mut object = json!({"metadata": {"namespace": "n", "name": name, "uid": name}, "spec": {}});
            if !state.is_empty() {
                object["status"] = json!({"state": state});
            }
            shared.caches.daemon_jobs.put(serde_json::from_value(object).unwrap());
        }
        let node = |heartbeat: &str| -> Node {
            let condition = json!({"type": "Ready", "status": "True", "lastHeartbeatTime": heartbeat});
            serde_json::from_value(json!({"metadata": {"name": "a"}, "status": {"conditions": [condition]}})).unwrap()
        };
        crate::watches::apply_node(&shared, Event::Apply(node("2026-01-01T00:00:00Z")));
        crate::watches::apply_node(&shared, Event::Apply(node("2026-01-01T00:05:00Z")));
        drop(shared);
        let mut woken = Vec::new();
        while let Some(request) = requests.next().await {
            woken.push(request.message.name);
        }
        woken.sort_unstable();
        assert_eq!(woken, ["new", "runs"]);
    }
}
