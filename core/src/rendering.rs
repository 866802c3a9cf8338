//! Rendering: the Jobs that the controller would make of an object, by the controller's own code, without a cluster.
//!
//! What only a stored object has is left out: the owner reference and the label that need its uid. What only the API
//! server completes, the end of a generated name, is stood for by [`GENERATED`].

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
use crate::job_flow::{References, TemplateState};
use crate::kinds::Kind;
use crate::{daemon_job, job_flow, job_template, managed_job, sequential_job};

/// What stands for the characters that the API server appends to a prefix.
pub const GENERATED: &str = "xxxxx";

/// What a JobTemplate is told that admission denies.
const DENIED: &str = "admission denies it";

/// What objects refer to: JobTemplates by namespace and name, and the nodes that DaemonJobs run on.
#[derive(Clone, Debug, Default)]
pub struct World {
    templates: BTreeMap<String, References>,
    nodes: Vec<String>,
}

impl World {
    /// A world with nodes of these names.
    pub fn with_nodes(nodes: Vec<String>) -> Self {
        Self {
            nodes,
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
        let state = match admitted(kind, object, &NoTemplates).map(|object| job_template::examine(&object)) {
            Ok((_, Some(spec))) => TemplateState::Valid(Arc::new(spec)),
            Ok((report, None)) | Err(report) => {
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

/// The Jobs of `object`, each behind those that it waits for, else in the order of the manifest. A JobTemplate has none.
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
    let is_stored = object.pointer("/metadata/uid").is_some_and(Value::is_string);
    let found = match kind.kind {
        "JobFlow" => of_job_flow(&object, world, templates)?,
        "DaemonJob" => of_daemon_job(&object, world)?,
        "ManagedJob" => of_managed_job(&object)?,
        "SequentialJob" => of_sequential_job(&object)?,
        _ => Vec::new(),
    };
    let step = |(step, made): (String, Result<Job, NoJob>)| RenderedStep {
        step,
        job: made.map(|job| sent(&job, is_stored)),
    };
    Ok(found.into_iter().map(step).collect())
}

type Made = Vec<(String, Result<Job, NoJob>)>;

fn of_job_flow(object: &Value, world: &World, templates: &dyn TemplateIndex) -> Result<Made, Report> {
    let examined = job_flow::examine(object, templates);
    let (Some(model), Some(typed)) = (examined.model, typed::<crds::JobFlow>(object)) else {
        return Err(examined.report);
    };
    let none = References::default();
    let references = world.templates.get(namespace_of(object)).unwrap_or(&none);
    let edges = model.steps().iter().map(|step| step.dependencies().to_vec()).collect();
    let names = model.steps().iter().map(|step| step.name().to_owned());
    Ok(ordered(edges, names.zip(job_flow::jobs(&typed, &model, references))))
}

fn of_managed_job(object: &Value) -> Result<Made, Report> {
    let examined = managed_job::examine(object);
    let (Some(model), Some(typed)) = (examined.model, typed::<crds::ManagedJob>(object)) else {
        return Err(examined.report);
    };
    let order = model.order();
    let edges = (0..order.len()).map(|node| order.edges_of(node).to_vec()).collect();
    let names = model.jobs().iter().map(|job| job.title().to_owned());
    Ok(ordered(edges, names.zip(managed_job::jobs(&typed, &model))))
}

fn of_sequential_job(object: &Value) -> Result<Made, Report> {
    let examined = sequential_job::examine(object);
    let (Some(model), Some(typed)) = (examined.model, typed::<crds::SequentialJob>(object)) else {
        return Err(examined.report);
    };
    let names = model.containers().iter().map(|container| container.name.clone());
    let jobs = sequential_job::jobs(&typed, &model).into_iter().map(made);
    Ok(names.zip(jobs).collect())
}

fn of_daemon_job(object: &Value, world: &World) -> Result<Made, Report> {
    let examined = daemon_job::examine(object);
    let (Some(model), Some(typed)) = (examined.model, typed::<crds::DaemonJob>(object)) else {
        return Err(examined.report);
    };
    let job = |node: &String| {
        let job = if model.excluded().contains(node) {
            Err(NoJob::NodeExcluded)
        } else {
            Ok(daemon_job::job_of_node(&typed, &model, node))
        };
        (node.clone(), job)
    };
    Ok(world.nodes.iter().map(job).collect())
}

/// The jobs of the first nodes of a graph in its order.
fn ordered(edges: Vec<Vec<usize>>, jobs: impl Iterator<Item = (String, Rendered)>) -> Made {
    let mut jobs: Vec<Option<(String, Rendered)>> = jobs.map(Some).collect();
    let order = Graph::new(edges).in_order().into_iter();
    let taken = order.filter_map(|node| jobs.get_mut(node)?.take());
    taken.map(|(step, rendered)| (step, made(rendered))).collect()
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
mod tests {
    use serde_json::{Value, json};

    use super::{NoJob, World, render};
    use crate::admission::{NoTemplates, Recognized, recognize};
    use crate::testing::{daemon_job, flows_with, job, managed_job, sequential_job};

    fn rendered(object: &Value, world: &World) -> Vec<(String, Result<Value, NoJob>)> {
        let Recognized::Ours(kind) = recognize(object) else {
            panic!("{object} is not ours")
        };
        let steps = render(kind, object, world, &NoTemplates).unwrap();
        steps.into_iter().map(|step| (step.step, step.job)).collect()
    }

    fn names(object: &Value) -> Vec<String> {
        let jobs = rendered(object, &World::with_nodes(vec!["n1".to_owned(), "n.2".to_owned()]));
        let name =
            |(_, job): (String, Result<Value, NoJob>)| job.unwrap()["metadata"]["name"].as_str().unwrap().to_owned();
        jobs.into_iter().map(name).collect()
    }

    #[test]
    fn every_kind_gives_its_jobs_in_the_order_of_its_graph() {
        assert_eq!(
            names(&flows_with(&[("c", &["b"]), ("a", &[]), ("b", &["a"])])),
            ["demo-a", "demo-b", "demo-c"]
        );
        assert_eq!(names(&daemon_job(json!({})))[0], "demo-n1");
        let group = |name: &str, then: Value| {
            json!({"name": name, "parallel": true, "dependencies": then,
            "jobs": [{"name": "x", "image": "i"}]})
        };
        let groups = json!({"groups": [group("late", json!([{"name": "soon"}])), group("soon", json!([]))]});
        assert_eq!(names(&managed_job(groups)), ["demo-soon-x", "demo-late-x"]);
        let containers = json!({"containers": [{"name": "z", "image": "i"}, {"name": "a", "image": "i"}]});
        assert_eq!(names(&sequential_job(containers)), ["demo-0", "demo-1"]);
    }

    #[test]
    fn only_a_stored_object_has_an_owner_reference_and_an_empty_namespace_is_none() {
        let mut object = flows_with(&[("a", &[])]);
        let job = |object: &Value| rendered(object, &World::default()).remove(0).1.unwrap();
        let plain = job(&object);
        assert_eq!(plain["metadata"].get("ownerReferences"), None);
        assert_eq!(plain["metadata"].get("namespace"), None);
        assert!(!plain.to_string().contains("owner-uid"));
        object["metadata"]["uid"] = json!("u-1");
        object["metadata"]["namespace"] = json!("n");
        let stored = job(&object);
        assert_eq!(stored["metadata"]["ownerReferences"][0]["uid"], "u-1");
        assert_eq!(
            stored["spec"]["template"]["metadata"]["labels"]["api.practice.com/owner-uid"],
            "u-1"
        );
        assert_eq!(stored["metadata"]["namespace"], "n");
    }

    #[test]
    fn a_template_is_found_in_its_own_namespace_only() {
        let mut object = flows_with(&[("a", &[])]);
        object["spec"]["flows"][0] = json!({"name": "a", "jobTemplateRef": "t"});
        let template = json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobTemplate",
            "metadata": {"name": "t"}, "spec": {"jobTemplate": job()}});
        let mut world = World::default();
        assert_eq!(
            rendered(&object, &world)[0].1,
            Err(NoJob::TemplateNotFound("t".to_owned()))
        );
        world.note(&template);
        assert!(rendered(&object, &world)[0].1.is_ok());
        object["metadata"]["namespace"] = json!("other");
        assert!(rendered(&object, &world)[0].1.is_err());
    }

    #[test]
    fn an_excluded_node_has_no_job() {
        let object = daemon_job(json!({"excludeNodeList": "b"}));
        let world = World::with_nodes(vec!["a".to_owned(), "b".to_owned()]);
        let jobs = rendered(&object, &world);
        assert!(jobs[0].1.is_ok());
        assert_eq!(jobs[1].1, Err(NoJob::NodeExcluded));
    }

    #[test]
    fn a_generated_name_is_completed() {
        let mut object = flows_with(&[("a", &[])]);
        object["metadata"] = json!({"generateName": "nightly-"});
        assert_eq!(names(&object), ["nightly-xxxxx-a"]);
    }
}
