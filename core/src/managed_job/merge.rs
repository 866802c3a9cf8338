//! The downward merge of parameters: spec, group, job (KINDS.md, ManagedJob).
//!
//! It works on JSON, since normalization must take what it is sent, and must write back what it does not understand.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::size;

/// Lists are appended, those of the spec first.
const LISTS: [&str; 3] = ["fromEnv", "imagePullSecrets", "volumeMount"];

/// Lists that are appended too, but for entries whose name a nearer level has.
const NAMED_LISTS: [&str; 2] = ["env", "volumes"];

/// Of maps the keys are merged; the nearest level wins.
const MAPS: [&str; 2] = ["annotations", "labels"];

/// Of all others, the nearest level that sets one counts.
const SCALARS: [&str; 4] = ["imagePullPolicy", "resources", "restartPolicy", "serviceAccount"];

/// Where an entry of a merged list stands in its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// 0 for the spec, 1 for the group, 2 for the job.
    pub(super) level: usize,
    /// Its index in the list of that level.
    pub(super) index: usize,
}

/// The entries of a merged list, in order. Where `name` gives an entry one, the entry gives way to any of that name in a
/// nearer level; entries of one name in one level all stay, as in a plain list.
pub(super) fn merged_list<'a, T>(levels: [&'a [T]; 3], name: impl Fn(&'a T) -> Option<&'a str>) -> Vec<Origin> {
    let mut nearer = BTreeSet::new();
    let mut origins = Vec::new();
    for (level, entries) in levels.into_iter().enumerate().rev() {
        let kept = entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| name(entry).is_none_or(|name| !nearer.contains(name)));
        origins.push(kept.map(|(index, _)| Origin { level, index }).collect::<Vec<_>>());
        nearer.extend(entries.iter().filter_map(&name));
    }
    origins.into_iter().rev().flatten().collect()
}

/// The merged parameters of a job. `None` where a level has another shape than parameters: then the schema speaks.
pub(super) fn compiled(levels: [Option<&Value>; 3]) -> Option<Map<String, Value>> {
    let mut objects = [None; 3];
    for (object, level) in objects.iter_mut().zip(levels) {
        *object = object_or_none(level)?;
    }
    let mut merged = Map::new();
    for field in LISTS {
        merge_list(&mut merged, field, objects, |_| None)?;
    }
    for field in NAMED_LISTS {
        merge_list(&mut merged, field, objects, |entry| {
            entry.get("name").and_then(Value::as_str)
        })?;
    }
    for field in MAPS {
        merge_map(&mut merged, field, objects)?;
    }
    for field in SCALARS {
        let nearest = objects
            .iter()
            .rev()
            .flatten()
            .filter_map(|params| params.get(field))
            .find(|value| is_set(value));
        if let Some(value) = nearest {
            merged.insert(field.to_owned(), value.clone());
        }
    }
    Some(merged)
}

/// How many bytes the merged parameters of all jobs have at most. What a nearer level replaces counts too, so that this is
/// known before anything is merged.
pub(super) fn compiled_bytes(spec: &Value) -> usize {
    let jobs = groups(spec).flat_map(|group| list(group, "jobs"));
    shared_bytes(spec).saturating_add(jobs.map(params_bytes).sum())
}

/// The part of [`compiled_bytes`] that one manifest can make large without being so itself: what the spec and the groups give
/// to each job.
pub(super) fn shared_bytes(spec: &Value) -> usize {
    let of_spec = params_bytes(spec);
    let of_group = |group: &Value| {
        let shared = of_spec.saturating_add(params_bytes(group));
        shared.saturating_mul(list(group, "jobs").len())
    };
    groups(spec).map(of_group).fold(0, usize::saturating_add)
}

fn params_bytes(holder: &Value) -> usize {
    holder.get("params").map_or(0, size::bytes)
}

fn groups(spec: &Value) -> impl Iterator<Item = &Value> {
    list(spec, "groups").iter()
}

/// The items of the member `name`; none where it is no list.
fn list<'a>(holder: &'a Value, name: &str) -> &'a [Value] {
    holder.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The members of parameters; absent and `null` have none. `None` for any other shape.
fn object_or_none(params: Option<&Value>) -> Option<Option<&Map<String, Value>>> {
    match params {
        None | Some(Value::Null) => Some(None),
        Some(Value::Object(members)) => Some(Some(members)),
        Some(_) => None,
    }
}

fn merge_list<'a>(
    merged: &mut Map<String, Value>,
    field: &str,
    levels: [Option<&'a Map<String, Value>>; 3],
    name: impl Fn(&'a Value) -> Option<&'a str>,
) -> Option<()> {
    let mut lists: [&[Value]; 3] = [&[]; 3];
    for (list, level) in lists.iter_mut().zip(levels) {
        *list = match level.and_then(|params| params.get(field)) {
            None | Some(Value::Null) => &[],
            Some(Value::Array(entries)) => entries,
            Some(_) => return None,
        };
    }
    let entries: Vec<Value> = merged_list(lists, name)
        .into_iter()
        .filter_map(|origin| lists.get(origin.level)?.get(origin.index).cloned())
        .collect();
    if !entries.is_empty() {
        merged.insert(field.to_owned(), Value::Array(entries));
    }
    Some(())
}

fn merge_map(merged: &mut Map<String, Value>, field: &str, levels: [Option<&Map<String, Value>>; 3]) -> Option<()> {
    let mut keys = Map::new();
    for level in levels {
        match level.and_then(|params| params.get(field)) {
            None | Some(Value::Null) => {}
            Some(Value::Object(entries)) => keys.extend(entries.clone()),
            Some(_) => return None,
        }
    }
    if !keys.is_empty() {
        merged.insert(field.to_owned(), Value::Object(keys));
    }
    Some(())
}

/// Whether a level sets a value. An empty `resources` is one: it takes away what is inherited.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{compiled, compiled_bytes};

    fn merged(levels: &[Value; 3]) -> Value {
        compiled(levels.each_ref().map(Some)).map_or(Value::Null, Value::Object)
    }

    #[test]
    fn lists_are_appended_from_the_spec_down() {
        assert_eq!(
            merged(&[
                json!({"env": [{"name": "FOO"}, {"name": "QUE"}], "fromEnv": [{"prefix": "a"}], "imagePullSecrets": ["x"]}),
                json!({"env": [{"name": "FEE"}], "fromEnv": [{"prefix": "a"}]}),
                json!({"env": [{"name": "POO"}], "imagePullSecrets": [{"name": "x"}], "volumeMount": [{"name": "v"}]}),
            ]),
            json!({
                "env": [{"name": "FOO"}, {"name": "QUE"}, {"name": "FEE"}, {"name": "POO"}],
                "fromEnv": [{"prefix": "a"}, {"prefix": "a"}],
                "imagePullSecrets": ["x", {"name": "x"}],
                "volumeMount": [{"name": "v"}],
            })
        );
    }

    #[test]
    fn of_variables_and_volumes_with_one_name_the_nearest_level_wins() {
        let entry = |name: &str, value: u8| json!({"name": name, "value": value});
        assert_eq!(
            merged(&[
                json!({"env": [entry("A", 1), entry("B", 1)], "volumes": [entry("v", 1), entry("w", 1)]}),
                json!({"env": [entry("A", 2)], "volumes": [entry("v", 2)]}),
                json!({"env": [entry("A", 3), entry("A", 4)]}),
            ]),
            json!({
                "env": [entry("B", 1), entry("A", 3), entry("A", 4)],
                "volumes": [entry("w", 1), entry("v", 2)],
            })
        );
    }

    #[test]
    fn of_scalars_and_resources_the_nearest_level_that_sets_one_counts() {
        assert_eq!(
            merged(&[
                json!({"serviceAccount": "far", "restartPolicy": "Never", "resources": {"limits": {"cpu": 1}}}),
                json!({"serviceAccount": "near", "imagePullPolicy": ["Always"], "resources": null}),
                json!({"serviceAccount": "", "restartPolicy": null, "imagePullPolicy": [], "resources": {}}),
            ]),
            json!({"serviceAccount": "near", "restartPolicy": "Never", "imagePullPolicy": ["Always"], "resources": {}})
        );
    }

    #[test]
    fn labels_and_annotations_are_merged_by_key() {
        assert_eq!(
            merged(&[
                json!({"labels": {"a": "1", "b": "1"}}),
                json!({"labels": {"b": "2", "c": "2"}, "annotations": {}}),
                json!({"labels": {"c": "3"}}),
            ]),
            json!({"labels": {"a": "1", "b": "2", "c": "3"}})
        );
    }

    #[test]
    fn what_has_another_shape_is_not_merged() {
        for bad in [json!("x"), json!([1]), json!({"env": "x"}), json!({"labels": [1]})] {
            assert_eq!(merged(&[json!({}), bad, json!({})]), Value::Null);
        }
        assert_eq!(
            merged(&[json!(null), json!({"unknown": 1}), json!({"env": null})]),
            json!({})
        );
    }

    #[test]
    fn what_is_shared_counts_once_a_job() {
        let params = json!({"env": []}); // 10 bytes
        let spec = json!({"params": params, "groups": [{"params": params, "jobs": [{"params": params}, {}]}, {}, 5]});
        assert_eq!(compiled_bytes(&spec), 2 * (10 + 10) + 10);
        assert_eq!(compiled_bytes(&json!("x")), 0);
    }
}
