//! normalize: what every stored ManagedJob looks like.

use serde_json::Value;

use super::merge::{compiled, shared_bytes};
use super::rules::replaced_compiled_params;
use crate::change::Change;
use crate::field::At;
use crate::limits::STORED_BYTES_MAX;

/// The changes that make `object` normal: `compiledParams` in every job, computed anew.
///
/// Works on JSON of any shape: the mutating webhook is called before the schema is checked. Where what all jobs share would
/// alone be more than can be stored it computes none: a rule then refuses the object, and a hostile one costs no memory.
pub fn normalize(object: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    let Some(spec) = object.get("spec") else {
        return changes;
    };
    if shared_bytes(spec) > STORED_BYTES_MAX {
        return changes;
    }
    let at = At::SPEC.key("groups");
    let groups = spec.get("groups").and_then(Value::as_array);
    for (index, group) in groups.into_iter().flatten().enumerate() {
        let here = at.index(index);
        let here = here.key("jobs");
        let jobs = group.get("jobs").and_then(Value::as_array);
        for (index, job) in jobs.into_iter().flatten().enumerate() {
            let levels = [spec.get("params"), group.get("params"), job.get("params")];
            changes.extend(change(job, levels, &here.index(index)));
        }
    }
    changes
}

/// What must be changed in the job at `at`. An absent field stays so where there is nothing to merge.
fn change(job: &Value, levels: [Option<&Value>; 3], at: &At<'_>) -> Option<Change> {
    let merged = compiled(levels)?;
    let here = at.key("compiledParams");
    match job.as_object()?.get("compiledParams") {
        None => (!merged.is_empty()).then(|| Change::add(&here, Value::Object(merged))),
        Some(Value::Null) => (!merged.is_empty()).then(|| Change::replace(&here, Value::Object(merged))),
        Some(Value::Object(held)) if *held == merged => None,
        Some(_) => {
            let warning = replaced_compiled_params::fault(&here);
            Some(Change::replace(&here, Value::Object(merged)).warn(warning))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::normalize;
    use crate::change::{applied, to_patch};
    use crate::testing::any_json;

    #[test]
    fn every_job_gets_its_merged_parameters_and_nothing_else_changes() {
        let object = json!({"spec": {
            "params": {"env": [{"name": "A"}]},
            "groups": [
                {"name": "g", "jobs": [{"name": "a"}, {"name": "b", "params": {"serviceAccount": "s"}}]},
                {"name": "h", "params": {"labels": {"k": "v"}}, "jobs": [{"name": "c", "compiledParams": {"env": []}}]},
            ],
        }});
        let patch = serde_json::to_value(to_patch(normalize(&object))).unwrap();
        let env = json!([{"name": "A"}]);
        assert_eq!(
            patch,
            json!([
                {"op": "add", "path": "/spec/groups/0/jobs/0/compiledParams", "value": {"env": env}},
                {"op": "add", "path": "/spec/groups/0/jobs/1/compiledParams", "value": {"env": env, "serviceAccount": "s"}},
                {"op": "replace", "path": "/spec/groups/1/jobs/0/compiledParams", "value": {"env": env, "labels": {"k": "v"}}},
            ])
        );
    }

    #[test]
    fn without_parameters_nothing_is_added() {
        let object =
            json!({"spec": {"groups": [{"jobs": [{"name": "a"}, {"compiledParams": {}}, {"compiledParams": null}]}]}});
        assert!(normalize(&object).is_empty());
    }

    #[test]
    fn garbage_is_passed_through() {
        for spec in [
            json!("oops"),
            json!({"groups": 5}),
            json!({"groups": [1, {"jobs": "x"}, {"jobs": [2, null]}]}),
            json!({"params": "x", "groups": [{"jobs": [{"compiledParams": {"env": []}}]}]}),
        ] {
            assert!(normalize(&json!({"spec": spec})).is_empty());
        }
        assert!(normalize(&json!([])).is_empty());
    }

    #[test]
    fn beyond_the_limit_nothing_is_computed() {
        let value = "x".repeat(100_000);
        let jobs: Vec<Value> = (0..100).map(|n| json!({"name": format!("j{n}")})).collect();
        let object = json!({"spec": {"params": {"env": [{"name": "A", "value": value}]}, "groups": [{"jobs": jobs}]}});
        assert!(normalize(&object).is_empty());
    }

    proptest! {
        #[test]
        fn normalizing_twice_is_normalizing_once(spec in any_params(), group in any_params(), jobs in any_jobs()) {
            let object = json!({"spec": {"params": spec, "groups": [{"params": group, "jobs": jobs}, {"jobs": jobs}]}});
            let once = applied(&object, &normalize(&object));
            prop_assert!(normalize(&once).is_empty());
        }
    }

    fn any_jobs() -> impl Strategy<Value = Value> {
        let job = prop_oneof![
            any_params().prop_map(|params| json!({"params": params})),
            (any_params(), any_params())
                .prop_map(|(params, compiled)| json!({"params": params, "compiledParams": compiled})),
            (any_params(), any_json())
                .prop_map(|(params, compiled)| json!({"params": params, "compiledParams": compiled})),
            any_json(),
        ];
        proptest::collection::vec(job, 0..4).prop_map(Value::Array)
    }

    /// Parameters of every shape: some right, some with the wrong type at each place that the merge looks at.
    fn any_params() -> impl Strategy<Value = Value> {
        let named =
            proptest::collection::vec("[ab]".prop_map(|name| json!({"name": name})), 0..3).prop_map(Value::Array);
        let list = prop_oneof![4 => named, 1 => any_json()];
        let map = prop_oneof![
            4 => proptest::collection::btree_map("[ab]", "[xy]", 0..3).prop_map(|map| json!(map)),
            1 => any_json()
        ];
        let scalar = prop_oneof![
            Just(json!(null)),
            Just(json!("")),
            Just(json!("x")),
            Just(json!([])),
            any_json()
        ];
        let fields = (list.clone(), list, map, scalar.clone(), scalar);
        let params = fields.prop_map(|(env, mounts, labels, account, policy)| {
            json!({"env": env, "volumeMount": mounts, "labels": labels, "serviceAccount": account, "imagePullPolicy": policy})
        });
        prop_oneof![4 => params, 1 => any_json(), 1 => Just(Value::Null)]
    }
}
