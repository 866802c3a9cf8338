//! From wire types to `CustomResourceDefinition`s that an API server accepts and that stay small.
//!
//! The schema of a type is made by `schemars` and `kube`; this file mends what they leave (ADMISSION.md 2.4):
//! descriptions of embedded Kubernetes types go (a CRD with them is too large for client-side apply), and so do
//! defaults (an admission default inside a list makes GitOps tools report drift).

use kube::CustomResourceExt;
use serde_json::{Map, Value, json};

/// A generated file: its name below `crds/`, and its content.
pub struct GeneratedFile {
    /// Path below the folder of this crate, such as `yaml/jobflows.yaml`.
    pub path: String,
    /// The whole content.
    pub content: String,
}

/// All generated files. Slow (hundreds of milliseconds): for `cargo xtask gen` and its test only.
pub fn files() -> Vec<GeneratedFile> {
    let crds = [
        mended(crd_of::<crate::JobFlow>()),
        mended(crd_of::<crate::JobTemplate>()),
        mended(crd_of::<crate::DaemonJob>()),
        mended(crd_of::<crate::ManagedJob>()),
        mended(without_shared_containers(crd_of::<crate::SequentialJob>())),
    ];
    crds.iter().flat_map(files_of).collect()
}

/// The CRDs as one YAML text of several documents, as `jobflow crds` prints them.
pub const YAML: &str = concat!(
    include_str!("../yaml/jobflows.yaml"),
    "---\n",
    include_str!("../yaml/jobtemplates.yaml"),
    "---\n",
    include_str!("../yaml/daemonjobs.yaml"),
    "---\n",
    include_str!("../yaml/managedjobs.yaml"),
    "---\n",
    include_str!("../yaml/sequentialjobs.yaml"),
);

fn crd_of<K: CustomResourceExt>() -> Value {
    serde_json::to_value(K::crd()).expect("a CustomResourceDefinition has only text keys")
}

fn files_of(crd: &Value) -> Vec<GeneratedFile> {
    let plural = text_at(crd, "/spec/names/plural");
    let yaml = serde_saphyr::to_string(crd).expect("JSON is YAML");
    let schema = crd
        .pointer("/spec/versions/0/schema/openAPIV3Schema")
        .cloned()
        .unwrap_or_default();
    let json = serde_json::to_string(&schema).expect("JSON prints");
    vec![
        GeneratedFile {
            path: format!("yaml/{plural}.yaml"),
            content: yaml,
        },
        GeneratedFile {
            path: format!("schema/{plural}.json"),
            content: json + "\n",
        },
    ]
}

fn text_at<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The containers of a SequentialJob stand beside the template, which is not asked for any.
fn without_shared_containers(mut crd: Value) -> Value {
    let pod = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/template/properties/spec";
    if let Some(Value::Object(pod)) = crd.pointer_mut(pod) {
        // Nothing else of a pod spec is required.
        pod.remove("required");
    }
    crd
}

fn mended(mut crd: Value) -> Value {
    if let Some(schema) = crd.pointer_mut("/spec/versions/0/schema/openAPIV3Schema") {
        mend_node(schema, Owner::Ours);
        if let Some(status) = schema.pointer_mut("/properties/status") {
            set(status, "default", json!({"observedGeneration": -1}));
        }
        if let Some(observed) = schema.pointer_mut("/properties/status/properties/observedGeneration") {
            set(observed, "default", json!(-1));
        }
    }
    crd
}

/// Whose type a schema node belongs to: our descriptions stay, those of Kubernetes' types go.
#[derive(Clone, Copy, PartialEq)]
enum Owner {
    Ours,
    Kubernetes,
}

/// Members of our types whose values are Kubernetes' own types.
pub const EMBEDDED: [&str; 15] = [
    "jobTemplate",
    "shareVolumes",
    "shareVolumeMounts",
    "env",
    "conditions",
    "template",
    "containers",
    "podFailurePolicy",
    "successPolicy",
    "selector",
    "volumes",
    "volumeMount",
    "resources",
    "configMapRef",
    "secretRef",
];

/// Whether the value of a member of this name is one of Kubernetes' own types.
pub fn is_embedded(name: &str) -> bool {
    EMBEDDED.contains(&name)
}

/// Mends one node and all below it. The recursion follows our schema, whose depth is fixed.
fn mend_node(node: &mut Value, owner: Owner) {
    let Value::Object(node) = node else { return };
    node.remove("default");
    if owner == Owner::Kubernetes {
        node.remove("description");
    }
    mend_required(node);
    allow_null_where_optional(node);
    if let Some(Value::Object(properties)) = node.get_mut("properties") {
        properties.retain(|_, property| !is_alpha(property));
        for (name, property) in properties.iter_mut() {
            let below = if is_embedded(name) { Owner::Kubernetes } else { owner };
            keep_own_description(property, owner, below);
        }
    }
    for key in ["items", "additionalProperties"] {
        if let Some(below) = node.get_mut(key) {
            mend_node(below, owner);
        }
    }
}

/// A doc comment is broken where the source line ends; `kubectl explain` breaks lines itself.
fn joined_lines(description: &str) -> String {
    let paragraphs: Vec<String> = description
        .split("\n\n")
        .map(|lines| lines.replace('\n', " "))
        .collect();
    paragraphs.join("\n\n")
}

/// Mends `property`; the field of ours that holds a Kubernetes type keeps its own description.
fn keep_own_description(property: &mut Value, holder: Owner, below: Owner) {
    let description = property.get("description").and_then(Value::as_str).map(joined_lines);
    mend_node(property, below);
    if let (Owner::Ours, Some(description)) = (holder, description) {
        set(property, "description", Value::String(description));
    }
}

/// What the description of the resources of a whole pod says; it still calls them alpha, and they are beta since 1.34.
const BETA_MARK: &str = "PodLevelResources feature gate";

/// Kubernetes drops alpha fields silently where their gate is off, so an author must not be able to write them.
fn is_alpha(property: &Value) -> bool {
    let description = text_at(property, "/description");
    if description.contains(BETA_MARK) {
        return false;
    }
    [
        "is an alpha field",
        "This is an alpha",
        "is an alpha-level",
        "alpha feature",
    ]
    .iter()
    .any(|mark| description.contains(mark))
}

/// `required` names only what is among the properties.
fn mend_required(node: &mut Map<String, Value>) {
    let Some(Value::Object(properties)) = node.get("properties") else {
        return;
    };
    let known: Vec<String> = properties.keys().cloned().collect();
    if let Some(Value::Array(required)) = node.get_mut("required") {
        required.retain(|name| name.as_str().is_some_and(|name| known.iter().any(|key| key == name)));
    }
}

/// Native Kubernetes reads `null` as absent wherever a field is optional, and so do we.
fn allow_null_where_optional(node: &mut Map<String, Value>) {
    let required: Vec<Value> = match node.get("required") {
        Some(Value::Array(required)) => required.clone(),
        _ => Vec::new(),
    };
    if let Some(Value::Object(properties)) = node.get_mut("properties") {
        for (name, property) in properties.iter_mut() {
            if !required.iter().any(|needed| needed == name) {
                set(property, "nullable", Value::Bool(true));
            }
        }
    }
}

fn set(node: &mut Value, key: &str, value: Value) {
    if let Value::Object(node) = node {
        node.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::files;

    /// kubectl keeps the last applied object in an annotation, and annotations end at 262,144 bytes.
    const CLIENT_SIDE_APPLY_BYTES_MAX: usize = 200_000;

    #[test]
    fn every_crd_is_small_enough_for_client_side_apply() {
        for file in files().iter().filter(|file| file.path.starts_with("schema/")) {
            let bytes = file.content.len();
            assert!(bytes < CLIENT_SIDE_APPLY_BYTES_MAX, "{} has {bytes} bytes", file.path);
        }
    }
}
