//! Rendering: from a node and the DaemonJob's Job spec to the Job that is created.

use k8s_openapi::api::batch::v1::{Job, JobSpec};

use crate::engine::child::Owner;
use crate::engine::params;
use crate::job_flow::Globals;
use crate::pod;

/// The Job of a node, bound to it.
pub(super) fn job(owner: &Owner<'_>, name: &str, node: &str, globals: &Globals, spec: &JobSpec) -> Job {
    let mut spec = spec.clone();
    // A limit for each index means that the author wants retries; the API server's default is right then.
    if spec.backoff_limit_per_index.is_none() {
        spec.backoff_limit.get_or_insert(0);
    }
    let metadata = spec.template.metadata.get_or_insert_default();
    metadata.labels = Some(params::merge(metadata.labels.take(), &globals.labels));
    let annotations = params::merge(metadata.annotations.take(), &globals.annotations);
    let of_globals = annotations
        .iter()
        .filter(|(key, _)| globals.annotations.contains_key(*key));
    let job_annotations = of_globals.map(|(key, value)| (key.clone(), value.clone())).collect();
    metadata.annotations = (!annotations.is_empty()).then_some(annotations);
    let template = spec.template.spec.get_or_insert_default();
    template.restart_policy = Some(pod::RESTART_POLICY.to_owned());
    params::add_env(template, &globals.env);
    params::bind_to_node(template, node);
    owner.job(name, node, job_annotations, spec)
}
