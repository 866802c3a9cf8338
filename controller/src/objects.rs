//! What is known of all objects of one of our kinds: the newest of what the watch and our own writes have brought.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex};

use kube::Resource;

use crate::key::Key;
use crate::stored::Stored;
use crate::sync::lock;

/// The objects of one kind in all namespaces.
#[derive(Debug)]
pub(crate) struct Objects<K>(Mutex<Held<K>>);

#[derive(Debug)]
struct Held<K> {
    by_name: HashMap<Name, Entry<K>>,
    /// Counts the listings, so that what a new listing lacks can be told.
    listing: u64,
    synced: bool,
}

#[derive(Debug)]
struct Entry<K> {
    stored: Arc<Stored<K>>,
    listing: u64,
}

/// Namespace and name.
type Name = (String, String);

/// How an object went from one state to another; at least one of the two is there.
#[derive(Debug)]
pub(crate) struct Change<K> {
    /// What was known.
    pub old: Option<Arc<Stored<K>>>,
    /// What is known now; `None` when the object is gone.
    pub new: Option<Arc<Stored<K>>>,
}

impl<K> Default for Objects<K> {
    fn default() -> Self {
        Self(Mutex::new(Held {
            by_name: HashMap::new(),
            listing: 0,
            synced: false,
        }))
    }
}

impl<K: Resource<DynamicType = ()>> Objects<K> {
    /// The newest known state of an object.
    pub fn get(&self, namespace: &str, name: &str) -> Option<Arc<Stored<K>>> {
        let key = (namespace.to_owned(), name.to_owned());
        lock(&self.0).by_name.get(&key).map(|entry| Arc::clone(&entry.stored))
    }

    /// The objects for which this holds.
    pub fn select(&self, holds: impl Fn(&K) -> bool) -> Vec<Arc<Stored<K>>> {
        let held = lock(&self.0);
        let stored = held.by_name.values().map(|entry| &entry.stored);
        stored.filter(|stored| holds(&stored.object)).cloned().collect()
    }

    /// The names of all objects.
    pub fn keys(&self) -> Vec<Key> {
        let held = lock(&self.0);
        held.by_name
            .values()
            .map(|entry| Key::of(&entry.stored.object))
            .collect()
    }

    /// Whether all objects have been listed once.
    pub fn is_synced(&self) -> bool {
        lock(&self.0).synced
    }

    /// A listing of all objects begins.
    pub fn listing_begins(&self) {
        lock(&self.0).listing += 1;
    }

    /// The watch brought an object. `None` when a newer state of it is known already.
    pub fn put(&self, stored: Stored<K>) -> Option<Change<K>> {
        let mut held = lock(&self.0);
        let listing = held.listing;
        let name = name_of(&stored);
        if let Some(entry) = held
            .by_name
            .get_mut(&name)
            .filter(|entry| entry.stored.uid() == stored.uid())
        {
            entry.listing = listing;
            if !stored.is_newer_than(&entry.stored) {
                return None;
            }
        }
        let stored = Arc::new(stored);
        let entry = Entry {
            stored: Arc::clone(&stored),
            listing,
        };
        let old = held.by_name.insert(name, entry).map(|entry| entry.stored);
        Some(Change { old, new: Some(stored) })
    }

    /// The watch saw an object go.
    pub fn remove(&self, stored: &Stored<K>) -> Option<Change<K>> {
        let mut held = lock(&self.0);
        let name = name_of(stored);
        held.by_name
            .get(&name)
            .filter(|entry| entry.stored.uid() == stored.uid())?;
        let old = held.by_name.remove(&name).map(|entry| entry.stored);
        Some(Change { old, new: None })
    }

    /// The listing is complete: what it did not bring is gone.
    pub fn listing_ends(&self) -> Vec<Change<K>> {
        let mut held = lock(&self.0);
        held.synced = true;
        let listing = held.listing;
        let gone = held.by_name.extract_if(|_, entry| entry.listing != listing);
        gone.map(|(_, entry)| Change {
            old: Some(entry.stored),
            new: None,
        })
        .collect()
    }

    /// Our own write brought an object back. It replaces an older state, but does not revive what the watch saw go.
    pub fn put_own_write(&self, stored: Stored<K>) -> Option<Change<K>> {
        let mut held = lock(&self.0);
        let entry = held.by_name.get_mut(&name_of(&stored))?;
        if entry.stored.uid() != stored.uid() || !stored.is_newer_than(&entry.stored) {
            return None;
        }
        let new = Arc::new(stored);
        let old = mem::replace(&mut entry.stored, Arc::clone(&new));
        Some(Change {
            old: Some(old),
            new: Some(new),
        })
    }
}

impl<K: Resource<DynamicType = ()>> Change<K> {
    /// Whether something changed that a decision depends on. Our own writes change the status only, and must not bring
    /// the object back to us.
    pub fn is_of_substance(&self) -> bool {
        let (Some(old), Some(new)) = (&self.old, &self.new) else {
            return true;
        };
        let (old, new) = (old.object.meta(), new.object.meta());
        old.uid != new.uid
            || old.generation != new.generation
            || old.labels != new.labels
            || old.annotations != new.annotations
            || old.deletion_timestamp != new.deletion_timestamp
    }
}

fn name_of<K: Resource<DynamicType = ()>>(stored: &Stored<K>) -> Name {
    (stored.namespace().to_owned(), stored.name().to_owned())
}

#[cfg(test)]
mod tests {
    use crds::JobFlow;
    use serde_json::json;

    use super::*;

    fn flow(uid: &str, version: u64, progress: &str) -> Stored<JobFlow> {
        let meta =
            json!({"namespace": "n", "name": "f", "uid": uid, "resourceVersion": version.to_string(), "generation": 1});
        serde_json::from_value(json!({"metadata": meta, "spec": {"flows": []}, "status": {"progress": progress}}))
            .unwrap()
    }

    fn progress(objects: &Objects<JobFlow>) -> Option<String> {
        objects
            .get("n", "f")
            .and_then(|stored| stored.object.status.clone())
            .and_then(|status| status.progress)
    }

    #[test]
    fn the_newest_of_watch_and_own_writes_is_kept() {
        let objects = Objects::default();
        objects.put(flow("a", 9, "0/1")).unwrap();
        objects.put_own_write(flow("a", 10, "1/1"));
        assert_eq!(progress(&objects).as_deref(), Some("1/1"));
        assert!(objects.put(flow("a", 9, "0/1")).is_none());
        assert!(objects.put(flow("a", 10, "1/1")).is_none());
        objects.put_own_write(flow("a", 8, "0/0"));
        assert_eq!(progress(&objects).as_deref(), Some("1/1"));
        objects.put(flow("a", 11, "2/2")).unwrap();
        assert_eq!(progress(&objects).as_deref(), Some("2/2"));
    }

    #[test]
    fn an_own_write_does_not_revive_a_deleted_object() {
        let objects = Objects::default();
        objects.put(flow("a", 9, "0/1")).unwrap();
        assert!(objects.remove(&flow("a", 11, "0/1")).is_some());
        objects.put_own_write(flow("a", 10, "1/1"));
        assert_eq!(progress(&objects), None);
        objects.put(flow("b", 12, "new")).unwrap();
        objects.put_own_write(flow("a", 10, "1/1"));
        assert_eq!(progress(&objects).as_deref(), Some("new"));
        assert!(
            objects.remove(&flow("a", 13, "")).is_none(),
            "the deletion of a predecessor is no deletion"
        );
    }

    #[test]
    fn what_a_new_listing_lacks_is_gone() {
        let objects = Objects::default();
        objects.listing_begins();
        objects.put(flow("a", 9, "0/1"));
        assert!(!objects.is_synced());
        assert!(objects.listing_ends().is_empty());
        assert!(objects.is_synced());
        objects.listing_begins();
        assert!(objects.put(flow("a", 9, "0/1")).is_none());
        assert!(objects.listing_ends().is_empty(), "listed again, unchanged");
        objects.listing_begins();
        assert_eq!(objects.listing_ends().len(), 1);
        assert_eq!(progress(&objects), None);
    }

    #[test]
    fn a_change_of_status_alone_is_of_no_substance() {
        let objects = Objects::default();
        assert!(objects.put(flow("a", 9, "0/1")).unwrap().is_of_substance());
        assert!(!objects.put(flow("a", 10, "1/1")).unwrap().is_of_substance());
        let mut annotated = flow("a", 11, "1/1");
        annotated.object.metadata.annotations = Some([("retry".to_owned(), "1".to_owned())].into());
        assert!(objects.put(annotated).unwrap().is_of_substance());
        assert!(objects.put(flow("b", 12, "")).unwrap().is_of_substance());
    }
}
