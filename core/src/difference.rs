//! Where two JSON values differ, in the sense of Kubernetes' semantic equality.

use std::cmp::Ordering;
use std::iter;

use serde_json::{Map, Value};

use crate::field::{FieldPath, Segment};

/// The most differences that are listed: an answer shows no more than that many faults anyway.
const DIFFERENCES_MAX: usize = 33;

/// One difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where.
    pub path: FieldPath,
    /// The old value; null for none.
    pub old: Value,
    /// The new value; null for none.
    pub new: Value,
}

/// One place of the walk: how it is reached from the place at the position before it.
struct Place<'a> {
    outer: Option<usize>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

/// The innermost places where `old` and `new` differ, below a member named `root` and beside its members `except`. Absent, `null`, `""` and `[]` are the
/// same (as in Go, where they decode to the same value), and so are `1` and `1.0`. Lists of different lengths differ as a whole.
///
/// Walks with a stack of its own: the depth of the values is the author's. Only a difference turns its place into a path, since
/// a path is as long as the place is deep.
pub fn differences(old: &Value, new: &Value, root: &str, except: &[&str]) -> Vec<FieldPath> {
    let root = [Segment::Key(root.to_owned())];
    let found = walk(old, new, &root, except, DIFFERENCES_MAX);
    found.into_iter().map(|(path, _, _)| path).collect()
}

/// All differences of two values at `place`, in the order of their paths, with the values.
pub fn differences_below(old: &Value, new: &Value, place: &[Segment]) -> Vec<Difference> {
    let found = walk(old, new, place, &[], usize::MAX).into_iter();
    let mut found: Vec<Difference> = found
        .map(|(path, old, new)| Difference {
            path,
            old: old.clone(),
            new: new.clone(),
        })
        .collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The places below `root`, at most so many, with both values.
fn walk<'a>(
    old: &'a Value,
    new: &'a Value,
    root: &[Segment],
    except: &[&str],
    most: usize,
) -> Vec<(FieldPath, &'a Value, &'a Value)> {
    let mut found = Vec::new();
    let mut places = vec![Place {
        outer: None,
        step: Step::Root,
    }];
    let mut open = vec![(0, old, new)];
    while let Some((place, old, new)) = open.pop() {
        let mut go_on = |step, old, new| {
            open.push((places.len(), old, new));
            let outer = Some(place);
            places.push(Place { outer, step });
        };
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => {
                for (key, old, new) in members(old, new) {
                    if place > 0 || !except.contains(&key) {
                        go_on(Step::Key(key), old, new);
                    }
                }
            }
            (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
                for (index, (old, new)) in old.iter().zip(new).enumerate() {
                    go_on(Step::Index(index), old, new);
                }
            }
            _ if is_same(old, new) => {}
            _ => found.push((path_to(root, place, &places), old, new)),
        }
        if found.len() == most {
            break;
        }
    }
    found
}

/// The members of both, each once. One that is not there is null.
fn members<'a>(
    old: &'a Map<String, Value>,
    new: &'a Map<String, Value>,
) -> impl Iterator<Item = (&'a str, &'a Value, &'a Value)> {
    // Both are sorted by key, so neither has to be searched.
    let (mut olds, mut news) = (old.iter().peekable(), new.iter().peekable());
    iter::from_fn(move || {
        let order = match (olds.peek(), news.peek()) {
            (Some((old, _)), Some((new, _))) => old.cmp(new),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        let old = olds.next_if(|_| order.is_le());
        let new = news.next_if(|_| order.is_ge());
        let (key, _) = old.or(new)?;
        let value = |member: Option<(&'a String, &'a Value)>| member.map_or(&Value::Null, |(_, value)| value);
        Some((key.as_str(), value(old), value(new)))
    })
}

fn path_to(root: &[Segment], place: usize, places: &[Place<'_>]) -> FieldPath {
    let mut segments = Vec::new();
    let mut here = places.get(place);
    while let Some(place) = here {
        match place.step {
            Step::Root => {}
            Step::Key(key) => segments.push(Segment::Key(key.to_owned())),
            Step::Index(index) => segments.push(Segment::Index(index)),
        }
        here = place.outer.and_then(|outer| places.get(outer));
    }
    segments.reverse();
    FieldPath::new([root, &segments].concat())
}

fn is_same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Number(old), Value::Number(new)) => old == new || old.as_f64() == new.as_f64(),
        _ => old == new || (is_empty(old) && is_empty(new)),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::differences;

    fn paths(old: &Value, new: &Value) -> Vec<String> {
        let mut paths: Vec<String> = differences(old, new, "spec", &["free"])
            .iter()
            .map(ToString::to_string)
            .collect();
        paths.sort();
        paths
    }

    #[test]
    fn innermost_differences_are_found() {
        let old = json!({"a": 1, "b": [{"c": "x", "d": true}, 2], "gone": {}});
        let new = json!({"a": 1.0, "b": [{"c": "y", "d": true}, 3], "came": 1});
        assert_eq!(
            paths(&old, &new),
            ["spec.b[0].c", "spec.b[1]", "spec.came", "spec.gone"]
        );
    }

    #[test]
    fn empty_and_absent_are_the_same() {
        assert!(paths(&json!({"a": null, "b": [], "c": ""}), &json!({"a": []})).is_empty());
    }

    #[test]
    fn members_are_compared_by_name_whatever_stands_between_them() {
        let old: Value = serde_json::from_str(r#"{"z": 1, "c": 2, "a": 3, "m": 4}"#).unwrap();
        let new: Value = serde_json::from_str(r#"{"b": 5, "m": 4, "c": 2, "z": 6}"#).unwrap();
        assert_eq!(paths(&old, &new), ["spec.a", "spec.b", "spec.z"]);
    }

    #[test]
    fn what_may_change_is_free_at_the_top_only() {
        let (old, new) = (
            json!({"free": 1, "a": {"free": 1}}),
            json!({"free": 2, "a": {"free": 2}}),
        );
        assert_eq!(paths(&old, &new), ["spec.a.free"]);
    }

    #[test]
    fn a_list_of_another_length_differs_as_a_whole() {
        assert_eq!(paths(&json!({"a": [1, 2]}), &json!({"a": [1]})), ["spec.a"]);
    }

    #[test]
    fn the_number_of_differences_is_bounded() {
        let old: Vec<usize> = (0..1000).collect();
        let new: Vec<usize> = (1..1001).collect();
        assert_eq!(differences(&json!(old), &json!(new), "spec", &[]).len(), 33);
    }
}
