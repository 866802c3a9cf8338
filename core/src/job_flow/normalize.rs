//! normalize: what every stored JobFlow looks like.

use serde_json::Value;

use crate::change::Change;
use crate::field::At;
use crate::job_flow::rules::repeated_dependency;
use crate::pod;

/// The changes that make `object` normal: each dependency once, and `restartPolicy: Never` in every inline template.
///
/// Works on JSON of any shape: the mutating webhook is called before the schema is checked.
pub fn normalize(object: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    let spec = At::ROOT.key("spec");
    let at = spec.key("flows");
    let flows = object.pointer("/spec/flows").and_then(Value::as_array);
    for (index, flow) in flows.into_iter().flatten().enumerate() {
        let here = at.index(index);
        repeated_dependency::collapse(flow, &here, &mut changes);
        if let Some(job) = flow.get("jobTemplate") {
            pod::force_restart_policy(job, &here.key("jobTemplate"), &mut changes);
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::normalize;
    use crate::change::{applied, to_patch};
    use crate::testing::{any_json, flows_with};

    #[test]
    fn only_what_must_be_stored_is_changed() {
        let mut flow = flows_with(&[("a", &[]), ("b", &["a", "a"]), ("c", &[])]);
        let flows = &mut flow["spec"]["flows"];
        flows[0]["jobTemplate"]["template"]["spec"]["restartPolicy"] = json!("Never");
        flows[2]["jobTemplate"]["template"]["spec"]["restartPolicy"] = json!("OnFailure");
        let patch = serde_json::to_value(to_patch(normalize(&flow))).unwrap();
        let policy = |n| format!("/spec/flows/{n}/jobTemplate/template/spec/restartPolicy");
        assert_eq!(
            patch,
            json!([
                {"op": "replace", "path": "/spec/flows/1/dependencies", "value": ["a"]},
                {"op": "add", "path": policy(1), "value": "Never"},
                {"op": "replace", "path": policy(2), "value": "Never"},
            ])
        );
    }

    #[test]
    fn garbage_is_passed_through() {
        for flows in [
            json!("oops"),
            json!(5),
            json!(null),
            json!([1, 2]),
            json!([{"jobTemplate": []}]),
        ] {
            assert!(normalize(&json!({"spec": {"flows": flows}})).is_empty());
        }
        assert!(normalize(&json!([])).is_empty());
    }

    proptest! {
        #[test]
        fn normalizing_twice_is_normalizing_once(flows in any_flows()) {
            let object = json!({"spec": {"flows": flows}});
            let once = applied(&object, &normalize(&object));
            prop_assert!(normalize(&once).is_empty());
        }
    }

    /// Flows of every shape: some right, some with the wrong type at each place that normalization looks at.
    fn any_flows() -> impl Strategy<Value = Value> {
        let names = prop_oneof![
            proptest::collection::vec("[a-c]", 0..5).prop_map(|names| json!(names)),
            any_json(),
        ];
        let policy = prop_oneof![
            Just(json!("Never")),
            Just(json!("OnFailure")),
            Just(json!("Always")),
            Just(json!(null)),
            any_json()
        ];
        let pod = prop_oneof![
            policy.prop_map(|policy| json!({"restartPolicy": policy})),
            Just(json!({})),
            any_json()
        ];
        let job = prop_oneof![pod.prop_map(|pod| json!({"template": {"spec": pod}})), any_json()];
        let flow = prop_oneof![
            (names, job).prop_map(|(names, job)| json!({"name": "x", "dependencies": names, "jobTemplate": job})),
            any_json(),
        ];
        proptest::collection::vec(flow, 0..6).prop_map(Value::Array)
    }
}
