//! Rendering: from a step and its Job spec to the Job that is created.

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{PodSpec, PodTemplateSpec};

use super::{Globals, Step};
use crate::engine::child::Owner;
use crate::engine::params;

/// The name of the Job of a flow: a function of both names and of nothing else.
pub fn job_name(job_flow: &str, flow: &str) -> String {
    format!("{job_flow}-{flow}")
}

/// The Job of a step. `spec` comes from the manifest or from a JobTemplate; everything of it is carried.
///
/// As the API server does for a Job without labels, the Job gets the labels of its pods: queues such as Kueue look
/// for theirs on the Job, and a Job spec has no other place for them.
pub fn job(owner: &Owner<'_>, name: &str, step: &Step, globals: &Globals, spec: &JobSpec) -> Job {
    let mut spec = spec.clone();
    // A limit for each index means that the author wants retries; the API server's default is right then.
    if spec.backoff_limit_per_index.is_none() {
        spec.backoff_limit.get_or_insert(0);
    }
    let metadata = spec.template.metadata.get_or_insert_default();
    let labels = params::merge(metadata.labels.take(), &globals.labels);
    let annotations = params::merge(metadata.annotations.take(), &globals.annotations);
    let job_annotations = annotations
        .iter()
        .filter(|(key, _)| globals.annotations.contains_key(*key));
    let job_annotations = job_annotations
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let job_metadata = owner.job_metadata(name, step.name(), &labels, job_annotations);
    metadata.labels.clone_from(&job_metadata.labels);
    metadata.annotations = (!annotations.is_empty()).then_some(annotations);
    add_to_pod(&mut spec.template, step, globals);
    Job {
        metadata: job_metadata,
        spec: Some(spec),
        status: None,
    }
}

fn add_to_pod(template: &mut PodTemplateSpec, step: &Step, globals: &Globals) {
    let pod: &mut PodSpec = template.spec.get_or_insert_default();
    // The engine counts on it that a failed pod is not started again in place, whatever the manifest says.
    pod.restart_policy = Some("Never".to_owned());
    params::add_env(pod, &globals.env);
    if let Some(node) = &globals.node_name {
        params::bind_to_node(pod, node);
    }
    if !step.mounts().is_empty() {
        params::add_volumes(pod, &globals.volumes, step.mounts());
    }
}
