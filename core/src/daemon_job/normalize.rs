//! normalize: what every stored DaemonJob looks like.

use serde_json::{Value, json};

use crate::change::Change;
use crate::daemon_job::rules::invalid_excluded_node::excluded_nodes;
use crate::field::At;
use crate::limits::EXCLUDED_NODES_BYTES_MAX;
use crate::pod;

/// The changes that make `object` normal: `restartPolicy: Never`, and `excludeNodeList` as sorted, unique names.
///
/// Works on JSON of any shape: the mutating webhook is called before the schema is checked.
pub fn normalize(object: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    let Some(spec) = object.get("spec") else {
        return changes;
    };
    // A longer list is refused, so sorting it would be for nothing.
    let list = spec.get("excludeNodeList").and_then(Value::as_str);
    if let Some(list) = list.filter(|list| list.len() <= EXCLUDED_NODES_BYTES_MAX) {
        let names: Vec<&str> = excluded_nodes(list).into_iter().collect();
        let normal = names.join(",");
        if normal != list {
            changes.push(Change::replace(&At::SPEC.key("excludeNodeList"), json!(normal)));
        }
    }
    pod::force_restart_policy(spec, &At::SPEC, &mut changes);
    changes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::normalize;
    use crate::change::{applied, to_patch};
    use crate::testing::any_json;

    #[test]
    fn only_what_must_be_stored_is_changed() {
        let object = json!({"spec": {"excludeNodeList": " node2,,node1 , node2", "template": {"spec": {"restartPolicy": "OnFailure"}}}});
        let patch = serde_json::to_value(to_patch(normalize(&object))).unwrap();
        assert_eq!(
            patch,
            json!([
                {"op": "replace", "path": "/spec/excludeNodeList", "value": "node1,node2"},
                {"op": "replace", "path": "/spec/template/spec/restartPolicy", "value": "Never"},
            ])
        );
    }

    #[test]
    fn garbage_is_passed_through() {
        for spec in [
            json!("oops"),
            json!(null),
            json!([1]),
            json!({"excludeNodeList": 5, "template": "x"}),
            json!({"template": {"spec": []}}),
        ] {
            assert!(normalize(&json!({"spec": spec})).is_empty());
        }
        assert!(normalize(&json!([])).is_empty());
    }

    proptest! {
        #[test]
        fn normalizing_twice_is_normalizing_once(spec in any_spec()) {
            let object = json!({"spec": spec});
            let once = applied(&object, &normalize(&object));
            prop_assert!(normalize(&once).is_empty());
        }
    }

    fn any_spec() -> impl Strategy<Value = Value> {
        let list = prop_oneof!["[ab, ]{0,12}".prop_map(Value::from), any_json()];
        let pod = prop_oneof![
            prop_oneof![Just(json!("Never")), Just(json!("Always")), any_json()]
                .prop_map(|policy| json!({"restartPolicy": policy})),
            Just(json!({})),
            any_json()
        ];
        let spec = (list, pod).prop_map(|(list, pod)| json!({"excludeNodeList": list, "template": {"spec": pod}}));
        prop_oneof![spec, any_json()]
    }
}
