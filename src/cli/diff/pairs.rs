//! Pairs: the same object in both versions.

use std::collections::HashMap;

use jobflow_core::admission::ObjectName;
use jobflow_core::comparison::{Comparison, compare};
use serde_json::Value;

use crate::cli::world::{Known, World};

/// An object, and what became of it.
pub(super) struct Pair {
    /// Its kind.
    pub kind: &'static str,
    /// Its namespace; empty where the file names none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What became of it.
    pub what: What,
}

/// What became of an object.
pub(super) enum What {
    /// Only the new version has it.
    Added,
    /// Only the old version has it.
    Removed,
    /// Both have it.
    Both(Box<Comparison>),
}

impl Pair {
    /// Whether both versions are the same.
    pub fn is_same(&self) -> bool {
        matches!(&self.what, What::Both(comparison) if comparison.is_same())
    }
}

/// Kind, namespace, name, and the how manieth of these: a file may hold an object twice.
type Key = (&'static str, String, String, usize);

/// All objects, in the order of the new version; those that went come last.
pub(super) fn pairs(old: World, new: World) -> Vec<Pair> {
    let mut old_objects: HashMap<Key, (usize, Known)> = HashMap::new();
    for (place, (key, known)) in keyed(old.objects).into_iter().enumerate() {
        old_objects.insert(key, (place, known));
    }
    let mut pairs = Vec::new();
    for (key, known) in keyed(new.objects) {
        let what = match old_objects.remove(&key) {
            None => What::Added,
            Some((_, old)) => What::Both(Box::new(compare(known.kind, &old.value, &known.value, &new.templates))),
        };
        pairs.push(pair(key, what));
    }
    let mut gone: Vec<(usize, Key)> = old_objects.into_iter().map(|(key, (place, _))| (place, key)).collect();
    gone.sort_unstable_by_key(|(place, _)| *place);
    pairs.extend(gone.into_iter().map(|(_, key)| pair(key, What::Removed)));
    pairs
}

fn pair((kind, namespace, name, _): Key, what: What) -> Pair {
    Pair {
        kind,
        namespace,
        name,
        what,
    }
}

fn keyed(objects: Vec<Known>) -> Vec<(Key, Known)> {
    let mut seen: HashMap<(&'static str, String, String), usize> = HashMap::new();
    let key = |known: Known| {
        let namespace = known
            .value
            .pointer("/metadata/namespace")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let name = match ObjectName::of(&known.value) {
            ObjectName::Given(name) => name.to_owned(),
            ObjectName::Generated(prefix) => format!("{prefix}?????"),
            ObjectName::Missing => String::new(),
        };
        let count = seen
            .entry((known.kind.kind, namespace.to_owned(), name.clone()))
            .or_default();
        *count += 1;
        ((known.kind.kind, namespace.to_owned(), name, *count), known)
    };
    objects.into_iter().map(key).collect()
}
