//! The scene: all files that may be spoken of, and what in them refers to what.

use std::collections::{BTreeMap, BTreeSet};

use jobflow_core::admission::{self, ObjectName, Recognized, namespace_of};
use jobflow_core::field::FieldPath;
use jobflow_core::kinds::Kind;
use jobflow_core::rendering::World;
use jobflow_core::rules::unknown_field;
use jobflow_core::{job_flow, job_template};
use serde_json::Value;

use super::jobs::Shown;
use crate::cli::validate::examine::{Examined, ObjectPlace};
use crate::cli::validate::outcome::{Finding, Related};

/// Where an object is: in which file, and where in it.
pub type Spot = (usize, ObjectPlace);

/// Namespace and name of a JobTemplate.
type Key = (String, String);

/// All files that may be spoken of.
pub struct Scene<'e> {
    /// First those that are checked, then those of `--templates`.
    files: &'e [Examined],
    /// How many are checked.
    checked: usize,
    /// The namespace of whatever names none.
    namespace: String,
    /// What Jobs are rendered with.
    pub world: World,
    templates: BTreeMap<Key, Spot>,
    /// The JobTemplates that flows refer to whose Jobs are shown.
    used: BTreeSet<Key>,
}

impl<'e> Scene<'e> {
    /// That of `files`, of which the first ones are `checked`, and whose JobTemplates count more than the others.
    pub fn of(files: &'e [Examined], checked: usize, namespace: &str) -> Self {
        let mut scene = Self {
            files,
            checked,
            namespace: namespace.to_owned(),
            world: World::with_stand_ins(),
            templates: BTreeMap::new(),
            used: BTreeSet::new(),
        };
        let (checked, others): (Vec<_>, Vec<_>) = files.iter().enumerate().partition(|(file, _)| *file < checked);
        for (file, examined) in others.into_iter().chain(checked) {
            for (place, value, said) in examined.objects() {
                scene.note((file, place), value, said);
            }
        }
        scene
    }

    fn note(&mut self, spot: Spot, value: &Value, said: &[Finding]) {
        if is_of(&job_template::KIND, value) {
            let value = self.stored(value, said);
            self.world.note(&value);
            self.templates.extend(key(&value).map(|key| (key, spot)));
        } else if is_of(&job_flow::KIND, value) && !is_denied(said) {
            let namespace = namespace_of(&self.stored(value, said)).to_owned();
            let flows = value.pointer("/spec/flows").and_then(Value::as_array);
            let names = flows
                .into_iter()
                .flatten()
                .filter_map(|flow| flow.get("jobTemplateRef")?.as_str());
            self.used.extend(names.map(|name| (namespace.clone(), name.to_owned())));
        }
    }

    /// The objects that are checked, as they would be stored.
    pub fn objects(&self) -> impl Iterator<Item = (Spot, Value, &'e [Finding])> {
        let files = self.files.iter().take(self.checked).enumerate();
        let objects = files.flat_map(|(file, it)| {
            it.objects()
                .map(move |(place, value, said)| ((file, place), value, said))
        });
        objects.map(|(spot, value, said)| (spot, self.stored(value, said), said))
    }

    /// Whether `value` is a JobTemplate that is shown with the steps that use it.
    pub fn is_used(&self, value: &Value) -> bool {
        is_of(&job_template::KIND, value) && key(value).is_some_and(|key| self.used.contains(&key))
    }

    /// Where the JobTemplate is that a step refers to by `name`.
    pub fn template(&self, shown: &Shown, name: String) -> Option<Spot> {
        self.templates.get(&(shown.namespace.clone(), name)).copied()
    }

    /// The place of a step, as one that matters to its JobTemplate, which is in `file`.
    pub fn user(&self, shown: &Shown, file: usize) -> Option<Related> {
        let (own, place) = shown.spot;
        let user = self.files.get(own)?;
        let span = user.span(place, &shown.origin.reference()?)?;
        let is_elsewhere = own != file;
        Some(Related {
            span,
            why: "used by this step",
            file: is_elsewhere.then(|| (user.name().to_owned(), user.source().clone())),
        })
    }

    /// The object as the API server would store it: in the namespace that kubectl would put it into, and without the fields
    /// that are unknown, where `said` only warns of them.
    fn stored(&self, value: &Value, said: &[Finding]) -> Value {
        let mut value = value.clone();
        if namespace_of(&value).is_empty()
            && let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut)
        {
            metadata.insert("namespace".to_owned(), self.namespace.as_str().into());
        }
        let said = said.iter().map(|finding| &finding.diagnostic);
        for unknown in said.filter(|it| *it.rule == unknown_field::RULE && !it.denies()) {
            drop_member(&mut value, &unknown.path);
        }
        value
    }
}

fn drop_member(value: &mut Value, path: &FieldPath) {
    if let Some((last, outer)) = path.segments().split_last()
        && let Some(Value::Object(members)) = value.pointer_mut(&FieldPath::new(outer.to_vec()).to_pointer())
    {
        members.remove(last.name());
    }
}

/// Whether rules deny the object of which they said `said`.
pub fn is_denied(said: &[Finding]) -> bool {
    said.iter().any(|finding| finding.diagnostic.denies())
}

fn key(template: &Value) -> Option<Key> {
    match ObjectName::of(template) {
        ObjectName::Given(name) => Some((namespace_of(template).to_owned(), name.to_owned())),
        ObjectName::Generated(_) | ObjectName::Missing => None,
    }
}

fn is_of(kind: &Kind, value: &Value) -> bool {
    matches!(admission::recognize(value), Recognized::Ours(known) if known.kind == kind.kind)
}
