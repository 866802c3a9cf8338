//! The good template, and the changes that are made to it.

use serde_json::{Map, Value, json};

/// A change: which template it makes of the good one.
#[derive(Clone, Debug)]
pub struct Change {
    /// The heading that it stands under.
    pub group: String,
    /// What it is, in a few words.
    pub name: String,
    patch: Value,
}

/// The changes of a file.
pub fn changes(yaml: &str) -> Vec<Change> {
    let groups: Map<String, Value> = serde_saphyr::from_str(yaml).unwrap();
    let of_group = |(group, changes): (&String, &Value)| -> Vec<Change> {
        let changes = changes.as_object().unwrap().iter();
        changes
            .map(|(name, patch)| Change {
                group: group.clone(),
                name: name.clone(),
                patch: patch.clone(),
            })
            .collect()
    };
    groups.iter().flat_map(of_group).collect()
}

/// The Job spec that passes everything.
pub fn good() -> Value {
    json!({"template": {"spec": {
        "restartPolicy": "Never",
        "containers": [{"name": "main", "image": "busybox:1.28"}],
        "volumes": [{"name": "data", "emptyDir": {}}, {"name": "claim", "persistentVolumeClaim": {"claimName": "c"}}],
    }}})
}

impl Change {
    /// What it changes of the first container, and the change without that.
    pub fn of_container(&self) -> Option<(Value, Self)> {
        let mut rest = self.clone();
        let container = rest.patch.as_object_mut()?.remove("container")?;
        Some((container, rest))
    }

    /// Makes the change in a Job spec.
    pub fn apply(&self, job: &mut Value) {
        let Value::Object(parts) = &self.patch else {
            panic!("{}: a change is an object", self.name)
        };
        for (part, fields) in parts {
            let place = match part.as_str() {
                "job" => &mut *job,
                "metadata" => &mut job["template"]["metadata"],
                "pod" => &mut job["template"]["spec"],
                "container" => &mut job["template"]["spec"]["containers"][0],
                "init" => added(
                    &mut job["template"]["spec"]["initContainers"],
                    json!({"name": "init", "image": "busybox:1.28"}),
                ),
                "volume" => added(&mut job["template"]["spec"]["volumes"], json!({"name": "extra"})),
                other => panic!("{}: '{other}' is no part of a template", self.name),
            };
            merge(place, fields);
        }
    }
}

/// The last element of `list`, after `element` has been added.
pub fn added(list: &mut Value, element: Value) -> &mut Value {
    if list.is_null() {
        *list = json!([]);
    }
    let list = list.as_array_mut().unwrap();
    list.push(element);
    list.last_mut().unwrap()
}

/// A JSON merge patch (RFC 7396).
pub fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = json!({});
    }
    for (key, field) in fields {
        if field.is_null() {
            value.as_object_mut().unwrap().remove(key);
        } else {
            merge(&mut value[key], field);
        }
    }
}

/// The name of the Job of [`job_flow`]: 54 bytes, so that the pods of its ten thousandth index have a name too long.
pub const JOB_NAME: &str = "truth-about-templates-that-an-author-may-have-wrote-step";

/// A JobFlow with this Job as its only flow.
pub fn job_flow(job: &Value) -> Value {
    json!({
        "apiVersion": "api.practice.com/v1alpha1",
        "kind": "JobFlow",
        "metadata": {"name": JOB_NAME.trim_end_matches("-step"), "namespace": "default", "uid": "1b4e28ba-2fa1-11d2-883f-0016d3cca427"},
        "spec": {"flows": [{"name": "step", "jobTemplate": job}]},
    })
}
