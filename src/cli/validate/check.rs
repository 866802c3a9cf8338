//! Checking: from what was read to all that there is to say of it.
//!
//! ```text
//! bytes ── read ──> files ── examined ──> findings by object ── (a cluster is asked) ── settled ──> outcome
//! ```

use jobflow_core::admission::{KnownTemplates, NoTemplates, TemplateIndex};

use super::examine::Examined;
use super::outcome::{Asked, FileOutcome, Outcome};
use super::parallel::Workers;
use super::read_file::ReadFile;
use super::settings::Settings;
use crate::cli::input::{Failure, Input};

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
    let read = Read::of(inputs, templates, settings, workers);
    let known = index(&read.known, settings);
    let files = workers.map(read.files, |file| Examined::of(file, known, settings).settled(false));
    outcome(files, read.failures, None, settings)
}

/// Checks all that was read as [`check`] does, and lets `ask` add to the files, of which the others are those of
/// `templates`, what a cluster says.
pub fn check_asking(
    inputs: Vec<Loaded>,
    templates: Vec<Loaded>,
    settings: &Settings,
    workers: &Workers<'_>,
    ask: impl FnOnce(&mut Vec<Examined>, Vec<ReadFile>) -> Asked,
) -> Outcome {
    let read = Read::of(inputs, templates, settings, workers);
    let known = index(&read.known, settings);
    let mut files = workers.map(read.files, |file| Examined::of(file, known, settings));
    let asked = ask(&mut files, read.templates);
    let has_answered = asked.trouble.is_none();
    let files = workers.silent().map(files, |file| file.settled(has_answered));
    outcome(files, read.failures, Some(asked), settings)
}

/// All that was read.
struct Read {
    files: Vec<ReadFile>,
    templates: Vec<ReadFile>,
    failures: Vec<Failure>,
    /// The JobTemplates of all of it.
    known: KnownTemplates,
}

impl Read {
    fn of(inputs: Vec<Loaded>, templates: Vec<Loaded>, settings: &Settings, workers: &Workers<'_>) -> Self {
        let mut failures = Vec::new();
        let mut known = KnownTemplates::default();
        if !templates.is_empty() {
            known.complete();
        }
        let files = workers.map(inputs, |input| {
            input.map(|(name, bytes)| ReadFile::of(name, bytes, settings))
        });
        let files = readable(files, &mut failures);
        let templates = templates.into_iter();
        let templates = templates.map(|file| file.map(|(name, bytes)| ReadFile::of_templates(name, bytes)));
        let templates = readable(templates.collect(), &mut failures);
        for file in templates.iter().chain(&files) {
            file.note(&mut known);
        }
        Self {
            files,
            templates,
            failures,
            known,
        }
    }
}

/// What rules may know of JobTemplates.
fn index<'k>(known: &'k KnownTemplates, settings: &Settings) -> &'k dyn TemplateIndex {
    if settings.ignore_missing_refs {
        &NoTemplates
    } else {
        known
    }
}

fn readable<T>(files: Vec<Result<T, Failure>>, failures: &mut Vec<Failure>) -> Vec<T> {
    let (files, unread): (Vec<_>, Vec<_>) = files.into_iter().partition(Result::is_ok);
    failures.extend(unread.into_iter().filter_map(Result::err));
    files.into_iter().flatten().collect()
}

fn outcome(files: Vec<FileOutcome>, failures: Vec<Failure>, asked: Option<Asked>, settings: &Settings) -> Outcome {
    let mut outcome = Outcome {
        files,
        failures,
        hidden: (0, 0),
        fail_on: settings.fail_on,
        require_match: settings.require_match,
        asked,
    };
    outcome.hide_beyond(settings.max_findings);
    outcome
}
