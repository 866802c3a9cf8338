//! JobTemplate: a Job spec that flows refer to by name.

use k8s_openapi::api::batch::v1::JobSpec;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A native Job spec under a name, to be used by the flows of JobFlows in the same namespace.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[kube(
    group = "api.practice.com",
    version = "v1alpha1",
    kind = "JobTemplate",
    plural = "jobtemplates",
    shortname = "jt",
    category = "jobgraphs",
    namespaced,
    derive = "Default",
    derive = "PartialEq",
    status = "JobTemplateStatus",
    doc = "JobTemplate is a native Job spec under a name, used by the flows of JobFlows in the same namespace.",
    printcolumn(json_path = ".status.used", name = "USED", type_ = "integer"),
    printcolumn(json_path = ".metadata.creationTimestamp", name = "AGE", type_ = "date")
)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("required" = ["jobTemplate"]))]
pub struct JobTemplateSpec {
    /// The native Job spec, all fields. Pods run with restartPolicy Never; backoffLimit is 0 when absent.
    #[serde(deserialize_with = "crate::null::or_default")]
    pub job_template: JobSpec,
}

/// What became of a JobTemplate.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct JobTemplateStatus {
    /// The generation of the spec that this status speaks of; -1 until the controller has seen it.
    pub observed_generation: i64,
    /// How many Jobs have been made from this template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<i64>,
    /// The newest Jobs made from this template, at most 50.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependency_list: Vec<JobReference>,
}

/// A Job made from a template.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct JobReference {
    /// The JobFlow that the Job belongs to.
    pub job_flow: String,
    /// The Job's name.
    pub job: String,
}
