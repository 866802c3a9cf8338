//! Fixes: findings that have one safe answer are mended in the text itself, byte by byte, so that comments and layout stay.
//!
//! ```text
//! files ── check ──> findings ── edit ──> edits ── applied ──> text ── check ──> … until there is nothing left to mend
//! ```

mod edit;

use std::collections::HashSet;
use std::fs;

use similar::TextDiff;

use super::check::{self, Loaded};
use super::outcome::{FileOutcome, Finding, Outcome};
use super::parallel::Workers;
use super::settings::Settings;
use crate::cli::input::{Failure, reason};

pub use edit::{Edit, of};

/// How often the files are checked again: a mended fault may have hidden others, but not many layers of them.
const ROUNDS_MAX: usize = 10;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A file with mended faults.
#[derive(Debug)]
pub struct Fixed {
    name: String,
    before: Vec<u8>,
    after: Vec<u8>,
    /// How many edits were made.
    pub edits: usize,
}

/// What was mended, and what is left.
#[derive(Debug)]
pub struct Mended {
    /// The findings before.
    pub before: Outcome,
    /// The findings of the mended files, if any edit was tried.
    pub after: Option<Outcome>,
    /// The files that are different now.
    pub files: Vec<Fixed>,
}

impl Mended {
    /// The findings that are left.
    pub fn left(self) -> Outcome {
        self.after.unwrap_or(self.before)
    }
}

/// Mends all that can be mended in `inputs`, in memory.
pub fn mend(inputs: &[Loaded], templates: &[Loaded], settings: &Settings, workers: &Workers<'_>) -> Mended {
    // What is hidden is mended too.
    let all = Settings {
        max_findings: None,
        ..settings.clone()
    };
    let mut texts = inputs.to_vec();
    let checked = |texts: &[Loaded]| check::check(texts.to_vec(), templates.to_vec(), &all, workers);
    let mut before = checked(&texts);
    let mut after: Option<Outcome> = None;
    let mut edits = vec![0; texts.len()];
    let mut given_up = HashSet::new();
    for _ in 0..ROUNDS_MAX {
        let outcome = after.as_ref().unwrap_or(&before);
        let round = Round::of(outcome, &texts, &given_up);
        if round.changed.is_empty() {
            break;
        }
        let (mut next, counts) = round.applied(&texts);
        let mut mended = checked(&next);
        let worse: Vec<usize> = round
            .changed
            .iter()
            .map(|(at, _)| *at)
            .filter(|at| is_worse(*at, &texts, outcome, &mended))
            .collect();
        if !worse.is_empty() {
            // An edit that does not mend is no fix: the file stays as it was.
            for at in worse {
                if let (Some(slot), Some(old)) = (next.get_mut(at), texts.get(at)) {
                    slot.clone_from(old);
                }
                given_up.insert(at);
            }
            mended = checked(&next);
        }
        for (at, count) in counts.into_iter().filter(|(at, _)| !given_up.contains(at)) {
            if let Some(sum) = edits.get_mut(at) {
                *sum += count;
            }
        }
        (texts, after) = (next, Some(mended));
    }
    let pairs = inputs.iter().zip(&texts).zip(edits);
    let files = pairs.filter_map(|((before, after), edits)| match (before, after) {
        (Ok((name, before)), Ok((_, after))) if before != after => Some(Fixed {
            name: name.clone(),
            before: before.clone(),
            after: after.clone(),
            edits,
        }),
        _ => None,
    });
    let files = files.collect();
    before.hide_beyond(settings.max_findings);
    if let Some(after) = &mut after {
        after.hide_beyond(settings.max_findings);
    }
    Mended { before, after, files }
}

/// The edits of one round: by position of the file, in the order of its text, none over another.
struct Round {
    changed: Vec<(usize, Vec<Edit>)>,
}

impl Round {
    fn of(outcome: &Outcome, texts: &[Loaded], given_up: &HashSet<usize>) -> Self {
        let readable = texts
            .iter()
            .enumerate()
            .filter(|(_, text)| text.is_ok())
            .map(|(at, _)| at);
        let edited = readable.zip(&outcome.files).filter(|(at, _)| !given_up.contains(at));
        let changed = edited
            .map(|(at, file)| (at, edits(file)))
            .filter(|(_, edits)| !edits.is_empty());
        Self {
            changed: changed.collect(),
        }
    }

    /// The texts with the edits made, and how many each file had.
    fn applied(&self, texts: &[Loaded]) -> (Vec<Loaded>, Vec<(usize, usize)>) {
        let mut next = texts.to_vec();
        for (at, edits) in &self.changed {
            if let Some(Ok((_, bytes))) = next.get_mut(*at) {
                *bytes = edited(bytes, edits);
            }
        }
        (
            next,
            self.changed.iter().map(|(at, edits)| (*at, edits.len())).collect(),
        )
    }
}

/// The edits of a file. The same fault behind two aliases gives the same edit twice.
fn edits(file: &FileOutcome) -> Vec<Edit> {
    let mut edits: Vec<Edit> = file.findings.iter().filter_map(|finding| finding.fix.clone()).collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut end = 0;
    edits.retain(|edit| {
        let is_free = edit.span.start >= end;
        if is_free {
            end = edit.span.end;
        }
        is_free
    });
    edits
}

/// `bytes` with `edits` made. Spans count from behind a byte-order mark.
fn edited(bytes: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mark = if bytes.starts_with(BYTE_ORDER_MARK) {
        BYTE_ORDER_MARK.len()
    } else {
        0
    };
    let mut made = bytes.get(..mark).unwrap_or_default().to_vec();
    let mut done = mark;
    for edit in edits {
        made.extend_from_slice(bytes.get(done..mark + edit.span.start).unwrap_or_default());
        made.extend_from_slice(edit.text.as_bytes());
        done = mark + edit.span.end;
    }
    made.extend_from_slice(bytes.get(done..).unwrap_or_default());
    made
}

/// Whether the file at `at` cannot be read any more, or has a finding of which the edit did not mend anything.
fn is_worse(at: usize, texts: &[Loaded], before: &Outcome, after: &Outcome) -> bool {
    // Outcomes have only the files that could be opened.
    let position = texts.iter().take(at).filter(|text| text.is_ok()).count();
    let (Some(before), Some(after)) = (before.files.get(position), after.files.get(position)) else {
        return true;
    };
    let fault = |finding: &Finding| {
        let diagnostic = &finding.diagnostic;
        (finding.document, diagnostic.rule.id, diagnostic.path.to_string())
    };
    let edited = before.findings.iter().filter(|finding| finding.fix.is_some());
    let edited: HashSet<_> = edited.map(fault).collect();
    let mut left = after.findings.iter().filter(|finding| finding.fix.is_none());
    after.unreadable.len() > before.unreadable.len() || left.any(|finding| edited.contains(&fault(finding)))
}

impl Fixed {
    /// The change as a unified diff.
    pub fn diff(&self) -> String {
        let (before, after) = (
            String::from_utf8_lossy(&self.before),
            String::from_utf8_lossy(&self.after),
        );
        unified(
            &before,
            &after,
            &format!("a/{}", self.name),
            &format!("b/{}", self.name),
        )
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When that fails.
    pub fn write(&self) -> Result<(), Failure> {
        fs::write(&self.name, &self.after).map_err(|error| Failure {
            name: self.name.clone(),
            message: format!("cannot be written: {}", reason(&error)),
        })
    }
}

/// Two texts as a unified diff, under these names.
pub fn unified(before: &str, after: &str, old_name: &str, new_name: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().header(old_name, new_name).to_string()
}

#[cfg(test)]
mod tests;
