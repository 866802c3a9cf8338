//! What the rules made of each stored object, so that they are asked once a generation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jobflow_core::examine::Examined;
use kube::Resource;
use serde::Serialize;
use serde_json::Value;

use crate::stored::Stored;
use crate::sync::lock;

/// How much JSON the models that are kept were made from. A step of 200 bytes becomes a model of about 8 kB, so they take about
/// 40 MiB; those that were looked at least recently are made anew when they are needed, which takes 20 µs a step.
const SPEC_BYTES_MAX: usize = 1 << 20;

/// The verdicts on objects of one kind whose model is `M`.
#[derive(Debug)]
pub(crate) struct Models<M>(Mutex<Held<M>>);

#[derive(Debug)]
struct Held<M> {
    by_uid: HashMap<String, Verdict<M>>,
    /// Of all of them.
    spec_bytes: usize,
    /// Counts the looks.
    looks: u64,
}

#[derive(Debug)]
struct Verdict<M> {
    generation: i64,
    examined: Arc<Examined<M>>,
    spec_bytes: usize,
    /// When it was last looked at.
    look: u64,
}

impl<M> Default for Models<M> {
    fn default() -> Self {
        Self(Mutex::new(Held {
            by_uid: HashMap::new(),
            spec_bytes: 0,
            looks: 0,
        }))
    }
}

impl<M> Models<M> {
    /// The verdict on this generation of the object. Its JSON is examined only if that is not known.
    pub fn get<K>(&self, stored: &Stored<K>, examine: impl FnOnce(&Value) -> Examined<M>) -> Arc<Examined<M>>
    where
        K: Resource<DynamicType = ()> + Serialize,
    {
        let (uid, generation) = (stored.uid(), stored.generation());
        if let Some(known) = lock(&self.0).known(uid, generation) {
            return known;
        }
        // Not under the lock: a large object takes milliseconds, and others need not wait for it.
        let examined = Arc::new(examine(&stored.to_json()));
        lock(&self.0).keep(uid, generation, Arc::clone(&examined), stored.spec_bytes());
        examined
    }

    /// Forgets an object that is gone, or that is finished and hardly looked at any more.
    pub fn forget(&self, uid: &str) {
        lock(&self.0).forget(uid);
    }
}

impl<M> Held<M> {
    fn known(&mut self, uid: &str, generation: i64) -> Option<Arc<Examined<M>>> {
        self.looks += 1;
        let known = self.by_uid.get_mut(uid)?;
        known.look = self.looks;
        (known.generation == generation).then(|| Arc::clone(&known.examined))
    }

    /// Keeps a verdict, and no more of the others than there is room for.
    fn keep(&mut self, uid: &str, generation: i64, examined: Arc<Examined<M>>, spec_bytes: usize) {
        self.forget(uid);
        while self.spec_bytes + spec_bytes > SPEC_BYTES_MAX {
            let Some(oldest) = self.by_uid.iter().min_by_key(|(_, verdict)| verdict.look) else {
                break;
            };
            let oldest = oldest.0.clone();
            self.forget(&oldest);
        }
        self.spec_bytes += spec_bytes;
        let verdict = Verdict {
            generation,
            examined,
            spec_bytes,
            look: self.looks,
        };
        self.by_uid.insert(uid.to_owned(), verdict);
    }

    fn forget(&mut self, uid: &str) {
        if let Some(forgotten) = self.by_uid.remove(uid) {
            self.spec_bytes -= forgotten.spec_bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use crds::JobFlow;
    use jobflow_core::diagnostic::Report;
    use serde_json::json;

    use super::*;

    /// An object with so many bytes of spec.
    fn stored(uid: &str, generation: i64, spec_bytes: usize) -> Stored<JobFlow> {
        let metadata = json!({"uid": uid, "generation": generation});
        let object = |name: &str| json!({"metadata": metadata, "spec": {"flows": [{"name": name}]}});
        let read = |name: &str| -> Stored<JobFlow> { serde_json::from_value(object(name)).unwrap() };
        read(&"x".repeat(spec_bytes - read("").spec_bytes()))
    }

    #[test]
    fn rules_are_asked_once_a_generation() {
        let models = Models::default();
        let asked = Mutex::new(0);
        let get = |uid, generation| {
            let examine = |_: &Value| {
                *lock(&asked) += 1;
                Examined {
                    report: Report::default(),
                    model: Some(*lock(&asked)),
                }
            };
            models.get(&stored(uid, generation, 100), examine).model.unwrap()
        };
        assert_eq!(
            [get("a", 1), get("a", 1), get("b", 1), get("a", 2), get("a", 2)],
            [1, 1, 2, 3, 3]
        );
        models.forget("a");
        assert_eq!([get("a", 2), get("b", 1)], [4, 2]);
    }

    #[test]
    fn what_was_looked_at_least_recently_makes_room() {
        let models = Models::default();
        let get = |uid: &str, spec_bytes| {
            let examine = |_: &Value| Examined {
                report: Report::default(),
                model: Some(()),
            };
            drop(models.get(&stored(uid, 1, spec_bytes), examine));
        };
        let known = || {
            let held = lock(&models.0);
            let mut uids: Vec<String> = held.by_uid.keys().cloned().collect();
            uids.sort_unstable();
            (uids.concat(), held.spec_bytes)
        };
        let half = SPEC_BYTES_MAX / 2;
        get("a", half);
        get("b", half);
        get("a", half);
        get("c", 100);
        assert_eq!(known(), ("ac".to_owned(), half + 100));
        get("d", 2 * SPEC_BYTES_MAX);
        assert_eq!(
            known(),
            ("d".to_owned(), 2 * SPEC_BYTES_MAX),
            "one is kept, however large"
        );
        get("e", 100);
        assert_eq!(known(), ("e".to_owned(), 100));
    }
}
