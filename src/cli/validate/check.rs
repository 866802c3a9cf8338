//! Checking: every object of every file goes through the rules, and every finding gets its place.

use std::borrow::Cow;

use jobflow_core::admission::{self, KnownTemplates, NoTemplates, ObjectName, Recognized, TemplateIndex};
use jobflow_core::diagnostic::{Diagnostic, Reason, Report, Severity};
use jobflow_core::rules::{Rule, duplicate_key, unknown_field, unknown_kind};
use serde_json::Value;

use super::fix::Edit;
use super::parallel::Workers;
use super::settings::{FailOn, Settings};
use super::suppress::Suppressions;
use super::{fix, schema};
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
    /// How many findings that deny, and how many that warn, are counted and not shown (`--max-findings`).
    pub hidden: (usize, usize),
    /// What ends as a failure.
    pub fail_on: FailOn,
    /// Whether nothing of ours is a failure too.
    pub require_match: bool,
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
    /// Objects of ours that are refused, also where the findings that refuse them are not shown.
    pub denied: usize,
    /// Findings that the file itself suppresses.
    pub suppressed: usize,
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
    /// The template of a chart that Helm made the document from.
    pub template: Option<String>,
    /// The change of the text that mends it, where there is one safe answer.
    pub fix: Option<Edit>,
}

/// A file that was read, with nothing but what has to be checked.
struct ReadFile {
    outcome: FileOutcome,
    documents: Vec<Document>,
}

/// An unknown field where the author asked for leniency.
static LENIENT_UNKNOWN_FIELD: Rule = Rule {
    id: unknown_field::RULE.id,
    name: unknown_field::RULE.name,
    severity: Severity::Warn,
    source: unknown_field::RULE.source,
};

/// Something to check: what it is called, and its bytes or why there are none.
pub type Loaded = Result<(String, Vec<u8>), Failure>;

/// Reads all of `inputs`.
pub fn load(inputs: Vec<Result<Input, Failure>>, workers: &Workers<'_>) -> Vec<Loaded> {
    workers.map(inputs, |input| {
        let input = input?;
        Ok((input.name(), input.read()?))
    })
}

/// Checks all that was read. Of `templates` only the JobTemplates count.
pub fn check(inputs: Vec<Loaded>, templates: Vec<Loaded>, settings: &Settings, workers: &Workers<'_>) -> Outcome {
    let mut failures = Vec::new();
    let mut files = Vec::new();
    for file in workers.map(inputs, |input| input.map(|(name, bytes)| read(name, bytes, settings))) {
        match file {
            Ok(file) => files.push(file),
            Err(failure) => failures.push(failure),
        }
    }
    let mut known = KnownTemplates::default();
    if !templates.is_empty() {
        known.complete();
    }
    for file in templates {
        match file {
            Ok((_, bytes)) => note(&mut known, &Manifest::read(bytes).documents),
            Err(failure) => failures.push(failure),
        }
    }
    for file in &files {
        note(&mut known, &file.documents);
    }
    let index: &dyn TemplateIndex = if settings.ignore_missing_refs {
        &NoTemplates
    } else {
        &known
    };
    let mut outcome = Outcome {
        files: workers.map(files, |file| checked(file, index, settings)),
        failures,
        hidden: (0, 0),
        fail_on: settings.fail_on,
        require_match: settings.require_match,
    };
    outcome.hide_beyond(settings.max_findings);
    outcome
}

fn note(known: &mut KnownTemplates, documents: &[Document]) {
    for object in documents.iter().flat_map(|document| &document.objects) {
        known.note(&object.value);
    }
}

fn read(name: String, bytes: Vec<u8>, settings: &Settings) -> ReadFile {
    let Manifest {
        source,
        mut documents,
        unreadable,
    } = Manifest::read(bytes);
    let mut outcome = FileOutcome {
        name,
        source,
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
        document.objects.retain(|object| is_asked_for(&object.value, settings));
        outcome.checked += document.objects.len();
        outcome.passed_over += all - document.objects.len();
    }
    documents.retain(|document| !document.objects.is_empty());
    ReadFile { outcome, documents }
}

fn is_asked_for(object: &Value, settings: &Settings) -> bool {
    match admission::recognize(object) {
        Recognized::Ours(kind) => settings.wants(kind),
        Recognized::UnknownKind(_) => true,
        Recognized::Foreign => settings.fail_on_unknown_kind,
    }
}

fn checked(file: ReadFile, templates: &dyn TemplateIndex, settings: &Settings) -> FileOutcome {
    let ReadFile { mut outcome, documents } = file;
    for document in documents {
        let mut locator = Locator::new(&document.tree);
        let mut suppressions = Suppressions::of(&document, &outcome.source);
        for object in &document.objects {
            let report = report(object, templates, settings);
            let number = outcome.objects.len();
            let mut findings = findings(&document, number, object, report, &mut locator, &outcome.source);
            suppressions.add(object, &mut locator);
            outcome.suppressed += suppressions.apply(&mut findings, object, &outcome.source);
            outcome.denied += usize::from(findings.iter().any(|finding| finding.diagnostic.denies()));
            outcome.findings.append(&mut findings);
            outcome.objects.push(CheckedObject {
                kind: kind_of(&object.value),
                name: name_of(&object.value),
            });
        }
        // Comments stand beside objects, and of those the last one always is there.
        let about = suppressions.findings(outcome.objects.len().saturating_sub(1), &outcome.source);
        outcome.findings.extend(about);
    }
    let place = |finding: &Finding| (finding.document, finding.span.start);
    outcome.findings.sort_by(|a, b| {
        let by_place = place(a).cmp(&place(b));
        by_place.then_with(|| a.diagnostic.rule.id.cmp(b.diagnostic.rule.id))
    });
    outcome
}

fn report(object: &Object, templates: &dyn TemplateIndex, settings: &Settings) -> Report {
    let report = match admission::recognize(&object.value) {
        Recognized::Ours(kind) => admission::check_with(kind, &object.value, templates, |normalized, report| {
            schema::check(kind, normalized, report);
        }),
        Recognized::UnknownKind(diagnostic) => Report::from(vec![*diagnostic]),
        Recognized::Foreign => Report::from(vec![unknown_kind::stranger(&kind_of(&object.value))]),
    };
    if settings.lenient { lenient(report) } else { report }
}

/// The report with what is unknown no longer denied.
fn lenient(report: Report) -> Report {
    let softened = report.into_iter().map(|mut finding| {
        if *finding.rule == unknown_field::RULE {
            finding.rule = &LENIENT_UNKNOWN_FIELD;
        }
        finding
    });
    Report::from(softened.collect::<Vec<_>>())
}

fn findings(
    document: &Document,
    number: usize,
    object: &Object,
    report: Report,
    locator: &mut Locator<'_>,
    source: &Source,
) -> Vec<Finding> {
    let (kind, name) = (kind_of(&object.value), name_of(&object.value));
    let finding = |diagnostic, span: Span, related, fix| Finding {
        object: number,
        document: document.number,
        kind: kind.clone(),
        name: name.clone(),
        position: source.position(span.start),
        diagnostic,
        span,
        related,
        template: document.template.clone(),
        fix,
    };
    let duplicates = object.duplicates.iter().map(|duplicate| {
        let related = Some((duplicate.first.clone(), "first given here"));
        finding(
            duplicate_key::fault(duplicate.path.clone()),
            duplicate.second.clone(),
            related,
            None,
        )
    });
    let mut found: Vec<Finding> = duplicates.collect();
    for diagnostic in report {
        let path = object.prefix.iter().chain(diagnostic.path.segments());
        let place = locator.find(path, aim(&diagnostic));
        let fix = fix::of(&diagnostic, object, &place, source);
        let related = place.alias.map(|span| (span, "used here"));
        found.push(finding(diagnostic, place.span, related, fix));
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
    /// How many findings deny their object, and how many only warn; those that are not shown count too.
    pub fn denied_and_warned(&self) -> (usize, usize) {
        let findings = self.files.iter().flat_map(|file| &file.findings);
        let (denied, warned): (Vec<_>, Vec<_>) = findings.partition(|finding| finding.diagnostic.denies());
        (denied.len() + self.hidden.0, warned.len() + self.hidden.1)
    }

    /// How many files and places could not be read.
    pub fn unreadable(&self) -> usize {
        self.failures.len() + self.files.iter().map(|file| file.unreadable.len()).sum::<usize>()
    }

    /// How many objects were checked.
    pub fn checked(&self) -> usize {
        self.files.iter().map(|file| file.checked).sum()
    }

    /// The exit status: what could not be read may hide anything, so it wins.
    pub fn exit(&self) -> Exit {
        let (denied, warned) = self.denied_and_warned();
        let failures = match self.fail_on {
            FailOn::Error => denied,
            FailOn::Warning => denied + warned,
            FailOn::Never => 0,
        };
        match (self.unreadable(), failures) {
            (1.., _) => Exit::Unreadable,
            _ if self.require_match && self.checked() == 0 => Exit::Unreadable,
            (0, 1..) => Exit::Denied,
            (0, 0) => Exit::Clean,
        }
    }

    /// Keeps the first findings, and counts the others.
    pub fn hide_beyond(&mut self, most: Option<usize>) {
        let mut shown = most.unwrap_or(usize::MAX);
        for file in &mut self.files {
            let hidden = file.findings.split_off(shown.min(file.findings.len()));
            shown -= file.findings.len();
            let denied = hidden.iter().filter(|finding| finding.diagnostic.denies()).count();
            self.hidden.0 += denied;
            self.hidden.1 += hidden.len() - denied;
        }
    }
}
