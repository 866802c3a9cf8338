//! `--server`: every Job of what is not denied is shown to the API server of a cluster, as a dry run.
//!
//! ```text
//! objects ── jobs ──> Jobs ── Asker ──> answers ── sayings ── placing ──> findings about the objects
//! ```

mod args;
mod jobs;
mod placing;
mod sayings;
mod scene;

#[cfg(test)]
mod tests;

use std::cell::RefCell;

use serde_json::Value;

pub use args::{connection, flag};
use jobs::{Jobs, Shown};
use placing::Findings;
use sayings::sayings;
use scene::Scene;

use super::examine::Examined;
use super::outcome::Asked;
use super::output::Progress;
use super::read_file::ReadFile;
use super::settings::Settings;
use crate::cli::cluster::{Answer, Asker, Asking, ConnectionArgs};

/// A step and its Job.
type Question = (Shown, Value);

/// Asks the cluster at the end of `connection` about the Jobs of `files`, and adds what it says to them. A file of
/// `templates` joins them when something is said of it.
pub fn ask(
    connection: &ConnectionArgs,
    files: &mut Vec<Examined>,
    templates: Vec<ReadFile>,
    settings: &Settings,
    progress: &Progress,
) -> Asked {
    let asker = match Asker::new(connection) {
        Ok(asker) => asker,
        Err(trouble) => {
            return Asked {
                trouble: Some(trouble),
                ..Asked::default()
            };
        }
    };
    let (server, namespace) = (asker.server().to_owned(), asker.namespace().to_owned());
    let asked = added(files, templates, &namespace, settings, progress, |questions, take| {
        asker.ask(questions, |(_, job)| job, take)
    });
    Asked { server, ..asked }
}

/// Adds to `files` what `show` hears of their Jobs.
fn added(
    files: &mut Vec<Examined>,
    templates: Vec<ReadFile>,
    namespace: &str,
    settings: &Settings,
    progress: &Progress,
    show: impl FnOnce(&mut dyn Iterator<Item = Question>, &mut dyn FnMut(Question, Answer)) -> Asking,
) -> Asked {
    let checked = files.len();
    files.extend(templates.into_iter().map(Examined::unchecked));
    let scene = Scene::of(files, checked, namespace);
    let findings = RefCell::new(Findings::default());
    let mut is_partial = false;
    let mut questions = scene.objects().flat_map(|(spot, value, said)| {
        let jobs = Jobs::of(spot, &value, said, &scene, settings);
        for diagnostic in jobs.missing {
            findings.borrow_mut().push(spot, diagnostic, None);
        }
        progress.extend(jobs.all.len());
        jobs.all
    });
    let asking = show(&mut questions, &mut |(shown, _), answer| {
        for saying in sayings(&answer, &shown.namespace) {
            is_partial |= saying.is_no_verdict();
            findings.borrow_mut().add(&saying, &shown, &scene);
        }
        progress.step();
    });
    drop(questions);
    let mut is_told: Vec<bool> = (0..files.len()).map(|file| file < checked).collect();
    for placed in findings.into_inner().into_list() {
        let (file, place) = placed.spot;
        if let (Some(file), Some(is_told)) = (files.get_mut(file), is_told.get_mut(file)) {
            file.add(place, placed.diagnostic, placed.related);
            *is_told = true;
        }
    }
    let mut is_told = is_told.into_iter();
    files.retain(|_| is_told.next().unwrap_or_default());
    Asked {
        jobs: asking.shown,
        server: String::new(),
        trouble: asking.trouble,
        is_partial,
    }
}
