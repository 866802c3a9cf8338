//! Rendering: the Jobs that the controller would make of an object, by the controller's own code, without a cluster.
//!
//! What only a stored object has is left out: the owner reference and the label that need its uid. What only the API
//! server completes, the end of a generated name, is stood for by [`GENERATED`].

mod origin;

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::batch::v1::Job;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::admission::{NoTemplates, ObjectName, Recognized, TemplateIndex, admitted, namespace_of, recognize};
use crate::diagnostic::Report;
use crate::engine::Rendered;
use crate::engine::child::OWNER_UID;
use crate::graph::Graph;
use crate::job_flow::{References, Template, TemplateState};
use crate::kinds::Kind;
use crate::{daemon_job, job_flow, job_template, managed_job, sequential_job};
use origin::Manifest;

pub use origin::{JobOrigin, Written};

/// What stands for the characters that the API server appends to a prefix.
pub const GENERATED: &str = "xxxxx";

/// What stands for names that only a cluster knows: that of a node, and that of the step that refers to a JobTemplate.
pub const STAND_IN: &str = "stand-in";

/// What a JobTemplate is told that admission denies.
const DENIED: &str = "admission denies it";

/// What objects refer to: JobTemplates by namespace and name, and the nodes that DaemonJobs run on.
#[derive(Clone, Debug, Default)]
pub struct World {
    templates: BTreeMap<String, References>,
    nodes: Vec<String>,
    stands_in: bool,
}

impl World {
    /// A world with nodes of these names.
    pub fn with_nodes(nodes: Vec<String>) -> Self {
        Self {
            nodes,
            ..Self::default()
        }
    }

    /// A world in which everything has a Job, so that a cluster can be asked about it: a DaemonJob that of a node named
    /// [`STAND_IN`], a JobTemplate that of a step of this name. None of them belongs to an object that is stored.
    pub fn with_stand_ins() -> Self {
        Self {
            nodes: vec![STAND_IN.to_owned()],
            stands_in: true,
            ..Self::default()
        }
    }

    /// Notes `object`, if it is a JobTemplate with a name.
    pub fn note(&mut self, object: &Value) {
        let (Recognized::Ours(kind), ObjectName::Given(name)) = (recognize(object), ObjectName::of(object)) else {
            return;
        };
        if kind.kind != job_template::KIND.kind {
            return;
        }
        let proven = admitted(kind, object, &NoTemplates).and_then(|object| job_template::examine(&object).proven());
        let state = match proven {
            Ok(spec) => TemplateState::Valid(Arc::new(spec)),
            Err(report) => {
                let first = report.denials().next().map(ToString::to_string);
                TemplateState::Invalid(first.unwrap_or_else(|| DENIED.to_owned()))
            }
        };
        let references = self.templates.entry(namespace_of(object).to_owned()).or_default();
        references.templates.insert(name.to_owned(), state);
    }
}

/// A step, and what is made of it.
#[derive(Clone, Debug)]
pub struct RenderedStep {
    /// The name of the step: that of a flow, `<group>/<job>`, of a container or of a node.
    pub step: String,
    /// The Job as the controller sends it, or why there is none.
    pub job: Result<Value, NoJob>,
    /// Where the parts of the Job were written.
    pub origin: JobOrigin,
}

/// Why a step has no Job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoJob {
    /// The JobTemplate of this name is not known.
    TemplateNotFound(String),
    /// The JobTemplate cannot be used.
    TemplateInvalid {
        /// Its name.
        template: String,
        /// What is wrong with it.
        message: String,
    },
    /// `excludeNodeList` leaves the node out.
    NodeExcluded,
}

/// The Jobs of `object`, each behind those that it waits for, else in the order of the manifest, with the places that
/// their parts come from. A JobTemplate has none, unless there are [stand-ins](World::with_stand_ins).
///
/// # Errors
/// The report of admission, where it denies the object.
pub fn render(
    kind: &'static Kind,
    object: &Value,
    world: &World,
    templates: &dyn TemplateIndex,
) -> Result<Vec<RenderedStep>, Report> {
    let object = named(&admitted(kind, object, templates)?);
    let is_stored = !world.stands_in && object.pointer("/metadata/uid").is_some_and(Value::is_string);
    let found = match kind.kind {
        "JobFlow" => of_job_flow(&object, world, templates)?,
        "DaemonJob" => of_daemon_job(&object, world)?,
        "ManagedJob" => of_managed_job(&object)?,
        "SequentialJob" => of_sequential_job(&object)?,
        _ if world.stands_in => of_job_template(&object)?,
        _ => return Ok(Vec::new()),
    };
    let manifest = Arc::new(found.manifest);
    let step = |(position, step, made): Step| RenderedStep {
        step,
        job: made.map(|job| sent(&job, is_stored)),
        origin: JobOrigin::new(&manifest, position),
    };
    Ok(found.jobs.into_iter().map(step).collect())
}

/// A step: its position in the manifest, its name, and its Job.
type Step = (usize, String, Result<Job, NoJob>);

/// What is made of an object.
struct Made {
    manifest: Manifest,
    jobs: Vec<Step>,
}

fn of_job_flow(object: &Value, world: &World, templates: &dyn TemplateIndex) -> Result<Made, Report> {
    let examined = job_flow::examine(object, templates);
    let (Some(model), Some(typed)) = (examined.model, typed::<crds::JobFlow>(object)) else {
        return Err(examined.report);
    };
    let none = References::default();
    let references = world.templates.get(namespace_of(object)).unwrap_or(&none);
    let edges = model.steps().iter().map(|step| step.dependencies().to_vec()).collect();
    let names = model.steps().iter().map(|step| step.name().to_owned());
    let jobs = ordered(edges, names.zip(job_flow::jobs(&typed, &model, references)));
    let used = model.steps().iter().filter_map(|step| match step.template() {
        Template::Reference(name) => Some(name),
        Template::Inline(_) => None,
    });
    let used = used.filter_map(|name| match references.templates.get(name)? {
        TemplateState::Valid(spec) => Some((name.clone(), Arc::clone(spec))),
        TemplateState::Invalid(_) => None,
    });
    let used = used.collect();
    Ok(Made {
        manifest: Manifest::JobFlow(Box::new(model), used),
        jobs,
    })
}

fn of_managed_job(object: &Value) -> Result<Made, Report> {
    let examined = managed_job::examine(object);
    let (Some(model), Some(typed)) = (examined.model, typed::<crds::ManagedJob>(object)) else {
        return Err(examined.report);
    };
    let order = model.order();
    let edges = (0..order.len()).map(|node| order.edges_of(node).to_vec()).collect();
    let names = model.jobs().iter().map(|job| job.title().to_owned());
    let jobs = ordered(edges, names.zip(managed_job::jobs(&typed, &model)));
    Ok(Made {
        manifest: Manifest::ManagedJob(Box::new(model)),
        jobs,
    })
}

fn of_sequential_job(object: &Value) -> Result<Made, Report> {
    let examined = sequential_job::examine(object);
    let (Some(model), Some(typed)) = (examined.model, typed::<crds::SequentialJob>(object)) else {
        return Err(examined.report);
    };
    let names = model.containers().iter().map(|container| container.name.clone());
    let jobs = names.zip(sequential_job::jobs(&typed, &model)).enumerate();
    Ok(Made {
        jobs: jobs.map(|(at, (step, job))| (at, step, made(job))).collect(),
        manifest: Manifest::SequentialJob,
    })
}

fn of_daemon_job(object: &Value, world: &World) -> Result<Made, Report> {
    let examined = daemon_job::examine(object);
    let (Some(model), Some(typed)) = (examined.model, typed::<crds::DaemonJob>(object)) else {
        return Err(examined.report);
    };
    let job = |node: &String| {
        let job = if model.excluded().contains(node) && !world.stands_in {
            Err(NoJob::NodeExcluded)
        } else {
            Ok(daemon_job::job_of_node(&typed, &model, node))
        };
        (0, node.clone(), job)
    };
    Ok(Made {
        jobs: world.nodes.iter().map(job).collect(),
        manifest: Manifest::DaemonJob(Box::new(model)),
    })
}

fn of_job_template(object: &Value) -> Result<Made, Report> {
    let spec = job_template::examine(object).proven()?;
    let job = job_flow::job_of_template(namespace_of(object), STAND_IN, &spec);
    Ok(Made {
        manifest: Manifest::JobTemplate,
        jobs: vec![(0, STAND_IN.to_owned(), Ok(job))],
    })
}

/// The jobs of the first nodes of a graph in its order.
fn ordered(edges: Vec<Vec<usize>>, jobs: impl Iterator<Item = (String, Rendered)>) -> Vec<Step> {
    let mut jobs: Vec<Option<(String, Rendered)>> = jobs.map(Some).collect();
    let order = Graph::new(edges).in_order().into_iter();
    let taken = order.filter_map(|node| Some((node, jobs.get_mut(node)?.take()?)));
    taken
        .map(|(node, (step, rendered))| (node, step, made(rendered)))
        .collect()
}

fn made(rendered: Rendered) -> Result<Job, NoJob> {
    match rendered {
        Rendered::Job(job) => Ok(*job),
        Rendered::TemplateNotFound(template) => Err(NoJob::TemplateNotFound(template)),
        Rendered::TemplateInvalid { template, message } => Err(NoJob::TemplateInvalid { template, message }),
    }
}

/// The object with a whole name.
fn named(object: &Value) -> Value {
    let mut named = object.clone();
    if let (ObjectName::Generated(prefix), Some(metadata)) = (ObjectName::of(object), named.get_mut("metadata")) {
        metadata["name"] = format!("{prefix}{GENERATED}").into();
    }
    named
}

/// The object as its type. Its status says nothing about its Jobs, and in a file it may be anything.
fn typed<T: DeserializeOwned>(object: &Value) -> Option<T> {
    let mut object = object.clone();
    object.as_object_mut()?.remove("status");
    serde_json::from_value(object).ok()
}

/// The Job as it is sent.
fn sent(job: &Job, is_stored: bool) -> Value {
    let mut job = serde_json::to_value(job).unwrap_or_default();
    let metadata = job.get_mut("metadata").and_then(Value::as_object_mut);
    if let Some(metadata) = metadata {
        if metadata.get("namespace").and_then(Value::as_str) == Some("") {
            metadata.remove("namespace");
        }
        if !is_stored {
            metadata.remove("ownerReferences");
        }
    }
    if !is_stored {
        for labels in ["/metadata/labels", "/spec/template/metadata/labels"] {
            if let Some(labels) = job.pointer_mut(labels).and_then(Value::as_object_mut) {
                labels.remove(OWNER_UID);
            }
        }
    }
    job
}

#[cfg(test)]
mod tests;
