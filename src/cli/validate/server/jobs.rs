//! The Jobs of an object, and what is said of those that there are not.

use std::collections::HashSet;

use jobflow_core::admission::{self, NoTemplates, Recognized, namespace_of};
use jobflow_core::diagnostic::Diagnostic;
use jobflow_core::field::FieldPath;
use jobflow_core::job_flow::rules::missing_job_template;
use jobflow_core::rendering::{self, JobOrigin, NoJob, RenderedStep};
use jobflow_core::rules::not_asked;
use jobflow_core::text::named;
use serde_json::Value;

use super::scene::{Scene, Spot, is_denied};
use crate::cli::validate::outcome::Finding;
use crate::cli::validate::settings::Settings;

/// A step whose Job is shown.
pub struct Shown {
    /// The object.
    pub spot: Spot,
    /// Its namespace.
    pub namespace: String,
    /// The name of the step.
    pub step: String,
    /// Where the parts of the Job were written.
    pub origin: JobOrigin,
}

/// What is made of an object.
#[derive(Default)]
pub struct Jobs {
    /// The Jobs that there are.
    pub all: Vec<(Shown, Value)>,
    /// What is said of those that there are not.
    pub missing: Vec<Diagnostic>,
}

impl Jobs {
    /// Those of an object about which the rules said `said`.
    pub fn of(spot: Spot, value: &Value, said: &[Finding], scene: &Scene<'_>, settings: &Settings) -> Self {
        let mut jobs = Self::default();
        let Recognized::Ours(kind) = admission::recognize(value) else {
            return jobs;
        };
        if is_denied(said) || scene.is_used(value) {
            return jobs;
        }
        let steps = match rendering::render(kind, value, &scene.world, &NoTemplates) {
            Ok(steps) => steps,
            Err(report) => {
                // Only `--lenient` lets this pass.
                jobs.missing.extend(report.denials().next().map(denied));
                return jobs;
            }
        };
        let namespace = namespace_of(value);
        let of_rule = said.iter().map(|finding| &finding.diagnostic);
        let of_rule = of_rule.filter(|it| *it.rule == missing_job_template::RULE);
        let told: HashSet<&FieldPath> = of_rule.map(|it| &it.path).collect();
        for RenderedStep { step, job, origin } in steps {
            match job {
                Ok(job) => {
                    let namespace = namespace.to_owned();
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
                    if !told.contains(&path) {
                        jobs.missing.extend(missing(&problem, path, settings));
                    }
                }
            }
        }
        jobs
    }
}

/// Why there is no Job to ask about.
fn missing(problem: &NoJob, path: FieldPath, settings: &Settings) -> Option<Diagnostic> {
    match problem {
        NoJob::TemplateNotFound(_) if settings.ignore_missing_refs => None,
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
