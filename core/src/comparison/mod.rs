//! The comparison of two versions of an object: which steps came, went, moved and changed, and what admission would say
//! about the update.
//!
//! Both are compared as they would be stored, so that what normalization makes the same is no difference. Steps are matched
//! by their names, those of a ManagedJob by the names of group and job.

mod order;
mod steps;

use std::borrow::Cow;

use serde_json::Value;

use crate::admission::{KnownTemplates, Operation, Review, Verdict, namespace_of, validate};
use crate::change::applied;
use crate::difference::{Difference, differences_below};
use crate::field::Segment;
use crate::kinds::Kind;
use crate::managed_job;

/// What the second version of an object changes.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What became of steps: in the order of the new version, those that went last.
    pub steps: Vec<StepChange>,
    /// Differences outside of steps.
    pub fields: Vec<Difference>,
    /// What admission says about the update from the one to the other.
    pub verdict: Verdict,
}

impl Comparison {
    /// Whether both are stored as the same.
    pub fn is_same(&self) -> bool {
        self.steps.is_empty() && self.fields.is_empty()
    }
}

/// What became of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct StepChange {
    /// Its name; that of a job in a group is `<group>/<job>`.
    pub name: String,
    /// Where it stands, such as `spec.flows[2]`: in the old version if it was removed, else in the new one.
    pub path: String,
    /// What became of it.
    pub what: What,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It stands elsewhere among the others or has other values.
    Changed {
        /// Where order matters: it has changed places with other steps.
        moved: bool,
        /// Where its values differ.
        fields: Vec<Difference>,
    },
}

/// Members of `metadata` that are the author's.
const METADATA: [&str; 2] = ["labels", "annotations"];

/// Compares two versions of an object.
pub fn compare(kind: &'static Kind, old: &Value, new: &Value, templates: &KnownTemplates) -> Comparison {
    let (old, new) = (normal(kind, old), normal(kind, new));
    let review = Review {
        kind,
        operation: Operation::Update,
        namespace: namespace_of(&new),
        object: Some(Cow::Borrowed(&new)),
        old_object: Some(Cow::Borrowed(&old)),
    };
    let verdict = validate(review, templates);
    let (old, new) = (comparable(kind, &old), comparable(kind, &new));
    let (steps, (old, new)) = steps::changes(kind, old, new);
    let mut fields = Vec::new();
    for member in METADATA {
        let at = |object: &Value| {
            object
                .get("metadata")
                .and_then(|metadata| metadata.get(member))
                .cloned()
                .unwrap_or_default()
        };
        let place = [Segment::Key("metadata".to_owned()), Segment::Key(member.to_owned())];
        fields.extend(differences_below(&at(&old), &at(&new), &place));
    }
    let spec = |object: &Value| object.get("spec").cloned().unwrap_or_default();
    fields.extend(differences_below(
        &spec(&old),
        &spec(&new),
        &[Segment::Key("spec".to_owned())],
    ));
    fields.sort_by(|a, b| a.path.cmp(&b.path));
    Comparison { steps, fields, verdict }
}

fn normal(kind: &Kind, object: &Value) -> Value {
    applied(object, &(kind.normalize)(object))
}

/// The object without what is computed or ignored.
fn comparable(kind: &Kind, object: &Value) -> Value {
    if kind.kind == managed_job::KIND.kind {
        let mut object = managed_job::rules::changed_managed_job::without_results(object);
        if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
            spec.remove("status");
        }
        return object;
    }
    object.clone()
}

#[cfg(test)]
mod tests;
