//! Checking: every object of every file goes through the rules, and every finding gets its place.

use std::borrow::Cow;

use jobflow_core::admission::{self, KnownTemplates, ObjectName, Recognized};
use jobflow_core::diagnostic::{Diagnostic, Reason, Report};
use jobflow_core::rules::duplicate_key;
use serde_json::Value;

use super::parallel::Workers;
use crate::cli::exit::Exit;
use crate::cli::input::{Failure, Input};
use crate::cli::manifest::{Aim, Document, Locator, Manifest, Object, Position, Source, Span, Unreadable};

/// Everything that was found.
#[derive(Debug)]
pub struct Outcome {
    /// What could be read, in the order of the arguments.
    pub files: Vec<FileOutcome>,
    /// What could not be opened or read at all.
    pub failures: Vec<Failure>,
}

/// What was found in one file.
#[derive(Debug)]
pub struct FileOutcome {
    /// Its name.
    pub name: String,
    /// Its text.
    pub source: Source,
    /// Documents that could be read.
    pub documents: usize,
    /// Objects of ours.
    pub checked: usize,
    /// What they are called, in the order of the text.
    pub objects: Vec<CheckedObject>,
    /// Other objects.
    pub passed_over: usize,
    /// The findings, in the order of the text.
    pub findings: Vec<Finding>,
    /// The places where it could not be read.
    pub unreadable: Vec<Unreadable>,
}

/// An object of ours that was checked.
#[derive(Clone, Debug)]
pub struct CheckedObject {
    /// Its kind.
    pub kind: String,
    /// Its name, with a question mark where the API server will complete it; empty for none.
    pub name: String,
}

/// A finding and its place.
#[derive(Debug)]
pub struct Finding {
    /// Which of [`FileOutcome::objects`] it is about.
    pub object: usize,
    /// The number of the document.
    pub document: usize,
    /// The kind of the object.
    pub kind: String,
    /// The name of the object, with a question mark where the API server will complete it; empty for none.
    pub name: String,
    /// What was found.
    pub diagnostic: Diagnostic,
    /// Where.
    pub span: Span,
    /// Where that begins, as people count.
    pub position: Position,
    /// Another place that matters, and why.
    pub related: Option<(Span, &'static str)>,
}

/// A file that was read, with nothing but what has to be checked.
struct ReadFile {
    outcome: FileOutcome,
    documents: Vec<Document>,
}

/// Reads and checks all of `inputs`.
pub fn check(inputs: Vec<Result<Input, Failure>>, workers: &Workers<'_>) -> Outcome {
    let mut failures = Vec::new();
    let mut files = Vec::new();
    for file in workers.map(inputs, |input| input.and_then(|input| read(&input))) {
        match file {
            Ok(file) => files.push(file),
            Err(failure) => failures.push(failure),
        }
    }
    let mut templates = KnownTemplates::default();
    for object in files
        .iter()
        .flat_map(|file| &file.documents)
        .flat_map(|document| &document.objects)
    {
        templates.note(&object.value);
    }
    let files = workers.map(files, |file| checked(file, &templates));
    Outcome { files, failures }
}

fn read(input: &Input) -> Result<ReadFile, Failure> {
    let Manifest {
        source,
        mut documents,
        unreadable,
    } = Manifest::read(input.read()?);
    let mut outcome = FileOutcome {
        name: input.name(),
        source,
        documents: documents.len(),
        checked: 0,
        objects: Vec::new(),
        passed_over: 0,
        findings: Vec::new(),
        unreadable,
    };
    for document in &mut documents {
        let all = document.objects.len();
        document
            .objects
            .retain(|object| !matches!(admission::recognize(&object.value), Recognized::Foreign));
        outcome.checked += document.objects.len();
        outcome.passed_over += all - document.objects.len();
    }
    documents.retain(|document| !document.objects.is_empty());
    Ok(ReadFile { outcome, documents })
}

fn checked(file: ReadFile, templates: &KnownTemplates) -> FileOutcome {
    let ReadFile { mut outcome, documents } = file;
    for document in documents {
        let mut locator = Locator::new(&document.tree);
        for object in &document.objects {
            let report = report(object, templates);
            let about = (document.number, outcome.objects.len());
            let mut findings = findings(about, object, report, &mut locator, &outcome.source);
            outcome.findings.append(&mut findings);
            outcome.objects.push(CheckedObject {
                kind: kind_of(&object.value),
                name: name_of(&object.value),
            });
        }
    }
    let place = |finding: &Finding| (finding.document, finding.span.start);
    outcome.findings.sort_by(|a, b| {
        let by_place = place(a).cmp(&place(b));
        by_place.then_with(|| a.diagnostic.rule.id.cmp(b.diagnostic.rule.id))
    });
    outcome
}

fn report(object: &Object, templates: &KnownTemplates) -> Report {
    match admission::recognize(&object.value) {
        Recognized::Ours(kind) => admission::check(kind, &object.value, templates),
        Recognized::UnknownKind(diagnostic) => Report::from(vec![*diagnostic]),
        Recognized::Foreign => Report::default(),
    }
}

fn findings(
    (document, number): (usize, usize),
    object: &Object,
    report: Report,
    locator: &mut Locator<'_>,
    source: &Source,
) -> Vec<Finding> {
    let (kind, name) = (kind_of(&object.value), name_of(&object.value));
    let finding = |diagnostic, span: Span, related| Finding {
        object: number,
        document,
        kind: kind.clone(),
        name: name.clone(),
        position: source.position(span.start),
        diagnostic,
        span,
        related,
    };
    let duplicates = object.duplicates.iter().map(|duplicate| {
        let related = Some((duplicate.first.clone(), "first given here"));
        finding(
            duplicate_key::fault(duplicate.path.clone()),
            duplicate.second.clone(),
            related,
        )
    });
    let mut found: Vec<Finding> = duplicates.collect();
    for diagnostic in report {
        let path = object.prefix.iter().chain(diagnostic.path.segments());
        let place = locator.find(path, aim(&diagnostic));
        let related = place.definition.map(|span| (span, "defined here"));
        found.push(finding(diagnostic, place.span, related));
    }
    found
}

/// What may not be given at all is wrong as a whole, so its key is shown.
fn aim(diagnostic: &Diagnostic) -> Aim {
    match diagnostic.reason {
        Reason::Forbidden => Aim::Key,
        _ => Aim::Value,
    }
}

fn kind_of(object: &Value) -> String {
    object
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn name_of(object: &Value) -> String {
    match ObjectName::of(object) {
        ObjectName::Given(name) => name.to_owned(),
        ObjectName::Generated(prefix) => format!("{prefix}?"),
        ObjectName::Missing => String::new(),
    }
}

impl Finding {
    /// What was found. A warning tells what happens to a value, so it begins with the value.
    pub fn message(&self) -> Cow<'_, str> {
        let message = &self.diagnostic.message;
        match &self.diagnostic.value {
            Some(value) if !self.diagnostic.denies() => Cow::Owned(format!("{value} {message}")),
            _ => Cow::Borrowed(message),
        }
    }
}

impl Outcome {
    /// How many findings deny their object, and how many only warn.
    pub fn denied_and_warned(&self) -> (usize, usize) {
        let findings = self.files.iter().flat_map(|file| &file.findings);
        let (denied, warned): (Vec<_>, Vec<_>) = findings.partition(|finding| finding.diagnostic.denies());
        (denied.len(), warned.len())
    }

    /// How many files and places could not be read.
    pub fn unreadable(&self) -> usize {
        self.failures.len() + self.files.iter().map(|file| file.unreadable.len()).sum::<usize>()
    }

    /// The exit status: what could not be read may hide anything, so it wins.
    pub fn exit(&self) -> Exit {
        match (self.unreadable(), self.denied_and_warned()) {
            (1.., _) => Exit::Unreadable,
            (0, (1.., _)) => Exit::Denied,
            (0, (0, _)) => Exit::Clean,
        }
    }
}
