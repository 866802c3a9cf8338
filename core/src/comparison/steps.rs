//! Steps: those of both versions, matched by name.

use std::collections::HashMap;

use serde_json::Value;

use super::order::moved;
use super::{StepChange, What};
use crate::difference::differences_below;
use crate::field::{FieldPath, Segment};
use crate::kinds::Kind;

/// A step as it stands in a version.
struct Step {
    name: String,
    path: FieldPath,
    value: Value,
}

/// A name, and the how manieth step of that name: a faulty version may have several.
type Key = (String, usize);

/// What became of the steps, and both versions without them. The names of groups stay, for a group may come and go too.
pub(super) fn changes(kind: &Kind, mut old: Value, mut new: Value) -> (Vec<StepChange>, (Value, Value)) {
    let before = keyed(taken(kind, &mut old));
    let after = keyed(taken(kind, &mut new));
    let places: HashMap<&Key, usize> = before
        .iter()
        .enumerate()
        .map(|(place, (key, _))| (key, place))
        .collect();
    let shared: Vec<usize> = after.iter().filter_map(|(key, _)| places.get(key).copied()).collect();
    let mut moves = moved(&shared).into_iter();
    let mut changes = Vec::new();
    for (key, step) in &after {
        let Some(old) = places.get(key).and_then(|&place| before.get(place)) else {
            changes.push(change(step, What::Added));
            continue;
        };
        let moved = moves.next() == Some(true) && order_matters(kind);
        let fields = differences_below(&old.1.value, &step.value, step.path.segments());
        if moved || !fields.is_empty() {
            changes.push(change(step, What::Changed { moved, fields }));
        }
    }
    let after: HashMap<&Key, ()> = after.iter().map(|(key, _)| (key, ())).collect();
    let gone = before.iter().filter(|(key, _)| !after.contains_key(key));
    changes.extend(gone.map(|(_, step)| change(step, What::Removed)));
    (changes, (old, new))
}

fn change(step: &Step, what: What) -> StepChange {
    StepChange {
        name: step.name.clone(),
        path: step.path.to_string(),
        what,
    }
}

/// In these kinds a step waits for those that stand before it.
fn order_matters(kind: &Kind) -> bool {
    matches!(kind.kind, "ManagedJob" | "SequentialJob")
}

fn keyed(steps: Vec<Step>) -> Vec<(Key, Step)> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let key = |step: Step| {
        let count = seen.entry(step.name.clone()).or_default();
        *count += 1;
        ((step.name.clone(), *count), step)
    };
    steps.into_iter().map(key).collect()
}

/// Takes the steps out of a version, where they stand in the list that the kind has for them.
fn taken(kind: &Kind, object: &mut Value) -> Vec<Step> {
    match kind.kind {
        "JobFlow" => taken_from(object.get_mut("spec"), "flows", &[key("spec")], ""),
        "SequentialJob" => taken_from(object.get_mut("spec"), "containers", &[key("spec")], ""),
        "ManagedJob" => taken_from_groups(object),
        _ => Vec::new(),
    }
}

fn taken_from_groups(object: &mut Value) -> Vec<Step> {
    let groups = object.pointer_mut("/spec/groups").and_then(Value::as_array_mut);
    let mut steps = Vec::new();
    for (index, group) in groups.into_iter().flatten().enumerate() {
        let prefix = format!("{}/", name_of(group));
        let path = [key("spec"), key("groups"), Segment::Index(index)];
        steps.extend(taken_from(Some(group), "jobs", &path, &prefix));
    }
    steps
}

/// Takes the list `member` out of `holder`, unless something in it is no object: then it is compared as a value.
fn taken_from(holder: Option<&mut Value>, member: &str, path: &[Segment], prefix: &str) -> Vec<Step> {
    let Some(holder) = holder.and_then(Value::as_object_mut) else {
        return Vec::new();
    };
    let is_list = |value: &Value| value.as_array().is_some_and(|items| items.iter().all(Value::is_object));
    if !holder.get(member).is_some_and(is_list) {
        return Vec::new();
    }
    let Some(Value::Array(items)) = holder.remove(member) else {
        return Vec::new();
    };
    let step = |(index, value): (usize, Value)| Step {
        name: format!("{prefix}{}", name_of(&value)),
        path: FieldPath::new([path, &[key(member), Segment::Index(index)]].concat()),
        value,
    };
    items.into_iter().enumerate().map(step).collect()
}

fn name_of(value: &Value) -> &str {
    value.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn key(name: &str) -> Segment {
    Segment::Key(name.to_owned())
}
