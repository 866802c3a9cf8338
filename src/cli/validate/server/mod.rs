//! `--server`: every Job of what is not denied is shown to the API server of a cluster, as a dry run.
//!
//! ```text
//! objects ── rendering ──> Jobs ── Asker ──> answers ── sayings ── placing ──> findings about the objects
//! ```

mod args;
mod placing;
mod sayings;

use std::cell::RefCell;
use std::collections::BTreeMap;

use jobflow_core::admission::{self, NoTemplates, ObjectName, Recognized};
use jobflow_core::diagnostic::Diagnostic;
use jobflow_core::field::FieldPath;
use jobflow_core::job_flow::rules::missing_job_template;
use jobflow_core::job_template;
use jobflow_core::rendering::{self, NoJob, RenderedStep, World};
use jobflow_core::rules::not_asked;
use jobflow_core::text::named;
use serde_json::Value;

pub use args::{connection, flag};
use placing::{Findings, Placed, Scene, Shown, Spot};
use sayings::sayings;

use super::examine::Examined;
use super::outcome::{Asked, Finding};
use super::output::Progress;
use super::read_file::ReadFile;
use super::settings::Settings;
use crate::cli::cluster::{Asker, ConnectionArgs};

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
    let inputs = files.len();
    files.extend(templates.into_iter().map(Examined::unchecked));
    let (asked, found) = answered(asker, files, inputs, settings, progress);
    let mut is_shown: Vec<bool> = (0..files.len()).map(|file| file < inputs).collect();
    for placed in found {
        let (file, place) = placed.spot;
        if let (Some(file), Some(is_shown)) = (files.get_mut(file), is_shown.get_mut(file)) {
            file.add(place, placed.diagnostic, placed.related);
            *is_shown = true;
        }
    }
    let mut is_shown = is_shown.into_iter();
    files.retain(|_| is_shown.next().unwrap_or_default());
    asked
}

/// What the cluster says of the Jobs of the first `inputs` of `files`.
fn answered(
    asker: Asker,
    files: &[Examined],
    inputs: usize,
    settings: &Settings,
    progress: &Progress,
) -> (Asked, Vec<Placed>) {
    let (server, namespace) = (asker.server().to_owned(), asker.namespace().to_owned());
    let (scene, world) = scene(files, inputs, &namespace);
    let findings = RefCell::new(Findings::default());
    let mut is_partial = false;
    let spots = files.iter().take(inputs).enumerate();
    let spots = spots.flat_map(|(file, it)| {
        it.objects()
            .map(move |(place, value, said)| ((file, place), value, said))
    });
    let questions = spots.flat_map(|(spot, value, said)| {
        let jobs = Jobs::of(spot, &in_namespace(value, &namespace), said, &world, settings);
        for diagnostic in jobs.missing {
            findings.borrow_mut().push(spot, diagnostic, None);
        }
        progress.extend(jobs.all.len());
        jobs.all
    });
    let asking = asker.ask(
        questions,
        |(_, job)| job,
        |(shown, _), answer| {
            for saying in sayings(&answer, &shown.namespace) {
                is_partial |= saying.is_no_verdict();
                findings.borrow_mut().add(&saying, &shown, &scene);
            }
            progress.step();
        },
    );
    let asked = Asked {
        jobs: asking.shown,
        server,
        trouble: asking.trouble,
        is_partial,
    };
    (asked, findings.into_inner().into_list())
}

/// The JobTemplates of `files`, of which the first `inputs` count more than those of `--templates`.
fn scene<'e>(files: &'e [Examined], inputs: usize, namespace: &str) -> (Scene<'e>, World) {
    let mut world = World::with_stand_ins();
    let mut templates = BTreeMap::new();
    let (inputs, others): (Vec<_>, Vec<_>) = files.iter().enumerate().partition(|(file, _)| *file < inputs);
    for (file, it) in others.into_iter().chain(inputs) {
        let of_kind = it.objects().filter(|(_, value, _)| is_template(value));
        for (place, value, _) in of_kind {
            let value = in_namespace(value, namespace);
            world.note(&value);
            if let ObjectName::Given(name) = ObjectName::of(&value) {
                templates.insert((namespace_of(&value), name.to_owned()), (file, place));
            }
        }
    }
    (Scene { files, templates }, world)
}

/// What is made of an object.
struct Jobs {
    /// The Jobs that there are.
    all: Vec<(Shown, Value)>,
    /// What is said of those that there are not.
    missing: Vec<Diagnostic>,
}

impl Jobs {
    /// Those of an object about which the rules said `said`.
    fn of(spot: Spot, value: &Value, said: &[Finding], world: &World, settings: &Settings) -> Self {
        let mut jobs = Self {
            all: Vec::new(),
            missing: Vec::new(),
        };
        let Recognized::Ours(kind) = admission::recognize(value) else {
            return jobs;
        };
        if said.iter().any(|finding| finding.diagnostic.denies()) {
            return jobs;
        }
        let steps = match rendering::render(kind, value, world, &NoTemplates) {
            Ok(steps) => steps,
            Err(report) => {
                // Leniency is with the author and not with the Jobs.
                jobs.missing.extend(report.denials().next().map(denied));
                return jobs;
            }
        };
        let namespace = namespace_of(value);
        for RenderedStep { step, job, origin } in steps {
            match job {
                Ok(job) => {
                    let namespace = namespace.clone();
                    let shown = Shown {
                        spot,
                        namespace,
                        step,
                        origin,
                    };
                    jobs.all.push((shown, job));
                }
                Err(problem) => {
                    let path = origin.reference().unwrap_or_else(|| origin.step());
                    jobs.missing.extend(missing(&problem, path, said, settings));
                }
            }
        }
        jobs
    }
}

/// Why there is no Job to ask about, unless enough is said of that.
fn missing(problem: &NoJob, path: FieldPath, said: &[Finding], settings: &Settings) -> Option<Diagnostic> {
    let is_said = || {
        let mut of_rule = said
            .iter()
            .filter(|it| *it.diagnostic.rule == missing_job_template::RULE);
        of_rule.any(|it| it.diagnostic.path == path)
    };
    match problem {
        NoJob::TemplateNotFound(_) if settings.ignore_missing_refs || is_said() => None,
        NoJob::TemplateNotFound(template) => {
            let why = format!("the JobTemplate {} is not in what was read", named(template));
            Some(not_asked::fault(
                path,
                &why,
                "name its file or directory with --templates",
            ))
        }
        NoJob::TemplateInvalid { template, message } => {
            let why = format!("the JobTemplate {} cannot be used: {message}", named(template));
            Some(not_asked::fault(path, &why, "mend that first"))
        }
        NoJob::NodeExcluded => None,
    }
}

/// What is said of an object that only `--lenient` lets pass.
fn denied(fault: &Diagnostic) -> Diagnostic {
    let why = format!("admission would deny the object ({fault})");
    not_asked::fault(fault.path.clone(), &why, "mend that first")
}

fn is_template(value: &Value) -> bool {
    matches!(admission::recognize(value), Recognized::Ours(kind) if *kind.kind == *job_template::KIND.kind)
}

/// The object in the namespace that kubectl would put it into.
fn in_namespace(value: &Value, namespace: &str) -> Value {
    let mut value = value.clone();
    if namespace_of(&value).is_empty()
        && let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.insert("namespace".to_owned(), namespace.into());
    }
    value
}

fn namespace_of(value: &Value) -> String {
    let namespace = value.pointer("/metadata/namespace").and_then(Value::as_str);
    namespace.unwrap_or_default().to_owned()
}
