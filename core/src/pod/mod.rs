//! What jobflow asks of every Job and pod template, whatever kind it stands in.
//!
//! It is what the API server asks of a Job (`ValidateJob` in `pkg/apis/batch/validation` and `ValidatePodTemplateSpec` in
//! `pkg/apis/core/validation` of Kubernetes 1.36), said at admission and under the author's own path. The functions that
//! rules and helpers name in back-quotes are those of Kubernetes. `docs/job-template-truth.md` shows how well both agree.

mod fault;
mod forms;
mod iscsi;
mod label_keys;
mod quantity;
mod resource_name;
mod restart_policy;
pub mod rules;
mod selector;
mod subject;
mod volume_index;
mod volume_source;

#[cfg(test)]
mod testing;

use std::cell::RefCell;
use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::{EnvVar, PodSpec, PodTemplateSpec, Volume, VolumeMount};

use crate::diagnostic::Report;
use crate::field::At;
use crate::names::Nearest;
use rules::{invalid_downward_field, invalid_env_source, invalid_mount};
use subject::{JobSubject, PodSubject, each};

pub use restart_policy::{RESTART_POLICY, force_restart_policy};
pub use volume_index::VolumeIndex;

/// What the rules need to know of a Job beside its spec.
#[derive(Clone, Copy, Debug, Default)]
pub struct JobContext<'a> {
    /// The name that the Job will have, or the longest of its names; `None` where that is not known yet.
    pub job_name: Option<&'a str>,
    /// Volumes that join the pod from outside the template, so that its mounts may name them.
    pub volumes: Option<&'a VolumeIndex<'a>>,
    /// Annotations that join the pod from outside the template.
    pub annotations: Option<&'a BTreeMap<String, String>>,
    /// The search for nearest names, where its bound is that of an object of many pods; `None` for one of the pod's own.
    pub nearest: Option<&'a RefCell<Nearest>>,
}

/// Reports all that the API server would refuse in a Job with the spec `job`, which stands at `at`.
///
/// The restart policy is left to [`force_restart_policy`], and fields that are missing to the shape.
pub fn check_job(job: &JobSpec, at: &At<'_>, context: &JobContext<'_>, found: &mut Report) {
    if found.is_full() {
        return;
    }
    let subject = JobSubject { job, at, context };
    for check in rules::OF_JOB {
        check(&subject, found);
    }
    check_template(&job.template, &at.key("template"), context, found);
}

/// Reports all that the API server would refuse in a pod made from `template`, which stands at `at`.
pub fn check_template(template: &PodTemplateSpec, at: &At<'_>, context: &JobContext<'_>, found: &mut Report) {
    let missing;
    let pod = match &template.spec {
        Some(pod) => pod,
        None => {
            missing = PodSpec::default();
            &missing
        }
    };
    let pod_at = at.key("spec");
    let own_volumes = pod.volumes.as_deref().unwrap_or_default();
    let volumes = VolumeIndex::new(own_volumes);
    let own = RefCell::default();
    let nearest = context.nearest.unwrap_or(&own);
    let subject = PodSubject {
        template,
        template_at: at,
        pod,
        at: &pod_at,
        volumes,
        context,
        nearest,
    };
    for check in rules::OF_POD {
        if found.is_full() {
            return;
        }
        check(&subject, found);
    }
    check_volumes(own_volumes, &pod_at.key("volumes"), found);
    subject.each_mount(|mount, container, here| {
        invalid_mount::check(mount, invalid_mount::is_privileged(container), here, found);
    });
}

/// Reports all that the API server would refuse in the sources of `volumes`, which stand at `at`.
pub fn check_volumes(volumes: &[Volume], at: &At<'_>, found: &mut Report) {
    each(Some(volumes), at, |volume, here| {
        for check in rules::OF_VOLUME {
            check(volume, here, found);
        }
    });
}

/// Reports all that the API server would refuse in `mounts`, which stand at `at` and are added to every container of `pod`;
/// `None` where the pod is not known yet.
pub fn check_added_mounts(mounts: &[VolumeMount], pod: Option<&PodSpec>, at: &At<'_>, found: &mut Report) {
    let containers = pod
        .into_iter()
        .flat_map(|pod| pod.init_containers.iter().flatten().chain(&pod.containers));
    let are_privileged = mounts.is_empty() || containers.into_iter().all(invalid_mount::is_privileged);
    each(Some(mounts), at, |mount, here| {
        invalid_mount::check(mount, are_privileged, here, found);
    });
}

/// Reports all that the API server would refuse in the sources of `variables`, which stand at `at` and are added to every
/// container.
pub fn check_added_variables(variables: &[EnvVar], at: &At<'_>, found: &mut Report) {
    each(Some(variables), at, |variable, here| {
        invalid_env_source::check_variable(variable, here, found);
        invalid_downward_field::check_variable(variable, here, found);
    });
}
