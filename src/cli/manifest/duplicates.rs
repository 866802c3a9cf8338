//! Keys that are given more than once in one map.

use std::collections::HashMap;

use jobflow_core::field::Segment;

use super::source::Span;
use super::tree::{Content, Duplicate, Key, NodeId, Tree};

/// Members whose keys are the author's own: their paths are written `labels[key]`.
const AUTHOR_KEYED: [&str; 6] = [
    "labels",
    "annotations",
    "matchLabels",
    "nodeSelector",
    "limits",
    "requests",
];

/// The repeats in `map`, the last value inside each of the lists and maps `around` it, which come from the outside in.
pub fn of_map(tree: &Tree, map: NodeId, around: impl Iterator<Item = NodeId>) -> Vec<Duplicate> {
    let Content::Map(entries) = &tree.node(map).content else {
        return Vec::new();
    };
    let mut first_uses = HashMap::with_capacity(entries.len());
    let mut repeats = Vec::new();
    for entry in entries {
        let Key::Name(name) = &entry.key else {
            continue;
        };
        let first: &mut &Span = first_uses.entry(name.as_str()).or_insert(&entry.key_span);
        if **first != entry.key_span {
            repeats.push((name, *first, &entry.key_span));
        }
    }
    if repeats.is_empty() {
        return Vec::new();
    }
    let outer = path_into(tree, around);
    let duplicate = |(name, first, second): (&String, &Span, &Span)| Duplicate {
        path: joined(outer.clone(), name.clone()),
        first: first.clone(),
        second: second.clone(),
    };
    repeats.into_iter().map(duplicate).collect()
}

/// The path to the last value inside of all of `around`.
fn path_into(tree: &Tree, around: impl Iterator<Item = NodeId>) -> Vec<Segment> {
    let mut path = Vec::new();
    for id in around {
        match &tree.node(id).content {
            Content::List(items) => path.push(Segment::Index(items.len().saturating_sub(1))),
            Content::Map(entries) => {
                let name = match entries.last().map(|entry| &entry.key) {
                    Some(Key::Name(name)) => name.clone(),
                    _ => "<<".to_owned(),
                };
                path = joined(path, name);
            }
            _ => {}
        }
    }
    path
}

fn joined(mut path: Vec<Segment>, name: String) -> Vec<Segment> {
    let parent = path.last();
    let is_author_keyed = matches!(parent, Some(Segment::Key(parent)) if AUTHOR_KEYED.contains(&parent.as_str()));
    path.push(if is_author_keyed {
        Segment::MapKey(name)
    } else {
        Segment::Key(name)
    });
    path
}
