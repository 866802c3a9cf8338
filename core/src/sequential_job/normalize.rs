//! normalize: what every stored SequentialJob looks like.

use serde_json::Value;

use crate::change::Change;
use crate::field::At;
use crate::pod;

/// The changes that make `object` normal: `restartPolicy: Never` in the shared pod template, where it has a pod spec.
///
/// Works on JSON of any shape: the mutating webhook is called before the schema is checked.
pub fn normalize(object: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    if let Some(spec) = object.get("spec") {
        pod::force_restart_policy(spec, &At::SPEC, &mut changes);
    }
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
    fn only_the_restart_policy_is_changed() {
        let object =
            json!({"spec": {"containers": [{"name": "a"}], "template": {"spec": {"restartPolicy": "Always"}}}});
        let patch = serde_json::to_value(to_patch(normalize(&object))).unwrap();
        assert_eq!(
            patch,
            json!([{"op": "replace", "path": "/spec/template/spec/restartPolicy", "value": "Never"}])
        );
    }

    #[test]
    fn an_absent_template_and_garbage_are_passed_through() {
        for spec in [
            json!({"containers": []}),
            json!({"template": {}}),
            json!({"template": {"spec": null}}),
            json!({"template": 5}),
            json!("oops"),
        ] {
            assert!(normalize(&json!({"spec": spec})).is_empty());
        }
        assert!(normalize(&json!(1)).is_empty());
    }

    proptest! {
        #[test]
        fn normalizing_twice_is_normalizing_once(policy in any_json(), spec in any_json()) {
            for object in [json!({"spec": {"template": {"spec": {"restartPolicy": policy}}}}), json!({"spec": spec}), Value::Null] {
                let once = applied(&object, &normalize(&object));
                prop_assert!(normalize(&once).is_empty());
            }
        }
    }
}
