//! DaemonJob: one Job a node.

use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::CustomResource;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{GlobalParams, JobFlowState};

/// One Job a node: the Job spec stands directly under spec, beside what says which nodes get one.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[kube(
    group = "api.practice.com",
    version = "v1alpha1",
    kind = "DaemonJob",
    plural = "daemonjobs",
    shortname = "dj",
    category = "jobgraphs",
    namespaced,
    derive = "Default",
    derive = "PartialEq",
    status = "DaemonJobStatus",
    doc = "DaemonJob is one native Job a node: on each node that its pods could run on, the same Job.",
    printcolumn(json_path = ".status.state", name = "STATUS", type_ = "string"),
    printcolumn(json_path = ".status.done", name = "DONE", type_ = "string"),
    printcolumn(json_path = ".metadata.creationTimestamp", name = "AGE", type_ = "date"),
    printcolumn(json_path = ".status.message", name = "MESSAGE", type_ = "string", priority = 1)
)]
#[serde(rename_all = "camelCase", default)]
#[schemars(
    transform = describe_what_speaks_of_the_whole,
    extend("x-kubernetes-validations" = crate::cel::daemon_job()),
)]
pub struct DaemonJobSpec {
    /// Parameters that every Job and pod of this DaemonJob gets. nodeName has no place here: there is one Job a node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub global_params: Option<GlobalParams>,
    /// Names of nodes that get no Job, separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude_node_list: Option<String>,
    /// How many nodes have a running Job at once: a number, or a percentage of the nodes such as 10%, rounded up. All, when
    /// absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_parallelism: Option<IntOrString>,
    /// Which nodes count: `Snapshot` (those that are there when it starts; the default) or `Continuous` (also those that
    /// join later; it never finishes).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = crate::NODE_POLICIES))]
    pub node_policy: Option<String>,
    /// What a failed node means for the others: `Continue` (the default), `FailFast` (nothing new starts) or `Terminate`
    /// (running Jobs are stopped too).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = crate::FAILURE_POLICIES))]
    pub failure_policy: Option<String>,
    /// Stops the whole DaemonJob: no Job starts, and running ones are suspended.
    // This and the next field are taken before the flattened Job spec sees them: they are not the Jobs' own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// How many seconds after its end the whole DaemonJob is deleted, with its Jobs and pods. Never, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl_seconds_after_finished: Option<i32>,
    /// The rest of the native Job spec: what each node's Job looks like.
    #[serde(flatten)]
    pub job: JobSpec,
}

/// Flattening puts the descriptions of the Job spec in place of ours where both have a field of one name; and one of
/// them names another default than ours.
fn describe_what_speaks_of_the_whole(schema: &mut Schema) {
    let ours = [
        (
            "backoffLimit",
            "How often the pod of a node is tried again before its Job fails. 0, when absent.",
        ),
        (
            "suspend",
            "Stops the whole DaemonJob: no Job starts, and running ones are suspended.",
        ),
        (
            "ttlSecondsAfterFinished",
            "How many seconds after its end the whole DaemonJob is deleted, with its Jobs and pods. Never, when absent.",
        ),
    ];
    for (field, description) in ours {
        if let Some(Value::Object(field)) = schema.pointer_mut(&format!("/properties/{field}")) {
            field.insert("description".to_owned(), description.into());
        }
    }
}

/// What became of a DaemonJob.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DaemonJobStatus {
    /// The generation of the spec that this status speaks of; -1 until the controller has seen it.
    pub observed_generation: i64,
    /// One word for the whole: what the STATUS column shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<JobFlowState>,
    /// One sentence about what is going on or what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Succeeded nodes of all nodes, such as 3/5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done: Option<String>,
    /// When the controller took its nodes, resumed it after a suspension, or tried it again after its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Time>,
    /// When the last Job ended. A Continuous one never finishes, and has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_time: Option<Time>,
    /// The last value of the annotation api.practice.com/retry that was acted on; a long one is shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_handled_retry: Option<String>,
    /// How many nodes have, had or get a Job: the number of rows.
    pub desired: i32,
    /// How many have a Job that has not ended.
    pub active: i32,
    /// How many have a Complete Job.
    pub succeeded: i32,
    /// How many have a Failed Job, or one that was stopped.
    pub failed: i32,
    /// How many will not have one any more: the node left before its Job ended, or the failure policy ended the whole.
    pub skipped: i32,
    /// One row a node, by name. Snapshot: the nodes that were eligible when it started. Continuous: those that are there,
    /// and the last that left before their Job ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<NodeRow>,
    /// Complete, Failed, Suspended, Reconciling and Stalled, each only while it is true; a Continuous one that has served
    /// every node has none of them. `ExcludedNodesNotFound`, while excludeNodeList names what is no node.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend(
        "x-kubernetes-list-type" = "map",
        "x-kubernetes-list-map-keys" = ["type"],
    ))]
    pub conditions: Vec<Condition>,
}

/// What became of the Job of one node, compact enough for 5,000 of them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeRow {
    /// The node's name.
    pub name: String,
    /// The name of its Job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// Where it stands.
    pub state: crate::FlowState,
    /// When its Job was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Time>,
    /// When its Job ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Time>,
    /// Why it waits, failed or was skipped: `NodeGone` where the node left before its Job ended; `NodeNotReady`, `NodeCordoned`
    /// or `NodeUnfit` where the node takes no new pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The uid of its Job of an earlier try, while it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_uid: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::DaemonJobSpec;

    #[test]
    fn the_job_spec_is_inlined_but_for_what_speaks_of_the_whole() {
        let manifest = json!({
            "excludeNodeList": "a,b", "nodeParallelism": "10%", "suspend": true, "ttlSecondsAfterFinished": 60,
            "backoffLimit": 2, "activeDeadlineSeconds": 5, "template": {"spec": {"containers": [{"name": "main", "image": "busybox"}]}},
        });
        let spec: DaemonJobSpec = serde_json::from_value(manifest.clone()).unwrap();
        assert_eq!((spec.suspend, spec.job.suspend), (Some(true), None));
        assert_eq!(
            (spec.ttl_seconds_after_finished, spec.job.ttl_seconds_after_finished),
            (Some(60), None)
        );
        assert_eq!(
            (spec.job.backoff_limit, spec.job.active_deadline_seconds),
            (Some(2), Some(5))
        );
        assert_eq!(serde_json::to_value(&spec).unwrap(), manifest);
    }

    #[test]
    fn null_counts_as_absent_everywhere() {
        let spec: DaemonJobSpec =
            serde_json::from_value(json!({"suspend": null, "template": null, "backoffLimit": null})).unwrap();
        assert_eq!(spec, DaemonJobSpec::default());
    }
}
