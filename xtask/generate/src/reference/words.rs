//! The cells of the tables of the reference.

use serde_json::Value;

/// Longer descriptions are Kubernetes' own: their first sentence says what the field is.
const DESCRIPTION_BYTES_MAX: usize = 300;

const POD: &str = "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Container";
const VOLUME: &str = "https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume/#Volume";
const JOB: &str = "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/#JobSpec";
const POD_TEMPLATE: &str =
    "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-template-v1/#PodTemplateSpec";
const SELECTOR: &str =
    "https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/#LabelSelector";
const CONDITION: &str = "https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties";

/// Members whose values are Kubernetes' own types: the member, the type, and the page that describes it.
const KUBERNETES: [(&str, &str, &str); 15] = [
    ("conditions", "Condition", CONDITION),
    ("configMapRef", "ConfigMapEnvSource", POD),
    ("containers", "Container", POD),
    ("env", "EnvVar", POD),
    ("jobTemplate", "JobSpec", JOB),
    ("podFailurePolicy", "PodFailurePolicy", JOB),
    ("resources", "ResourceRequirements", POD),
    ("secretRef", "SecretEnvSource", POD),
    ("selector", "LabelSelector", SELECTOR),
    ("shareVolumeMounts", "VolumeMount", POD),
    ("shareVolumes", "Volume", VOLUME),
    ("successPolicy", "SuccessPolicy", JOB),
    ("template", "PodTemplateSpec", POD_TEMPLATE),
    ("volumeMount", "VolumeMount", POD),
    ("volumes", "Volume", VOLUME),
];

/// The row of the field `name` at `path`.
pub(super) fn field(path: &str, name: &str, property: &Value, is_required: bool, is_embedded: bool) -> String {
    let required = if is_required { "yes" } else { "-" };
    let kind = if is_embedded {
        kubernetes_type(name, property)
    } else {
        own_type(property)
    };
    let (bounds, meaning) = (bounds(property), meaning(property));
    format!("| `{path}` | {kind} | {required} | {bounds} | {meaning} |\n")
}

/// The row of a rule in the schema of the object at `path`.
pub(super) fn validation(path: &str, rule: &Value) -> String {
    let text = |key: &str| rule.get(key).and_then(Value::as_str).unwrap_or_default();
    let says = if text("message").is_empty() {
        // It has back-quotes of its own.
        format!("`` {} ``", text("messageExpression"))
    } else {
        text("message").to_owned()
    };
    let (at, must, says) = (text("fieldPath"), cell(text("rule")), cell(&says));
    format!("| `{path}{at}` | `{must}` | {says} |\n")
}

fn kubernetes_type(name: &str, property: &Value) -> String {
    let known = KUBERNETES.iter().find(|(member, ..)| *member == name);
    let linked = known.map_or_else(|| name.to_owned(), |(_, kind, link)| format!("[{kind}]({link})"));
    if property.get("items").is_some() {
        format!("list of {linked}")
    } else {
        linked
    }
}

fn own_type(node: &Value) -> String {
    let text = |key: &str| node.get(key).and_then(Value::as_str).unwrap_or_default();
    if node.get("x-kubernetes-int-or-string").is_some() {
        return "integer or string".to_owned();
    }
    match (text("type"), text("format")) {
        ("array", _) => format!("list of {}", node.get("items").map(own_type).unwrap_or_default()),
        ("object", _) => match node.get("additionalProperties") {
            Some(values) => format!("map of {}", own_type(values)),
            None => "object".to_owned(),
        },
        ("string", "date-time") => "time".to_owned(),
        ("", _) => "any".to_owned(),
        (kind, _) => kind.to_owned(),
    }
}

/// What values are allowed, as far as the schema says it.
fn bounds(node: &Value) -> String {
    let ranges = [
        ("minItems", "maxItems", "items"),
        ("minLength", "maxLength", "characters"),
        ("minimum", "maximum", ""),
    ];
    let mut parts: Vec<String> = ranges
        .iter()
        .filter_map(|(low, high, unit)| range(node.get(*low), node.get(*high), unit))
        .collect();
    if let Some(pattern) = node.get("pattern").and_then(Value::as_str) {
        parts.push(format!("`{}`", cell(pattern)));
    }
    if let Some(values) = node.get("enum").and_then(Value::as_array) {
        let values: Vec<String> = values.iter().filter(|value| !value.is_null()).map(shown).collect();
        parts.push(values.join(", "));
    }
    if let Some(keys) = node.get("x-kubernetes-list-map-keys").and_then(Value::as_array) {
        let keys: Vec<String> = keys.iter().map(shown).collect();
        parts.push(format!("unique {}", keys.join(", ")));
    }
    if let Some(default) = node.get("default") {
        parts.push(format!("default `{default}`"));
    }
    parts.join("; ")
}

fn range(low: Option<&Value>, high: Option<&Value>, unit: &str) -> Option<String> {
    let number = |value: &Value| value.as_f64().map(|number| number.to_string());
    let is_one = high.or(low).and_then(Value::as_f64) == Some(1.0);
    let unit = if is_one { unit.trim_end_matches('s') } else { unit };
    let text = match (low.and_then(number), high.and_then(number)) {
        (Some(low), Some(high)) => format!("{low} to {high}"),
        (Some(low), None) => format!("at least {low}"),
        (None, Some(high)) => format!("at most {high}"),
        (None, None) => return None,
    };
    Some(format!("{text} {unit}").trim_end().to_owned())
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        Value::Array(items) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            format!("`[{}]`", items.join(", "))
        }
        other => format!("`{other}`"),
    }
}

fn meaning(node: &Value) -> String {
    let description = node.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = match description.split_once(". ") {
        Some((first, _)) if description.len() > DESCRIPTION_BYTES_MAX => format!("{first}."),
        _ => description.to_owned(),
    };
    cell(&description)
}

/// A text as a cell of a Markdown table.
fn cell(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use crds::generate::EMBEDDED;
    use serde_json::json;

    use super::{KUBERNETES, field, validation};

    #[test]
    fn every_type_of_kubernetes_that_a_schema_embeds_is_linked() {
        let mut embedded = EMBEDDED.to_vec();
        embedded.sort_unstable();
        assert_eq!(KUBERNETES.map(|(member, ..)| member).to_vec(), embedded);
    }

    #[test]
    fn a_field_tells_its_type_and_its_bounds() {
        let names = json!({"type": "array", "items": {"type": "string"}, "maxItems": 3, "description": "Some\nnames."});
        assert_eq!(
            field("spec.names", "names", &names, true, false),
            "| `spec.names` | list of string | yes | at most 3 items | Some names. |\n"
        );
        let level = json!({"type": "integer", "minimum": 0.0, "maximum": 100.0});
        assert_eq!(
            field("spec.level", "level", &level, false, false),
            "| `spec.level` | integer | - | 0 to 100 |  |\n"
        );
    }

    #[test]
    fn pipes_do_not_break_a_table() {
        let rule = json!({"rule": "a || b", "message": "no", "fieldPath": ".x"});
        assert_eq!(validation("spec", &rule), "| `spec.x` | `a \\|\\| b` | no |\n");
    }
}
