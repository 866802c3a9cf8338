//! Templates made from the schema: each field of a Job spec set to a few odd values, one at a time.

use serde_json::{Value, json};

use crate::template::good;

/// One field set to one value.
#[derive(Clone, Debug)]
pub struct Odd {
    /// The field, from the Job spec on.
    pub field: String,
    /// The value, for the reader of a failure.
    pub value: Value,
    /// The Job spec.
    pub job: Value,
}

/// Where the schema of a JobTemplate has that of the Job spec.
const JOB_SPEC: &str = "/properties/spec/properties/jobTemplate";

/// What an object, or an element of a list, starts with, so that the field that is set is the only odd one.
const SEEDS: [(&str, &str); 52] = [
    ("initContainers", r#"{"name": "init", "image": "busybox:1.28"}"#),
    ("volumes", r#"{"name": "extra"}"#),
    ("env", r#"{"name": "A"}"#),
    ("fieldRef", r#"{"fieldPath": "metadata.name"}"#),
    (
        "resourceFieldRef",
        r#"{"resource": "limits.cpu", "containerName": "main"}"#,
    ),
    ("secretKeyRef", r#"{"name": "a", "key": "b"}"#),
    ("configMapKeyRef", r#"{"name": "a", "key": "b"}"#),
    ("fileKeyRef", r#"{"volumeName": "data", "path": "a", "key": "b"}"#),
    ("envFrom.secretRef", r#"{"name": "a"}"#),
    ("envFrom.configMapRef", r#"{"name": "a"}"#),
    ("volumeMounts", r#"{"name": "data", "mountPath": "/data"}"#),
    ("volumeDevices", r#"{"name": "claim", "devicePath": "/dev/x"}"#),
    ("ports", r#"{"containerPort": 80}"#),
    ("httpGet", r#"{"port": 80}"#),
    ("tcpSocket", r#"{"port": 80}"#),
    ("grpc", r#"{"port": 80}"#),
    ("sleep", r#"{"seconds": 1}"#),
    ("exec", r#"{"command": ["a"]}"#),
    ("httpHeaders", r#"{"name": "A", "value": "b"}"#),
    ("Probe", r#"{"exec": {"command": ["a"]}}"#),
    ("claims", r#"{"name": "a"}"#),
    ("readinessGates", r#"{"conditionType": "a"}"#),
    ("schedulingGates", r#"{"name": "a"}"#),
    ("sysctls", r#"{"name": "kernel.sem", "value": "1"}"#),
    ("hostAliases", r#"{"ip": "10.0.0.1"}"#),
    ("imagePullSecrets", r#"{"name": "a"}"#),
    ("resourceClaims", r#"{"name": "a", "resourceClaimName": "b"}"#),
    (
        "resizePolicy",
        r#"{"resourceName": "cpu", "restartPolicy": "NotRequired"}"#,
    ),
    (
        "restartPolicyRules",
        r#"{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}"#,
    ),
    (
        "topologySpreadConstraints",
        r#"{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}"#,
    ),
    ("tolerations", r#"{"key": "a"}"#),
    ("matchExpressions", r#"{"key": "a", "operator": "Exists"}"#),
    (
        "matchFields",
        r#"{"key": "metadata.name", "operator": "In", "values": ["a"]}"#,
    ),
    (
        "Affinity.requiredDuringSchedulingIgnoredDuringExecution",
        r#"{"topologyKey": "zone"}"#,
    ),
    ("nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution", "{}"),
    ("preferredDuringSchedulingIgnoredDuringExecution", r#"{"weight": 1}"#),
    ("podAffinityTerm", r#"{"topologyKey": "zone"}"#),
    ("seccompProfile", r#"{"type": "RuntimeDefault"}"#),
    ("appArmorProfile", r#"{"type": "RuntimeDefault"}"#),
    ("os", r#"{"name": "linux"}"#),
    ("configMap.items", r#"{"key": "a", "path": "b"}"#),
    ("secret.items", r#"{"key": "a", "path": "b"}"#),
    (
        "downwardAPI.items",
        r#"{"path": "b", "fieldRef": {"fieldPath": "metadata.name"}}"#,
    ),
    ("configMap", r#"{"name": "a"}"#),
    ("volumes.secret", r#"{"secretName": "a"}"#),
    ("sources.secret", r#"{"name": "a"}"#),
    ("hostPath", r#"{"path": "/a"}"#),
    ("serviceAccountToken", r#"{"path": "a"}"#),
    ("csi", r#"{"driver": "a.b"}"#),
    (
        "iscsi",
        r#"{"targetPortal": "a", "iqn": "iqn.2001-04.com.example:disk", "lun": 1}"#,
    ),
    (
        "volumeClaimTemplate",
        r#"{"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}"#,
    ),
    (
        "podFailurePolicy.rules",
        r#"{"action": "FailJob", "onPodConditions": [{"type": "T"}]}"#,
    ),
];

/// All of them.
pub fn odd_templates() -> Vec<Odd> {
    let schema: Value = serde_json::from_str(crds::schema::JOB_TEMPLATE).unwrap();
    let job_spec = schema.pointer(JOB_SPEC).unwrap();
    let mut odd = Vec::new();
    let mut open: Vec<Vec<(&str, &Value)>> = vec![Vec::new()];
    while let Some(path) = open.pop() {
        let node = path.last().map_or(job_spec, |(_, node)| node);
        // A template may have none at all.
        if path.last().is_some_and(|(name, _)| *name == "ephemeralContainers") {
            continue;
        }
        odd.extend(
            values(node)
                .into_iter()
                .filter(|_| !path.is_empty())
                .map(|value| with(&path, value)),
        );
        let inner = if is_list(node) { &node["items"] } else { node };
        for (name, member) in inner["properties"].as_object().into_iter().flatten() {
            let mut path = path.clone();
            path.push((name, member));
            open.push(path);
        }
    }
    odd.sort_by(|a, b| a.field.cmp(&b.field));
    odd
}

fn is_list(node: &Value) -> bool {
    node["type"] == "array"
}

/// Texts of several forms: labels, subdomains, keys, paths, and what is none of them.
const TEXTS: [&str; 12] = [
    "",
    "a",
    "a.b",
    "A.b_C-1",
    "a/b",
    "a/../b",
    "..",
    "/a",
    " a ",
    "Not Valid!",
    "é",
    "example.com/Some_Name",
];

/// Texts that are quantities, or look like them.
const QUANTITIES: [&str; 22] = [
    "1",
    "-1",
    "+1",
    "0",
    "007",
    "1.5",
    ".5",
    "1.",
    ".",
    "-",
    "1m",
    "0.1m",
    "1k",
    "1Ki",
    "0.5Gi",
    "1e3",
    "1E-3",
    "1e400",
    "100Ei",
    "1 Gi",
    "1mi",
    "Not a number",
];

/// Odd values of the type of a schema node.
fn values(node: &Value) -> Vec<Value> {
    if is_quantity(node) {
        let numbers = [json!(0), json!(70_000), json!(0.25)];
        return QUANTITIES.iter().map(|text| json!(text)).chain(numbers).collect();
    }
    match node["type"].as_str() {
        Some("string") => TEXTS
            .iter()
            .map(|text| json!(text))
            .chain([64, 254].map(|bytes| json!("x".repeat(bytes))))
            .collect(),
        Some("integer") => [-1, 0, 1, 70_000, i32::MAX].map(|number| json!(number)).to_vec(),
        Some("boolean") => vec![json!(true), json!(false)],
        Some("array") if node["items"]["type"] == "string" => {
            let lists = TEXTS.iter().map(|text| json!([text]));
            lists.chain([json!([]), json!(["a", "a"])]).collect()
        }
        Some("array") if node["items"]["type"] == "integer" => vec![json!([]), json!([-1]), json!([3, 3])],
        Some("array") => vec![json!([]), json!([{}])],
        Some("object") if is_quantity(&node["additionalProperties"]) => {
            let names = TEXTS
                .iter()
                .chain(&["memory", "hugepages-2Mi", "pods", "kubernetes.io/x"]);
            let amounts = QUANTITIES
                .iter()
                .flat_map(|amount| [json!({"cpu": amount}), json!({"example.com/x": amount})]);
            names.map(|name| one(name, "1")).chain(amounts).collect()
        }
        Some("object") if node.get("additionalProperties").is_some() => {
            let (keys, values) = (
                TEXTS.iter().map(|key| one(key, "1")),
                TEXTS.iter().map(|value| one("a", value)),
            );
            keys.chain(values).collect()
        }
        Some("object") => vec![json!({})],
        _ => Vec::new(),
    }
}

fn is_quantity(node: &Value) -> bool {
    node["x-kubernetes-int-or-string"] == true
}

/// A map with one entry.
fn one(key: &str, value: &str) -> Value {
    Value::Object([(key.to_owned(), json!(value))].into_iter().collect())
}

/// The good template with the field at `path` set.
fn with(path: &[(&str, &Value)], value: Value) -> Odd {
    let names: Vec<&str> = path.iter().map(|(name, _)| *name).collect();
    let mut job = good();
    let mut place = &mut job;
    for (position, (name, node)) in path.iter().enumerate() {
        place = &mut place[*name];
        if position + 1 == path.len() {
            break;
        }
        let seed = seed(&names[..=position]);
        // The volumes of the good template are used, so another one is changed.
        if is_list(node) && (place.is_null() || *name == "volumes") {
            let mut list = place.as_array().cloned().unwrap_or_default();
            list.push(seed);
            *place = Value::Array(list);
        } else if place.is_null() {
            *place = seed;
        }
        if is_list(node) {
            place = place.as_array_mut().unwrap().last_mut().unwrap();
        }
    }
    *place = value.clone();
    Odd {
        field: names.join("."),
        value,
        job,
    }
}

/// The longest seed that fits the end of the path counts.
fn seed(path: &[&str]) -> Value {
    let path = path.join(".");
    let fitting = SEEDS.iter().filter(|(end, _)| path.ends_with(end));
    let (_, seed) = fitting.max_by_key(|(end, _)| end.len()).unwrap_or(&("", "{}"));
    serde_json::from_str(seed).unwrap()
}
