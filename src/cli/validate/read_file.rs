//! Reading a file: its objects that are to be checked, and the count of the others.

use std::sync::Arc;

use jobflow_core::admission::{self, KnownTemplates, Recognized};
use serde_json::Value;

use super::outcome::FileOutcome;
use super::settings::Settings;
use crate::cli::manifest::{Document, Manifest};

/// A file that was read, with nothing but what has to be checked.
pub struct ReadFile {
    pub(super) outcome: FileOutcome,
    pub(super) documents: Vec<Document>,
}

impl ReadFile {
    /// Reads a file of which the objects are checked that `settings` ask for.
    pub fn of(name: String, bytes: Vec<u8>, settings: &Settings) -> Self {
        Self::with(name, bytes, |object| match admission::recognize(object) {
            Recognized::Ours(kind) => settings.wants(kind),
            Recognized::UnknownKind(_) => true,
            Recognized::Foreign => settings.fail_on_unknown_kind,
        })
    }

    /// Reads a file of which only the JobTemplates count, and nothing else is said.
    pub fn of_templates(name: String, bytes: Vec<u8>) -> Self {
        let mut file = Self::with(
            name,
            bytes,
            |object| matches!(admission::recognize(object), Recognized::Ours(kind) if kind.kind == "JobTemplate"),
        );
        file.outcome.passed_over = 0;
        file.outcome.unreadable.clear();
        file
    }

    fn with(name: String, bytes: Vec<u8>, is_asked_for: impl Fn(&Value) -> bool) -> Self {
        let Manifest {
            source,
            mut documents,
            unreadable,
        } = Manifest::read(bytes);
        let mut outcome = FileOutcome {
            name,
            source: Arc::new(source),
            documents: documents.len(),
            checked: 0,
            objects: Vec::new(),
            passed_over: 0,
            denied: 0,
            suppressed: 0,
            findings: Vec::new(),
            unreadable,
        };
        for document in &mut documents {
            let all = document.objects.len();
            document.objects.retain(|object| is_asked_for(&object.value));
            outcome.checked += document.objects.len();
            outcome.passed_over += all - document.objects.len();
        }
        documents.retain(|document| !document.objects.is_empty());
        Self { outcome, documents }
    }

    /// Notes the JobTemplates of the file.
    pub fn note(&self, known: &mut KnownTemplates) {
        for object in self.documents.iter().flat_map(|document| &document.objects) {
            known.note(&object.value);
        }
    }
}
