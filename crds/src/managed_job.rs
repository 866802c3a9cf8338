//! ManagedJob: groups of Jobs, ordered by where they stand, with parameters that are merged downwards.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::managed_params::ManagedParams;
use crate::null::or_default;

/// Groups of Jobs. A group waits for the groups before it, and a Job for the Jobs before it in its group, unless they
/// are parallel.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[kube(
    group = "jobsmanager.raczylo.com",
    version = "v1beta1",
    kind = "ManagedJob",
    plural = "managedjobs",
    shortname = "mj",
    category = "jobgraphs",
    namespaced,
    derive = "Default",
    derive = "PartialEq",
    status = "ManagedJobStatus",
    doc = "ManagedJob is groups of Jobs that run in the order in which they stand, with parameters that are merged downwards.",
    printcolumn(json_path = ".status.state", name = "STATUS", type_ = "string"),
    printcolumn(json_path = ".status.progress", name = "PROGRESS", type_ = "string"),
    printcolumn(json_path = ".metadata.creationTimestamp", name = "AGE", type_ = "date"),
    printcolumn(json_path = ".status.message", name = "MESSAGE", type_ = "string", priority = 1)
)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("required" = ["groups"]))]
pub struct ManagedJobSpec {
    /// How often the pod of a Job is tried again before the Job fails: 0 to 100. 1, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("minimum" = 0, "maximum" = 100))]
    pub retries: Option<i32>,
    /// Parameters of every Job. Those of its group, and its own, are merged into them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub params: Option<ManagedParams>,
    /// The groups, at least one, with unique names.
    // Atomic, since the spec cannot change: managed fields with an entry for each field of each job would take as much of
    // etcd as the jobs themselves.
    #[serde(deserialize_with = "or_default")]
    #[schemars(extend(
        "minItems" = 1,
        "maxItems" = crate::FLOWS_MAX,
        "x-kubernetes-list-type" = "atomic",
    ))]
    pub groups: Vec<ManagedGroup>,
    /// Ignored. It is accepted because exported manifests carry it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// A group of Jobs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("required" = ["name", "jobs"]))]
pub struct ManagedGroup {
    /// The group's name, a DNS label, unique among the groups.
    #[serde(deserialize_with = "or_default")]
    #[schemars(extend(
        "minLength" = 1,
        "maxLength" = crate::MANAGED_NAME_BYTES_MAX,
        "pattern" = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    ))]
    pub name: String,
    /// Do not wait for the groups that stand before this one. It says nothing about the Jobs of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallel: Option<bool>,
    /// Parameters of every Job of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub params: Option<ManagedParams>,
    /// The Jobs, at least one, with names that are unique in the group.
    #[serde(deserialize_with = "or_default")]
    #[schemars(extend(
        "minItems" = 1,
        "maxItems" = crate::FLOWS_MAX,
        "x-kubernetes-list-type" = "atomic",
    ))]
    pub jobs: Vec<ManagedJobDefinition>,
    /// Groups that must have succeeded too before this one starts.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    #[schemars(extend("maxItems" = crate::DEPENDENCIES_MAX))]
    pub dependencies: Vec<ManagedDependency>,
    /// Ignored. It is accepted because exported manifests carry it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// One Job of a group.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("required" = ["name", "image"]))]
pub struct ManagedJobDefinition {
    /// The Job's short name, a DNS label, unique in its group. The Job is named `<managedjob>-<group>-<name>`.
    #[serde(deserialize_with = "or_default")]
    #[schemars(extend(
        "minLength" = 1,
        "maxLength" = crate::MANAGED_NAME_BYTES_MAX,
        "pattern" = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    ))]
    pub name: String,
    /// The image of the Job's container.
    #[serde(deserialize_with = "or_default")]
    #[schemars(extend("minLength" = 1))]
    pub image: String,
    /// The command, in place of the image's entrypoint.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub command: Vec<String>,
    /// Arguments to the command, or to the image's entrypoint.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub args: Vec<String>,
    /// Do not wait for the Jobs that stand before this one in its group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallel: Option<bool>,
    /// Parameters of this Job alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub params: Option<ManagedParams>,
    /// Jobs that must have succeeded too before this one starts.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    #[schemars(extend("maxItems" = crate::DEPENDENCIES_MAX))]
    pub dependencies: Vec<ManagedDependency>,
    /// The parameters of the spec, the group and the Job, merged. Computed at admission; what a manifest says here
    /// is replaced.
    // As JSON, since nobody reads it: it is merged again where a Job is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ManagedParams>")]
    pub compiled_params: Option<Value>,
    /// Ignored. It is accepted because exported manifests carry it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// Something that must have succeeded first.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("required" = ["name"]))]
pub struct ManagedDependency {
    /// A group's name; or, for a Job, the short name of a Job in the same group, or the full name of any Job.
    #[serde(deserialize_with = "or_default")]
    #[schemars(extend("minLength" = 1))]
    pub name: String,
    /// Ignored. It is accepted because exported manifests carry it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// What became of a ManagedJob.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ManagedJobStatus {
    /// The generation of the spec that this status speaks of; -1 until the controller has seen it.
    pub observed_generation: i64,
    /// One word for the whole: what the STATUS column shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<ManagedState>,
    /// One sentence about what is going on or what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When it began to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Time>,
    /// When the last Job ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_time: Option<Time>,
    /// Succeeded Jobs of all Jobs, such as `3/6`: what the PROGRESS column shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
    /// Number of Jobs.
    pub total: i32,
    /// Jobs that wait.
    pub pending: i32,
    /// Jobs that run.
    pub running: i32,
    /// Jobs that succeeded.
    pub succeeded: i32,
    /// Jobs that failed.
    pub failed: i32,
    /// Jobs that will never run.
    pub aborted: i32,
    /// One row a group, in the order of the spec.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<ManagedGroupRow>,
    /// Complete, Failed, Reconciling and Stalled.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend(
        "x-kubernetes-list-type" = "map",
        "x-kubernetes-list-map-keys" = ["type"],
    ))]
    pub conditions: Vec<Condition>,
}

/// The state of a ManagedJob, of a group and of a Job. The spelling is the contract of the operator that these
/// manifests come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ManagedState {
    /// Nothing has started.
    #[default]
    Pending,
    /// At least one Job runs or can still run.
    Running,
    /// All succeeded.
    Succeeded,
    /// Nothing runs any more and a Job failed.
    Failed,
    /// It will never run, or not to its end: something that it depends on failed, or the object is deleted.
    Aborted,
}

/// The state of a group.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ManagedGroupRow {
    /// The group's name.
    pub name: String,
    /// Where it stands.
    pub state: ManagedState,
    /// The groups that it depends on, by position or explicitly. Where a list of all of them would be too long for a
    /// status, the nearest ones: those that they depend on themselves are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<String>,
    /// One row a Job, in the order of the spec.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<ManagedJobRow>,
}

/// The state of one Job of a group.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ManagedJobRow {
    /// The Job's short name.
    pub name: String,
    /// The full name of the Job, from the moment that it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// Where it stands.
    pub state: ManagedState,
    /// The full names of the Jobs that it depends on, by position or explicitly, and of groups where a group is named.
    /// Where a list of all of them would be too long for a status, the nearest ones: those that they depend on themselves
    /// are left out. What its group depends on is not repeated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<String>,
    /// When the Job was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Time>,
    /// When the Job ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Time>,
    /// Why it waits, failed or was aborted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
