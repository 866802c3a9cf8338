//! SequentialJob: containers that run one after the other, each as a Job of its own.

use k8s_openapi::api::core::v1::{Container, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::null::or_default;

/// Containers that run one after the other, each in a Job of its own, with what their pods share.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[kube(
    group = "batch.example.com",
    version = "v1alpha1",
    kind = "SequentialJob",
    plural = "sequentialjobs",
    shortname = "sj",
    category = "jobgraphs",
    namespaced,
    derive = "Default",
    derive = "PartialEq",
    status = "SequentialJobStatus",
    doc = "SequentialJob is a list of containers that run one after the other, each as one native Job; the first failure stops it.",
    printcolumn(json_path = ".status.phase", name = "STATUS", type_ = "string"),
    printcolumn(json_path = ".metadata.creationTimestamp", name = "AGE", type_ = "date"),
    printcolumn(json_path = ".status.message", name = "MESSAGE", type_ = "string", priority = 1)
)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("required" = ["containers"], "x-kubernetes-validations" = crate::cel::sequential_job()))]
pub struct SequentialJobSpec {
    /// The native containers, at least one, with unique names. The Job of each is named `<sequentialjob>-<index>`.
    #[serde(deserialize_with = "or_default")]
    #[schemars(extend(
        "minItems" = 1,
        "x-kubernetes-list-type" = "map",
        "x-kubernetes-list-map-keys" = ["name"],
    ))]
    pub containers: Vec<Container>,
    /// The pod template that all of them share, without containers: labels, volumes, init containers and the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<PodTemplateSpec>,
    /// How often the pod of one container is tried again before its Job fails. 0, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff_limit: Option<i32>,
    /// Stops the whole: no Job starts, and the running one is suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// How many seconds the whole may take before it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_deadline_seconds: Option<i64>,
    /// How many seconds after its end the whole is deleted, with its Jobs and pods. Never, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl_seconds_after_finished: Option<i32>,
}

/// What became of a SequentialJob.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SequentialJobStatus {
    /// The generation of the spec that this status speaks of; -1 until the controller has seen it.
    pub observed_generation: i64,
    /// One word for the whole: what the STATUS column shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// One sentence about what is going on or what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// How many Jobs are in which state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<ExecutionState>,
    /// How far it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<JobProgress>,
    /// When the controller began to run it, or resumed it after a suspension. The time of activeDeadlineSeconds counts
    /// from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Time>,
    /// When it ended, well or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_time: Option<Time>,
    /// Available, Progressing and Failed; beside them Suspended, Reconciling and Stalled, each only while it is true.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend(
        "x-kubernetes-list-type" = "map",
        "x-kubernetes-list-map-keys" = ["type"],
    ))]
    pub conditions: Vec<Condition>,
}

/// How many Jobs of a SequentialJob are in which state.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ExecutionState {
    /// Jobs that have not ended.
    pub active: i32,
    /// Complete Jobs.
    pub succeeded: i32,
    /// Failed Jobs.
    pub failed: i32,
}

/// How far a SequentialJob is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct JobProgress {
    /// The index of the container that runs; the number of containers at the end.
    pub current_index: i32,
    /// When the Job of that container was made; absent until the Job was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_start_time: Option<Time>,
    /// The indexes of the containers whose Job is Complete.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub completed_indices: Vec<i32>,
    /// The index of the container whose Job failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_index: Option<i32>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
}
