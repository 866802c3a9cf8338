//! A remark: a finding, or a place that cannot be read, in the one form that every format is made from.

use std::borrow::Cow;

use jobflow_core::rules::Rule;
use jobflow_core::text;

use crate::cli::input::Failure;
use crate::cli::manifest::{Position, Source, Span};
use crate::cli::validate::outcome::{FileOutcome, Finding, Outcome, Related};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something is denied, or cannot be read.
    Error,
    /// Something is accepted, with a warning.
    Warning,
}

impl Level {
    /// The word for it, the same in SARIF, in commands of GitHub and for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
        }
    }
}

/// A range of characters; the end is behind the last of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its first character.
    pub start: Position,
    /// Where it ends.
    pub end: Position,
}

/// Another place that matters.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'o> {
    /// The name of its file.
    pub file: &'o str,
    /// Where.
    pub region: Region,
    /// Why.
    pub why: &'static str,
}

/// One thing to say.
#[derive(Debug)]
pub struct Remark<'o> {
    /// The name of the file.
    pub file: &'o str,
    /// Where.
    pub region: Region,
    /// How bad it is.
    pub level: Level,
    /// What was found; `None` for what cannot be read.
    pub finding: Option<&'o Finding>,
    /// Another place that matters.
    pub related: Option<Beside<'o>>,
    /// What is wrong; for what cannot be read, what was expected.
    pub message: Cow<'o, str>,
}

/// In the place of a rule's id, for what cannot be read.
pub const UNREADABLE: &str = "unreadable";

/// Why that is so, in one sentence.
pub const UNREADABLE_SUMMARY: &str =
    "a file, or a document in it, that cannot be read, so that nothing in it is checked.";

/// Everything there is to say, ordered by file, line, column and rule.
pub fn remarks(outcome: &Outcome) -> Vec<Remark<'_>> {
    let failures = outcome.failures.iter().map(of_failure);
    let mut all: Vec<Remark<'_>> = failures.chain(outcome.files.iter().flat_map(of_file)).collect();
    all.sort_by(|a, b| (a.file, a.region.start, a.id()).cmp(&(b.file, b.region.start, b.id())));
    all
}

/// What there is to say of a file that could not be opened.
pub fn of_failure(failure: &Failure) -> Remark<'_> {
    Remark {
        file: &failure.name,
        region: BEGINNING,
        level: Level::Error,
        finding: None,
        related: None,
        message: failure.message.as_str().into(),
    }
}

/// What there is to say of one file.
pub fn of_file(file: &FileOutcome) -> impl Iterator<Item = Remark<'_>> {
    let unreadable = file.unreadable.iter().map(|fault| Remark {
        file: &file.name,
        region: region(&file.source, &fault.span),
        level: Level::Error,
        finding: None,
        related: None,
        message: fault.message.as_str().into(),
    });
    let findings = file.findings.iter().map(|finding| {
        let related = finding.related.as_ref();
        Remark {
            file: &file.name,
            region: region(&file.source, &finding.span),
            level: if finding.diagnostic.denies() {
                Level::Error
            } else {
                Level::Warning
            },
            finding: Some(finding),
            related: related.map(|related| beside(file, related)),
            message: finding.message(),
        }
    });
    unreadable.chain(findings)
}

fn beside<'o>(file: &'o FileOutcome, related: &'o Related) -> Beside<'o> {
    let own = (&file.name, &file.source);
    let (name, source) = related.file.as_ref().map_or(own, |(name, source)| (name, source));
    Beside {
        file: name,
        region: region(source, &related.span),
        why: related.why,
    }
}

/// A file that could not be opened has no place; its beginning is one that every tool can show.
const BEGINNING: Region = Region {
    start: Position { line: 1, column: 1 },
    end: Position { line: 1, column: 2 },
};

/// What `span` is for people. The parser ends a list or a map where the next thing begins; that is cut off. An empty
/// range becomes one character, since viewers show no emptier one.
fn region(source: &Source, span: &Span) -> Region {
    let text = source.text().get(span.clone()).unwrap_or_default();
    let start = source.position(span.start);
    let end = source.position(span.start + text.trim_end().len());
    let least = Position {
        line: start.line,
        column: start.column + 1,
    };
    Region {
        start,
        end: end.max(least),
    }
}

impl<'o> Remark<'o> {
    /// The rule that speaks.
    pub fn rule(&self) -> Option<&'static Rule> {
        self.finding.map(|finding| finding.diagnostic.rule)
    }

    /// The id of the rule, or [`UNREADABLE`].
    pub fn id(&self) -> &'static str {
        self.rule().map_or(UNREADABLE, |rule| rule.id)
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&'o str> {
        self.finding.and_then(|finding| finding.diagnostic.help.as_deref())
    }

    /// The field path.
    pub fn path(&self) -> Option<String> {
        self.finding
            .map(|finding| text::sanitized(&finding.diagnostic.path.to_string()))
    }

    /// All of it in one line: `spec.flow: is not a field of this object (did you mean 'flows'?)`.
    pub fn sentence(&self) -> String {
        let path = self
            .path()
            .map_or("cannot be read: ".to_owned(), |path| format!("{path}: "));
        let help = self.help().map_or(String::new(), |help| format!(" ({help})"));
        text::sanitized(&format!("{path}{}{help}", self.message))
    }
}
