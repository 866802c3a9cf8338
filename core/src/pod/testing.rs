//! What the tests of the rules of Jobs and pod templates share.

use serde_json::{Value, json};

use crate::testing::{findings, flows_named};

/// The findings about a JobFlow whose only Job has these fields beside a good pod template; paths begin at the Job spec.
pub(super) fn job_faults(fields: &Value) -> String {
    let mut flow = flows_named(&["a"]);
    merge(&mut flow["spec"]["flows"][0]["jobTemplate"], fields);
    findings(&flow).replace("spec.flows[0].jobTemplate.", "")
}

/// The findings about a pod template with these fields beside one good container; paths begin at the pod spec.
pub(super) fn pod_faults(fields: &Value) -> String {
    job_faults(&json!({"template": {"spec": fields}})).replace("template.spec.", "")
}

/// The findings about a container with these fields beside a name and an image; paths begin at the container.
pub(super) fn container_faults(fields: &Value) -> String {
    let mut container = json!({"name": "main", "image": "busybox:1.28"});
    merge(&mut container, fields);
    let volumes =
        json!([{"name": "data", "emptyDir": {}}, {"name": "claim", "persistentVolumeClaim": {"claimName": "c"}}]);
    pod_faults(&json!({"containers": [container], "volumes": volumes})).replace("containers[0].", "")
}

/// The findings about one volume with this source; paths begin at the volume.
pub(super) fn volume_faults(source: &Value) -> String {
    let mut volume = json!({"name": "data"});
    merge(&mut volume, source);
    pod_faults(&json!({"volumes": [volume]})).replace("volumes[0].", "")
}

/// Sets the fields of `fields` in `value`; objects are merged.
fn merge(value: &mut Value, fields: &Value) {
    let mut open = vec![(value, fields)];
    while let Some((value, fields)) = open.pop() {
        match (value, fields) {
            (Value::Object(value), Value::Object(fields)) => {
                for (key, field) in fields {
                    if value.get(key).is_none_or(|old| !old.is_object() || !field.is_object()) {
                        value.insert(key.clone(), field.clone());
                    }
                }
                let inner = value
                    .iter_mut()
                    .filter_map(|(key, value)| Some((value, fields.get(key)?)));
                open.extend(inner.filter(|(value, _)| value.is_object()));
            }
            (value, fields) => *value = fields.clone(),
        }
    }
}
