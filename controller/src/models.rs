//! What the rules made of each stored object, so that they are asked once a generation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jobflow_core::diagnostic::Report;

use crate::sync::lock;

/// The verdicts on objects of one kind whose model is `M`.
#[derive(Debug)]
pub(crate) struct Models<M>(Mutex<HashMap<String, Verdict<M>>>);

/// A verdict, and the generation that it is on.
type Verdict<M> = (i64, Arc<Examined<M>>);

/// The verdict on one stored object.
#[derive(Debug)]
pub(crate) struct Examined<M> {
    /// What was found.
    pub report: Report,
    /// The proven model; `None` if something is denied.
    pub model: Option<M>,
}

impl<M> Default for Models<M> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<M> Models<M> {
    /// The verdict on this generation of the object; `examine` is asked only if it has not been asked before.
    pub fn get(&self, uid: &str, generation: i64, examine: impl FnOnce() -> Examined<M>) -> Arc<Examined<M>> {
        if let Some((of, examined)) = lock(&self.0).get(uid)
            && *of == generation
        {
            return Arc::clone(examined);
        }
        // Not under the lock: a large object takes milliseconds, and others need not wait for it.
        let examined = Arc::new(examine());
        lock(&self.0).insert(uid.to_owned(), (generation, Arc::clone(&examined)));
        examined
    }

    /// Forgets an object that is gone, or that is finished and hardly looked at any more.
    pub fn forget(&self, uid: &str) {
        lock(&self.0).remove(uid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_asked_once_a_generation() {
        let models = Models::default();
        let asked = Mutex::new(0);
        let get = |uid, generation| {
            let examine = || {
                *lock(&asked) += 1;
                Examined {
                    report: Report::default(),
                    model: Some(*lock(&asked)),
                }
            };
            models.get(uid, generation, examine).model.unwrap()
        };
        assert_eq!(
            [get("a", 1), get("a", 1), get("b", 1), get("a", 2), get("a", 2)],
            [1, 1, 2, 3, 3]
        );
        models.forget("a");
        assert_eq!([get("a", 2), get("b", 1)], [4, 2]);
    }
}
