//! Changes: what normalization does to an object, and their wire form, a JSON Patch.

use json_patch::{AddOperation, Patch, PatchOperation, ReplaceOperation};
use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::field::{At, FieldPath, Segment};

/// One normalization step: a member that is added, or a value that is replaced.
///
/// Changes are made from the JSON that was sent, never from a typed round trip, which would drop what the type
/// does not know (ADMISSION.md 1.4). They touch only paths that were seen to exist.
#[derive(Clone, Debug)]
pub struct Change {
    path: FieldPath,
    exists: bool,
    value: Value,
    warning: Option<Diagnostic>,
}

impl Change {
    /// Adds a member to an object that exists.
    pub fn add(at: &At<'_>, value: Value) -> Self {
        Self {
            path: FieldPath::from(at),
            exists: false,
            value,
            warning: None,
        }
    }

    /// Replaces a value that exists.
    pub fn replace(at: &At<'_>, value: Value) -> Self {
        Self {
            exists: true,
            ..Self::add(at, value)
        }
    }

    /// The same change, of which the author is told.
    #[must_use]
    pub fn warn(mut self, warning: Diagnostic) -> Self {
        self.warning = Some(warning);
        self
    }

    /// Where it changes something.
    pub fn path(&self) -> &FieldPath {
        &self.path
    }

    /// The value that stands there afterwards.
    pub fn new_value(&self) -> &Value {
        &self.value
    }

    /// What the author is told.
    pub fn warning(&self) -> Option<&Diagnostic> {
        self.warning.as_ref()
    }

    /// Whether the value is there that this is about, or the object that gets it.
    fn has_place(&self, object: &Value) -> bool {
        let Some((last, way)) = self.path.segments().split_last() else {
            return false;
        };
        let holder = way.iter().try_fold(object, |value, segment| match segment {
            Segment::Key(key) | Segment::MapKey(key) => value.get(key),
            Segment::Index(index) => value.get(index),
        });
        holder.is_some_and(|holder| match last {
            Segment::Key(key) | Segment::MapKey(key) if self.exists => holder.get(key).is_some(),
            Segment::Key(_) | Segment::MapKey(_) => holder.is_object(),
            Segment::Index(index) => holder.get(index).is_some(),
        })
    }

    fn into_operation(self) -> PatchOperation {
        let path = json_patch::jsonptr::PointerBuf::parse(self.path.to_pointer())
            .expect("FieldPath::to_pointer escapes every token");
        let value = self.value;
        if self.exists {
            PatchOperation::Replace(ReplaceOperation { path, value })
        } else {
            PatchOperation::Add(AddOperation { path, value })
        }
    }
}

/// The wire form of the changes.
pub fn to_patch(changes: Vec<Change>) -> Patch {
    Patch(changes.into_iter().map(Change::into_operation).collect())
}

/// Whether all changes could be made.
pub fn applies(object: &Value, changes: &[Change]) -> bool {
    changes.iter().all(|change| change.has_place(object))
}

/// Makes the changes, as the patch would. `false` where one of them has no place: the patch would not apply.
#[must_use]
pub fn apply(object: &mut Value, changes: &[Change]) -> bool {
    changes.iter().all(|change| match place_of(object, change) {
        Some(place) => {
            *place = change.value.clone();
            true
        }
        None => false,
    })
}

/// The object with the changes made.
///
/// # Panics
/// When they are not the changes of this object.
pub fn applied(object: &Value, changes: &[Change]) -> Value {
    let mut changed = object.clone();
    let is_whole = apply(&mut changed, changes);
    assert!(is_whole, "changes are made only at paths that were seen in this object");
    changed
}

/// The value that a change is about; a member that it adds is made. `None` where it is not there, or the way to it is not.
fn place_of<'v>(value: &'v mut Value, change: &Change) -> Option<&'v mut Value> {
    let (last, way) = change.path.segments().split_last()?;
    let holder = way.iter().try_fold(value, |value, segment| match segment {
        Segment::Key(key) | Segment::MapKey(key) => value.get_mut(key),
        Segment::Index(index) => value.get_mut(index),
    })?;
    match last {
        Segment::Key(key) | Segment::MapKey(key) if change.exists => holder.get_mut(key),
        Segment::Key(key) | Segment::MapKey(key) => {
            Some(holder.as_object_mut()?.entry(key.clone()).or_insert(Value::Null))
        }
        Segment::Index(index) => holder.get_mut(index),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Change, applied, applies, apply, to_patch};
    use crate::field::At;

    #[test]
    fn what_is_changed_is_what_the_patch_changes() {
        let object = json!({"list": [{"a": 1}, {"a/b~c": [null, 2]}], "x": null});
        let item = At::ROOT.key("list");
        let (first, second) = (item.index(0), item.index(1));
        let inner = second.map_key("a/b~c");
        let changes = [
            Change::replace(&first.key("a"), json!({"deep": 1})),
            Change::add(&first.key("b"), json!([])),
            Change::replace(&inner.index(1), json!("x")),
            Change::replace(&At::ROOT.key("x"), json!(true)),
        ];
        let mut patched = object.clone();
        json_patch::patch(&mut patched, &to_patch(changes.to_vec()).0).unwrap();
        assert!(applies(&object, &changes));
        assert_eq!(applied(&object, &changes), patched);
    }

    #[test]
    fn a_change_without_a_place_is_told() {
        let object = json!({"list": [1], "member": {}});
        let list = At::ROOT.key("list");
        let member = At::ROOT.key("member");
        for lost in [
            Change::replace(&list.index(1), json!(2)),
            Change::replace(&member.key("a"), json!(2)),
            Change::add(&member.key("a").key("b"), json!(2)),
        ] {
            let patch = to_patch(vec![lost.clone()]);
            assert!(json_patch::patch(&mut object.clone(), &patch.0).is_err());
            assert!(!applies(&object, std::slice::from_ref(&lost)));
            assert!(!apply(&mut object.clone(), &[lost]));
        }
    }

    #[test]
    fn keys_with_slashes_and_tildes_are_escaped_in_the_patch() {
        let object = json!({"m": {"a/b~c": 1}});
        let member = At::ROOT.key("m");
        let change = Change::replace(&member.map_key("a/b~c"), json!(2));
        assert_eq!(
            applied(&object, std::slice::from_ref(&change)),
            json!({"m": {"a/b~c": 2}})
        );
        let wire = serde_json::to_value(to_patch(vec![change])).unwrap();
        assert_eq!(wire, json!([{"op": "replace", "path": "/m/a~1b~0c", "value": 2}]));
    }
}
