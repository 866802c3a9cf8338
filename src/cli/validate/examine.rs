//! Examining: every object of a file goes through the rules, and every finding gets its place.

use std::sync::Arc;

use jobflow_core::admission::{self, ObjectName, Recognized, TemplateIndex};
use jobflow_core::diagnostic::{Diagnostic, Reason, Report, Severity};
use jobflow_core::field::FieldPath;
use jobflow_core::rules::{Rule, duplicate_key, unknown_field, unknown_kind};
use serde_json::Value;

use super::outcome::{CheckedObject, FileOutcome, Finding, Related};
use super::read_file::ReadFile;
use super::settings::Settings;
use super::suppress::Suppressions;
use super::{fix, schema};
use crate::cli::manifest::{Aim, Document, Locator, Object, Place, Source, Span};

/// An unknown field where the author asked for leniency.
static LENIENT_UNKNOWN_FIELD: Rule = Rule {
    id: unknown_field::RULE.id,
    name: unknown_field::RULE.name,
    severity: Severity::Warn,
    source: unknown_field::RULE.source,
};

/// A file whose objects were held against the rules. Its own suppressions have not spoken yet.
pub struct Examined {
    outcome: FileOutcome,
    documents: Vec<ExaminedDocument>,
}

struct ExaminedDocument {
    document: Document,
    /// The number of its first object in the file.
    first: usize,
    /// What was found, by object.
    findings: Vec<Vec<Finding>>,
}

/// Which object of which document of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectPlace {
    document: usize,
    object: usize,
}

impl Examined {
    /// Holds every object against the rules.
    pub fn of(file: ReadFile, templates: &dyn TemplateIndex, settings: &Settings) -> Self {
        Self::with(file, |object| report(object, templates, settings))
    }

    /// The file as if no rule said anything.
    pub fn unchecked(file: ReadFile) -> Self {
        Self::with(file, |_| Report::default())
    }

    fn with(file: ReadFile, report: impl Fn(&Object) -> Report) -> Self {
        let ReadFile { mut outcome, documents } = file;
        let mut examined = Vec::new();
        for document in documents {
            let mut locator = Locator::new(&document.tree);
            let mut found = Vec::new();
            let first = outcome.objects.len();
            for object in &document.objects {
                let subject = Subject {
                    document: &document,
                    object,
                    number: outcome.objects.len(),
                    source: &outcome.source,
                };
                found.push(subject.findings(report(object), &mut locator));
                outcome.objects.push(CheckedObject {
                    kind: kind_of(&object.value),
                    name: name_of(&object.value),
                });
            }
            examined.push(ExaminedDocument {
                document,
                first,
                findings: found,
            });
        }
        Self {
            outcome,
            documents: examined,
        }
    }

    /// The name of the file.
    pub fn name(&self) -> &str {
        &self.outcome.name
    }

    /// Its text.
    pub fn source(&self) -> &Arc<Source> {
        &self.outcome.source
    }

    /// The objects, with what was found about each.
    pub fn objects(&self) -> impl Iterator<Item = (ObjectPlace, &Value, &[Finding])> {
        self.documents.iter().enumerate().flat_map(|(document, examined)| {
            let pairs = examined.document.objects.iter().zip(&examined.findings).enumerate();
            pairs.map(move |(object, (it, found))| (ObjectPlace { document, object }, &it.value, found.as_slice()))
        })
    }

    /// Where in the text the value of `path` in an object stands.
    pub fn span(&self, place: ObjectPlace, path: &FieldPath) -> Option<Span> {
        let document = &self.documents.get(place.document)?.document;
        let object = document.objects.get(place.object)?;
        let path = object.prefix.iter().chain(path.segments());
        Some(Locator::new(&document.tree).find(path, Aim::Value).span)
    }

    /// Adds a finding about an object, and another place that matters, if there is one.
    pub fn add(&mut self, place: ObjectPlace, diagnostic: Diagnostic, related: Option<Related>) {
        let Some(examined) = self.documents.get_mut(place.document) else {
            return;
        };
        let ExaminedDocument {
            document,
            first,
            findings,
        } = examined;
        let (Some(object), Some(findings)) = (document.objects.get(place.object), findings.get_mut(place.object))
        else {
            return;
        };
        let subject = Subject {
            document,
            object,
            number: *first + place.object,
            source: &self.outcome.source,
        };
        let mut finding = subject.placed(diagnostic, &mut Locator::new(&document.tree));
        finding.related = related.or(finding.related);
        findings.push(finding);
    }

    /// What there is to say of the file, without what it suppresses itself. Where no cluster `has_answered`, it is not known
    /// which suppressions of what clusters say are of use.
    pub fn settled(self, has_answered: bool) -> FileOutcome {
        let Self { mut outcome, documents } = self;
        let mut objects: usize = 0;
        for ExaminedDocument { document, findings, .. } in documents {
            let mut locator = Locator::new(&document.tree);
            let mut suppressions = Suppressions::of(&document, &outcome.source);
            for (object, mut findings) in document.objects.iter().zip(findings) {
                suppressions.add(object, &mut locator);
                outcome.suppressed += suppressions.apply(&mut findings, object, &outcome.source);
                outcome.denied += usize::from(findings.iter().any(|finding| finding.diagnostic.denies()));
                outcome.findings.append(&mut findings);
                objects += 1;
            }
            if !has_answered {
                suppressions.excuse_unasked();
            }
            // Comments stand beside objects, and of those the last one always is there.
            let about = suppressions.findings(objects.saturating_sub(1), &outcome.source);
            outcome.findings.extend(about);
        }
        let place = |finding: &Finding| (finding.document, finding.span.start);
        outcome.findings.sort_by(|a, b| {
            let by_place = place(a).cmp(&place(b));
            by_place.then_with(|| a.diagnostic.rule.id.cmp(b.diagnostic.rule.id))
        });
        outcome
    }
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

/// An object among those of its file.
struct Subject<'a> {
    document: &'a Document,
    object: &'a Object,
    /// Its number in the file.
    number: usize,
    source: &'a Source,
}

impl Subject<'_> {
    /// All that is to be said of it.
    fn findings(&self, report: Report, locator: &mut Locator<'_>) -> Vec<Finding> {
        let duplicates = self.object.duplicates.iter().map(|duplicate| {
            let fault = duplicate_key::fault(duplicate.path.clone());
            Finding {
                related: Some(related(duplicate.first.clone(), "first given here")),
                ..self.finding(fault, duplicate.second.clone())
            }
        });
        let mut found: Vec<Finding> = duplicates.collect();
        found.extend(report.into_iter().map(|diagnostic| self.placed(diagnostic, locator)));
        found
    }

    /// A finding where its path leads to.
    fn placed(&self, diagnostic: Diagnostic, locator: &mut Locator<'_>) -> Finding {
        let path = self.object.prefix.iter().chain(diagnostic.path.segments());
        let place: Place = locator.find(path, aim(&diagnostic));
        let fix = fix::of(&diagnostic, self.object, &place, self.source);
        Finding {
            fix,
            related: place.alias.map(|span| related(span, "used here")),
            ..self.finding(diagnostic, place.span)
        }
    }

    fn finding(&self, diagnostic: Diagnostic, span: Span) -> Finding {
        Finding {
            object: self.number,
            document: self.document.number,
            kind: kind_of(&self.object.value),
            name: name_of(&self.object.value),
            position: self.source.position(span.start),
            diagnostic,
            span,
            related: None,
            template: self.document.template.clone(),
            fix: None,
        }
    }
}

fn related(span: Span, why: &'static str) -> Related {
    Related { span, why, file: None }
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
