//! The parameters of a ManagedJob, on each of its three levels.

use std::borrow::Cow;
use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    ConfigMapEnvSource, EnvVar, ResourceRequirements, SecretEnvSource, Volume, VolumeMount,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::null::or_default;

/// Parameters of the Jobs below: those of the spec, of a group and of a Job have the same fields.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ManagedParams {
    /// Environment variables from a ConfigMap or a Secret: all keys, or one.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub from_env: Vec<FromEnv>,
    /// Environment variables. Of two levels with the same name the nearer one wins.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub env: Vec<EnvVar>,
    /// Volumes. Of two levels with the same name the nearer one wins.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub volumes: Vec<Volume>,
    /// Where the volumes are mounted.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub volume_mount: Vec<VolumeMount>,
    /// The service account of the pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,
    /// The restart policy of the pods: `Never` or `OnFailure`. `Never`, when no level sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = crate::RESTART_POLICIES))]
    pub restart_policy: Option<String>,
    /// Secrets to pull the image with, each as a name or as `{name: ...}`.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub image_pull_secrets: Vec<PullSecret>,
    /// When the image is pulled: `Always`, `IfNotPresent` or `Never`, as text or as a list of one text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_pull_policy: Option<PullPolicy>,
    /// Labels of the Jobs and pods. Of two levels with the same key the nearer one wins.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
    /// Annotations of the Jobs and pods. Of two levels with the same key the nearer one wins.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub annotations: BTreeMap<String, String>,
    /// Resources of the container. The nearest level that sets them counts, as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<ResourceRequirements>,
}

/// Environment variables from a ConfigMap or a Secret.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct FromEnv {
    /// The ConfigMap. Exactly one of configMapRef and secretRef must be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_map_ref: Option<ConfigMapEnvSource>,
    /// The Secret. Exactly one of configMapRef and secretRef must be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretEnvSource>,
    /// The one key to take, as a variable of this name. All keys, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What the names of the variables begin with, before the keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
}

/// A secret to pull an image with, in either documented form.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum PullSecret {
    /// Its name alone.
    Name(String),
    /// As Kubernetes writes it: `{name: ...}`.
    Reference(SecretReference),
    /// Anything else, which `jobflow-core` refuses. The schema cannot: a node of two types has none.
    Other(Value),
}

/// `{name: ...}`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SecretReference {
    /// The name of the Secret.
    pub name: String,
}

impl PullSecret {
    /// The name of the Secret; `None` where it is in neither form.
    pub fn name(&self) -> Option<&str> {
        match self {
            PullSecret::Name(name) | PullSecret::Reference(SecretReference { name }) => Some(name),
            PullSecret::Other(_) => None,
        }
    }
}

/// A pull policy, in either documented form.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum PullPolicy {
    /// As Kubernetes writes it.
    One(String),
    /// A list, of which exactly one entry is allowed.
    List(Vec<String>),
    /// Anything else, which `jobflow-core` refuses.
    Other(Value),
}

impl PullPolicy {
    /// The policy; `None` where it is in neither form.
    pub fn value(&self) -> Option<&str> {
        match self {
            PullPolicy::One(policy) => Some(policy),
            PullPolicy::List(policies) => match policies.as_slice() {
                [policy] => Some(policy),
                _ => None,
            },
            PullPolicy::Other(_) => None,
        }
    }
}

/// Text or `{name: ...}`. A structural schema has no union of types, so the node has no type, and the rules of each
/// type bind only values of that type.
impl JsonSchema for PullSecret {
    fn schema_name() -> Cow<'static, str> {
        "PullSecret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "x-kubernetes-preserve-unknown-fields": true, "minLength": 1, "minProperties": 1, "maxProperties": 1,
        })
    }
}

/// Every value that there is, in both forms: so the API server refuses all others, without a type.
impl JsonSchema for PullPolicy {
    fn schema_name() -> Cow<'static, str> {
        "PullPolicy".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let texts = crate::PULL_POLICIES.map(Value::from);
        let lists = crate::PULL_POLICIES.map(|policy| json!([policy]));
        let values: Vec<Value> = texts.into_iter().chain(lists).collect();
        json_schema!({"x-kubernetes-preserve-unknown-fields": true, "enum": values})
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::ManagedParams;

    fn params(json: Value) -> ManagedParams {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn pull_secrets_are_names_or_references() {
        let params = params(json!({"imagePullSecrets": ["a", {"name": "b"}, {"nam": "c"}, 5, null]}));
        let names: Vec<Option<&str>> = params.image_pull_secrets.iter().map(|secret| secret.name()).collect();
        assert_eq!(names, [Some("a"), Some("b"), None, None, None]);
    }

    #[test]
    fn a_pull_policy_is_a_text_or_a_list_of_one() {
        let policy = |json: Value| {
            let params = params(json!({"imagePullPolicy": json}));
            params
                .image_pull_policy
                .and_then(|policy| policy.value().map(str::to_owned))
        };
        assert_eq!(policy(json!("Always")).as_deref(), Some("Always"));
        assert_eq!(policy(json!(["Never"])).as_deref(), Some("Never"));
        for bad in [
            json!([]),
            json!(["Always", "Never"]),
            json!(5),
            json!({"a": 1}),
            json!([1]),
        ] {
            assert_eq!(policy(bad), None);
        }
    }
}
