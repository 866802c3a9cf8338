//! Outcome: all that was found, file by file, and how it ends.

use std::borrow::Cow;
use std::sync::Arc;

use jobflow_core::diagnostic::Diagnostic;

use super::fix::Edit;
use super::settings::FailOn;
use crate::cli::exit::Exit;
use crate::cli::input::Failure;
use crate::cli::manifest::{Position, Source, Span, Unreadable};

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
    /// What came of asking a cluster, where one was to be asked.
    pub asked: Option<Asked>,
}

/// What came of asking a cluster.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// About how many Jobs it was asked.
    pub jobs: usize,
    /// The address of the API server; empty where it is not known which one.
    pub server: String,
    /// Why it could not be asked, or not about all, in one sentence.
    pub trouble: Option<String>,
    /// Whether it gave no verdict on a Job; a finding says on which.
    pub is_partial: bool,
}

/// What was found in one file.
#[derive(Debug)]
pub struct FileOutcome {
    /// Its name.
    pub name: String,
    /// Its text.
    pub source: Arc<Source>,
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

/// Another place that matters to a finding.
#[derive(Clone, Debug)]
pub struct Related {
    /// Where it is.
    pub span: Span,
    /// Why it matters.
    pub why: &'static str,
    /// The name and the text of its file, where that is another one.
    pub file: Option<(String, Arc<Source>)>,
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
    pub related: Option<Related>,
    /// The template of a chart that Helm made the document from.
    pub template: Option<String>,
    /// The change of the text that mends it, where there is one safe answer.
    pub fix: Option<Edit>,
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

    /// Whether a cluster was to be asked, and did not answer for all Jobs.
    fn is_half_asked(&self) -> bool {
        let asked = self.asked.as_ref();
        asked.is_some_and(|asked| asked.is_partial || asked.trouble.is_some())
    }

    /// How many objects were checked.
    pub fn checked(&self) -> usize {
        self.files.iter().map(|file| file.checked).sum()
    }

    /// The exit status: what could not be read or asked may hide anything, so it wins.
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
            _ if self.is_half_asked() => Exit::Unreadable,
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
