//! JobFlow: a graph of native Jobs.

use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::{EnvVar, Volume, VolumeMount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::null::or_default;

/// A graph of Jobs: each flow runs as one Job as soon as the flows it depends on are Complete.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[kube(
    group = "api.practice.com",
    version = "v1alpha1",
    kind = "JobFlow",
    plural = "jobflows",
    shortname = "jf",
    category = "jobgraphs",
    namespaced,
    derive = "Default",
    derive = "PartialEq",
    status = "JobFlowStatus",
    doc = "JobFlow is a graph of native Jobs: each flow runs as one Job as soon as the flows it depends on are Complete.",
    printcolumn(json_path = ".status.state", name = "STATUS", type_ = "string"),
    printcolumn(json_path = ".status.progress", name = "PROGRESS", type_ = "string"),
    printcolumn(json_path = ".metadata.creationTimestamp", name = "AGE", type_ = "date"),
    printcolumn(json_path = ".status.message", name = "MESSAGE", type_ = "string", priority = 1)
)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("required" = ["flows"], "x-kubernetes-validations" = crate::cel::job_flow()))]
pub struct JobFlowSpec {
    /// Parameters that every Job and pod of this JobFlow gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub global_params: Option<GlobalParams>,
    /// The nodes of the graph, at least one, with unique names.
    #[serde(deserialize_with = "or_default")]
    #[schemars(extend(
        "minItems" = 1,
        "maxItems" = crate::FLOWS_MAX,
        "x-kubernetes-list-type" = "map",
        "x-kubernetes-list-map-keys" = ["name"],
    ))]
    pub flows: Vec<Flow>,
    /// Volumes that flows can share. They are added to the pods of the flows that have shareVolumeMounts.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub share_volumes: Vec<Volume>,
    /// Stops the whole: no Job starts, and running ones are suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// How many Jobs run at once. No bound, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallelism: Option<i32>,
    /// How many seconds the whole may take before it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_deadline_seconds: Option<i64>,
    /// How many seconds after its end the whole is deleted, with its Jobs and pods. Never, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl_seconds_after_finished: Option<i32>,
    /// What a failed flow means for the others: `Continue` (the default; only flows that depend on it are skipped),
    /// `FailFast` (nothing new starts) or `Terminate` (running Jobs are stopped too).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = crate::FAILURE_POLICIES))]
    pub failure_policy: Option<String>,
}

/// Parameters that every Job and pod of a JobFlow gets.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct GlobalParams {
    /// Environment variables for every container and init container. An entry of the same name in the
    /// template wins.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub env: Vec<EnvVar>,
    /// Labels for every Job and pod. The same key in the template wins.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
    /// Annotations for every Job and pod. The same key in the template wins.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub annotations: BTreeMap<String, String>,
    /// The node that all pods run on. It becomes a required node affinity, so taints and resources count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_name: Option<String>,
}

/// One node of the graph.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("required" = ["name"], "x-kubernetes-validations" = crate::cel::flow()))]
pub struct Flow {
    /// The flow's name, a DNS label, unique in the JobFlow. Its Job is named `<jobflow>-<name>`.
    #[serde(deserialize_with = "or_default")]
    #[schemars(extend(
        "minLength" = 1,
        "maxLength" = crate::LABEL_BYTES_MAX,
        "pattern" = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    ))]
    pub name: String,
    /// Names of flows that must be Complete before this one starts.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    #[schemars(extend("maxItems" = crate::DEPENDENCIES_MAX))]
    pub dependencies: Vec<String>,
    /// When it starts: `OnSuccess` (the default) when all its dependencies succeeded, `OnFailure` when all ended and one
    /// failed, `Always` when all ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = crate::CONDITIONS_OF_START))]
    pub when: Option<String>,
    /// The Job, as a native Job spec. Exactly one of jobTemplate and jobTemplateRef must be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    // It is owned as a whole: as field by field, who applied what would be half of the stored object, and each write of the
    // status a third dearer for the API server (docs/adr/0012-atomic-templates-and-lists.md).
    #[schemars(extend("x-kubernetes-map-type" = "atomic"))]
    pub job_template: Option<Box<JobSpec>>,
    /// The Job, by the name of a JobTemplate in the same namespace. It is read when the Job is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("maxLength" = crate::SUBDOMAIN_BYTES_MAX))]
    pub job_template_ref: Option<String>,
    /// Mounts of shared volumes, added to every container and init container of this flow.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub share_volume_mounts: Vec<VolumeMount>,
}

/// What became of a JobFlow.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct JobFlowStatus {
    /// The generation of the spec that this status speaks of; -1 until the controller has seen it.
    pub observed_generation: i64,
    /// One word for the whole: what the STATUS column shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<JobFlowState>,
    /// One sentence about what is going on or what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Succeeded flows of all flows, such as 3/5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
    /// When the controller began to run it, resumed it after a suspension, or tried it again after its end. The time of
    /// activeDeadlineSeconds counts from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Time>,
    /// When the last flow ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_time: Option<Time>,
    /// The last value of the annotation api.practice.com/retry that was acted on; a long one is shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_handled_retry: Option<String>,
    /// How many flows there are.
    pub total: i32,
    /// How many wait for their dependencies or their template.
    pub waiting: i32,
    /// How many have a Job that has not ended.
    pub active: i32,
    /// How many have a Complete Job.
    pub succeeded: i32,
    /// How many have a Failed Job, or one that was stopped.
    pub failed: i32,
    /// How many will never run: a flow they depend on did not succeed, or the whole was stopped, or they handle a
    /// failure and there was none.
    pub skipped: i32,
    /// One row a flow, in the order of the spec.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flows: Vec<FlowRow>,
    /// Complete, Failed, Suspended, Reconciling and Stalled; each only while it is true.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend(
        "x-kubernetes-list-type" = "map",
        "x-kubernetes-list-map-keys" = ["type"],
    ))]
    pub conditions: Vec<Condition>,
}

/// The state of a JobFlow. The spelling is the contract of the operator that these manifests come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum JobFlowState {
    /// Admitted; nothing has started.
    Pending,
    /// At least one flow runs or can still run.
    Running,
    /// Stopped by `suspend`.
    Suspended,
    /// Every flow that had to run succeeded.
    Succeed,
    /// Nothing runs any more and at least one flow failed.
    Failed,
    /// Being deleted, or stopping its running Jobs.
    Terminating,
}

/// The state of one flow, compact enough for 5,000 of them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct FlowRow {
    /// The flow's name.
    pub name: String,
    /// The name of its Job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// Where it stands.
    pub state: FlowState,
    /// When its Job was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Time>,
    /// When its Job ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Time>,
    /// Why it waits, failed or was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The uid of its Job of an earlier try, while it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_uid: Option<String>,
}

/// The state of one flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
pub enum FlowState {
    /// Waits for its dependencies or its template.
    #[default]
    Waiting,
    /// Its Job is made or about to be made, and has not ended.
    Active,
    /// Its Job is Complete.
    Succeeded,
    /// Its Job is Failed, or was stopped.
    Failed,
    /// It will never run, unless what failed is tried again.
    Skipped,
}

impl FlowState {
    /// Whether nothing can change it any more.
    pub fn is_final(self) -> bool {
        matches!(self, FlowState::Succeeded | FlowState::Failed | FlowState::Skipped)
    }
}
