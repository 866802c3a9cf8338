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

    fn operation(&self) -> PatchOperation {
        let path = json_patch::jsonptr::PointerBuf::parse(self.path.to_pointer())
            .expect("FieldPath::to_pointer escapes every token");
        let value = self.value.clone();
        if self.exists {
            PatchOperation::Replace(ReplaceOperation { path, value })
        } else {
            PatchOperation::Add(AddOperation { path, value })
        }
    }
}

/// The wire form of the changes.
pub fn to_patch(changes: &[Change]) -> Patch {
    Patch(changes.iter().map(Change::operation).collect())
}

/// The object with the changes made: what the patch makes of it, without making the patch.
pub fn applied(object: &Value, changes: &[Change]) -> Value {
    let mut changed = object.clone();
    for change in changes {
        let place = place_of(&mut changed, change.path.segments());
        *place.expect("changes are made only at paths that were seen in this object") = change.value.clone();
    }
    changed
}

/// The value at a path; a last member that is not there is made. `None` where the way there is missing.
fn place_of<'v>(value: &'v mut Value, path: &[Segment]) -> Option<&'v mut Value> {
    let (last, way) = path.split_last()?;
    let holder = way.iter().try_fold(value, |value, segment| match segment {
        Segment::Key(key) | Segment::MapKey(key) => value.get_mut(key),
        Segment::Index(index) => value.get_mut(index),
    })?;
    match last {
        Segment::Key(key) | Segment::MapKey(key) => {
            Some(holder.as_object_mut()?.entry(key.clone()).or_insert(Value::Null))
        }
        Segment::Index(index) => holder.get_mut(index),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Change, applied, to_patch};
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
        json_patch::patch(&mut patched, &to_patch(&changes).0).unwrap();
        assert_eq!(applied(&object, &changes), patched);
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
        let wire = serde_json::to_value(to_patch(&[change])).unwrap();
        assert_eq!(wire, json!([{"op": "replace", "path": "/m/a~1b~0c", "value": 2}]));
    }
}
