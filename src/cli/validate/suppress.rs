//! Suppressions: warnings that the author of a file declares to be meant, with a reason.
//!
//! ```text
//! # jobflow:ignore[JF204] reason            at the end of the line of the finding, or above it
//! api.practice.com/ignore.JF204: reason     an annotation, for all findings of the object
//! ```

use jobflow_core::diagnostic::Diagnostic;
use jobflow_core::field::{FieldPath, Segment};
use jobflow_core::rules::warned_by_server;
use jobflow_core::rules::{self, Rule, not_asked, refused_suppression, unexplained_suppression, unused_suppression};

use super::outcome::Finding;
use crate::cli::manifest::{Aim, Document, Locator, Note, Object, Source, Span};

/// What a comment says after `jobflow:`.
const IGNORE: &str = "ignore";

/// What the key of an annotation begins with.
const ANNOTATION: &str = "api.practice.com/ignore.";

/// The suppressions of one document.
#[derive(Debug)]
pub struct Suppressions {
    list: Vec<Suppression>,
    /// What is wrong with some.
    faults: Vec<Fault>,
    document: usize,
    template: Option<String>,
}

/// One rule that is suppressed at one place.
#[derive(Debug)]
struct Suppression {
    rule: &'static Rule,
    scope: Scope,
    at: Origin,
    is_used: bool,
}

/// Which findings are meant.
#[derive(Debug, PartialEq, Eq)]
enum Scope {
    /// Those of this line.
    Line(usize),
    /// Those of the object that stands here in the document.
    Object(Vec<Segment>),
}

/// Where a suppression is written.
#[derive(Clone, Debug)]
struct Origin {
    span: Span,
    /// The path of the annotation; empty for a comment.
    path: FieldPath,
}

#[derive(Debug)]
struct Fault {
    diagnostic: Diagnostic,
    span: Span,
}

impl Suppressions {
    /// Those in the comments of `document`.
    pub fn of(document: &Document, source: &Source) -> Self {
        let mut all = Self {
            list: Vec::new(),
            faults: Vec::new(),
            document: document.number,
            template: document.template.clone(),
        };
        for note in &document.tree.notes {
            all.add_comment(note, source);
        }
        all
    }

    fn add_comment(&mut self, note: &Note, source: &Source) {
        let at = Origin {
            span: note.span.clone(),
            path: FieldPath::default(),
        };
        let ids = note
            .text
            .strip_prefix(IGNORE)
            .and_then(|rest| rest.strip_prefix('[')?.split_once(']'));
        let Some((ids, reason)) = ids.filter(|(ids, _)| !ids.trim().is_empty()) else {
            self.refuse(refused_suppression::unreadable(FieldPath::default()), &at);
            return;
        };
        let line = meant_line(note, source);
        for id in ids.split(',') {
            self.add_one(id.trim(), reason, Scope::Line(line), &at);
        }
    }

    /// Adds those in the annotations of `object`.
    pub fn add(&mut self, object: &Object, locator: &mut Locator<'_>) {
        let annotations = object
            .value
            .pointer("/metadata/annotations")
            .and_then(|it| it.as_object());
        for (key, reason) in annotations.into_iter().flatten() {
            let Some(id) = key.strip_prefix(ANNOTATION) else {
                continue;
            };
            let key = |name: &str| Segment::Key(name.to_owned());
            let path = FieldPath::new(vec![key("metadata"), key("annotations"), Segment::MapKey(key_of(id))]);
            let place = locator.find(object.prefix.iter().chain(path.segments()), Aim::Key);
            let at = Origin { span: place.span, path };
            let scope = Scope::Object(object.prefix.clone());
            self.add_one(id, reason.as_str().unwrap_or_default(), scope, &at);
        }
    }

    fn add_one(&mut self, id: &str, reason: &str, scope: Scope, at: &Origin) {
        match rules::by_id(id) {
            Some(rule) if !is_suppressible(rule) => self.refuse(refused_suppression::fault(at.path.clone(), id), at),
            None => self.refuse(refused_suppression::fault(at.path.clone(), id), at),
            Some(rule) if reason.trim().is_empty() => {
                self.refuse(unexplained_suppression::fault(at.path.clone(), rule.id), at);
            }
            Some(rule) => self.list.push(Suppression {
                rule,
                scope,
                at: at.clone(),
                is_used: false,
            }),
        }
    }

    fn refuse(&mut self, diagnostic: Diagnostic, at: &Origin) {
        let span = at.span.clone();
        self.faults.push(Fault { diagnostic, span });
    }

    /// Takes out of `findings`, which are about `object`, those that are suppressed, and says how many.
    pub fn apply(&mut self, findings: &mut Vec<Finding>, object: &Object, source: &Source) -> usize {
        let before = findings.len();
        findings.retain(|finding| {
            if finding.diagnostic.denies() {
                return true;
            }
            let related = finding.related.as_ref().filter(|related| related.file.is_none());
            let used = related.map(|related| source.position(related.span.start).line);
            let lines = [Some(finding.position.line), used];
            let mut is_suppressed = false;
            for suppression in self.list.iter_mut().filter(|it| *it.rule == *finding.diagnostic.rule) {
                let is_meant = match &suppression.scope {
                    Scope::Line(line) => lines.contains(&Some(*line)),
                    Scope::Object(prefix) => *prefix == object.prefix,
                };
                suppression.is_used |= is_meant;
                is_suppressed |= is_meant;
            }
            !is_suppressed
        });
        before - findings.len()
    }

    /// From here on nothing is said of suppressions of what only clusters say: none was asked.
    pub fn excuse_unasked(&mut self) {
        let of_clusters = [&warned_by_server::RULE, &not_asked::RULE];
        for suppression in &mut self.list {
            suppression.is_used |= of_clusters.contains(&suppression.rule);
        }
    }

    /// What is to be said of the suppressions themselves, after all findings have been looked at: as about this object of the
    /// file.
    pub fn findings(self, object: usize, source: &Source) -> Vec<Finding> {
        let unused = self.list.into_iter().filter(|suppression| !suppression.is_used);
        let unused = unused.map(|suppression| Fault {
            diagnostic: unused_suppression::fault(suppression.at.path, suppression.rule.id),
            span: suppression.at.span,
        });
        let (document, template) = (self.document, self.template);
        let finding = |fault: Fault| Finding {
            object,
            document,
            kind: String::new(),
            name: String::new(),
            position: source.position(fault.span.start),
            diagnostic: fault.diagnostic,
            span: fault.span,
            related: None,
            template: template.clone(),
            fix: None,
        };
        self.faults.into_iter().chain(unused).map(finding).collect()
    }
}

fn key_of(id: &str) -> String {
    format!("{ANNOTATION}{id}")
}

/// What denies is denied, and what is said of suppressions would be of no use if it could be suppressed in turn.
fn is_suppressible(rule: &Rule) -> bool {
    let of_suppressions = [
        &unused_suppression::RULE,
        &unexplained_suppression::RULE,
        &refused_suppression::RULE,
    ];
    rule.severity == jobflow_core::diagnostic::Severity::Warn && !of_suppressions.contains(&rule)
}

/// The line that a comment speaks of: its own, or, where it stands alone, the next one that is neither blank nor a comment.
fn meant_line(note: &Note, source: &Source) -> usize {
    let own = source.line_span(note.span.start);
    let before = source.text().get(own.start..note.span.start).unwrap_or_default();
    let line = source.position(note.span.start).line;
    if !before.trim().is_empty() {
        return line;
    }
    let below = source.text().get(own.end..).unwrap_or_default().lines().skip(1);
    let passed = below
        .take_while(|text| text.trim().is_empty() || text.trim_start().starts_with('#'))
        .count();
    line + 1 + passed
}

#[cfg(test)]
mod tests;
