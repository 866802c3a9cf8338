//! The objects of a document: itself, or the items of a list.

use std::collections::HashMap;

use jobflow_core::field::{FieldPath, Segment};
use serde_json::Value;

use super::fault::{self, Unreadable};
use super::locate::{Aim, Locator};
use super::source::Span;
use super::tree::Tree;

/// One object.
#[derive(Debug)]
pub struct Object {
    /// The object.
    pub value: Value,
    /// Where it is in its document: empty, or such as `items[3]`.
    pub prefix: Vec<Segment>,
    /// Its keys that are given more than once.
    pub duplicates: Vec<DuplicateKey>,
}

/// A key of an object that is given more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateKey {
    /// Its path in the object.
    pub path: FieldPath,
    /// Where it is given for the first time.
    pub first: Span,
    /// Where it is given again.
    pub second: Span,
}

/// The objects of the document `tree`, whose value is `value`.
///
/// A list is what kubectl takes for one: whatever has `items`, and a `kind` that ends with `List`.
pub fn objects(tree: &Tree, value: Value) -> (Vec<Object>, Vec<Unreadable>) {
    let mut found = Vec::new();
    let mut faults = Vec::new();
    // A list may stand in a list. The depth of a document is limited, and so is this.
    let mut todo = vec![(Vec::new(), value)];
    while let Some((prefix, mut value)) = todo.pop() {
        if let Some(items) = take_items(&mut value) {
            let inside = |index| {
                [
                    prefix.as_slice(),
                    &[Segment::Key("items".to_owned()), Segment::Index(index)],
                ]
                .concat()
            };
            let items = items
                .into_iter()
                .enumerate()
                .map(|(index, item)| (inside(index), typed(item, &value)));
            let mut items: Vec<_> = items.collect();
            items.reverse();
            todo.append(&mut items);
        } else if value.is_object() || prefix.is_empty() {
            found.push(Object {
                value,
                prefix,
                duplicates: Vec::new(),
            });
        } else {
            let place = Locator::new(tree).find(prefix.iter(), Aim::Value);
            faults.push(Unreadable::new(place.span, fault::NO_OBJECT));
        }
    }
    share_out_duplicates(tree, &mut found);
    (found, faults)
}

fn take_items(value: &mut Value) -> Option<Vec<Value>> {
    if !text(value, "kind").ends_with("List") {
        return None;
    }
    match value.get_mut("items").map(Value::take)? {
        Value::Array(items) => Some(items),
        Value::Null => Some(Vec::new()),
        other => {
            value.as_object_mut()?.insert("items".to_owned(), other);
            None
        }
    }
}

/// An item of a list such as `JobFlowList` may leave out what it is; the list says it.
fn typed(mut item: Value, list: &Value) -> Value {
    let kind = text(list, "kind").strip_suffix("List").unwrap_or_default().to_owned();
    let is_untyped = text(&item, "kind").is_empty() && text(&item, "apiVersion").is_empty();
    if let (true, false, Value::Object(members)) = (is_untyped, kind.is_empty(), &mut item) {
        members.insert("kind".to_owned(), kind.into());
        members.insert("apiVersion".to_owned(), text(list, "apiVersion").into());
    }
    item
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Gives each duplicate key of the document to the object that it is in. One outside of all items belongs to none.
fn share_out_duplicates(tree: &Tree, objects: &mut [Object]) {
    if tree.duplicates.is_empty() {
        return;
    }
    let by_prefix: HashMap<Vec<Segment>, usize> = objects
        .iter()
        .enumerate()
        .map(|(index, object)| (object.prefix.clone(), index))
        .collect();
    for duplicate in &tree.duplicates {
        let mut cuts = (0..duplicate.path.len()).filter_map(|length| {
            let (prefix, rest) = duplicate.path.split_at_checked(length)?;
            Some((by_prefix.get(prefix).copied()?, rest.to_vec()))
        });
        let Some((index, rest)) = cuts.next() else {
            continue;
        };
        if let Some(object) = objects.get_mut(index) {
            let (first, second) = (duplicate.first.clone(), duplicate.second.clone());
            object.duplicates.push(DuplicateKey {
                path: FieldPath::new(rest),
                first,
                second,
            });
        }
    }
}
