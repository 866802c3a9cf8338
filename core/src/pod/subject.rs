//! What the rules look at, and how they walk through it.

use std::cell::RefCell;

use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::{Container, EnvVar, PodSpec, PodTemplateSpec, Volume, VolumeMount};

use super::{JobContext, VolumeIndex};
use crate::diagnostic::Report;
use crate::field::At;
use crate::names::Nearest;

/// A Job spec.
pub(super) struct JobSubject<'a> {
    pub(super) job: &'a JobSpec,
    pub(super) at: &'a At<'a>,
    pub(super) context: &'a JobContext<'a>,
}

/// A pod template.
pub(super) struct PodSubject<'a> {
    pub(super) template: &'a PodTemplateSpec,
    /// Where the template is.
    pub(super) template_at: &'a At<'a>,
    pub(super) pod: &'a PodSpec,
    /// Where the pod spec is.
    pub(super) at: &'a At<'a>,
    /// The pod's own volumes.
    pub(super) volumes: VolumeIndex<'a>,
    pub(super) context: &'a JobContext<'a>,
    /// The search for nearest names, bounded over all of it.
    pub(super) nearest: &'a RefCell<Nearest>,
}

/// What a container is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It does the work.
    Main,
    /// It runs to its end before the others start.
    Init,
    /// It is an init container with `restartPolicy: Always`, which runs beside the others.
    Sidecar,
}

impl PodSubject<'_> {
    /// Calls `see` with each init container, then with each container.
    pub(super) fn each_container(&self, mut see: impl FnMut(&Container, Role, &At<'_>)) {
        each(
            self.pod.init_containers.as_deref(),
            &self.at.key("initContainers"),
            |container, here| {
                let sidecar = container.restart_policy.as_deref() == Some("Always");
                see(container, if sidecar { Role::Sidecar } else { Role::Init }, here);
            },
        );
        each(
            Some(&self.pod.containers),
            &self.at.key("containers"),
            |container, here| {
                see(container, Role::Main, here);
            },
        );
    }

    /// Calls `see` with each variable of each container.
    pub(super) fn each_variable(&self, mut see: impl FnMut(&EnvVar, &At<'_>)) {
        self.each_container(|container, _, here| each(container.env.as_deref(), &here.key("env"), &mut see));
    }

    /// Calls `see` with each mount of each container.
    pub(super) fn each_mount(&self, mut see: impl FnMut(&VolumeMount, &Container, &At<'_>)) {
        self.each_container(|container, _, here| {
            each(
                container.volume_mounts.as_deref(),
                &here.key("volumeMounts"),
                |mount, here| {
                    see(mount, container, here);
                },
            );
        });
    }

    /// The volume with this name: one of the pod, or one that joins it from outside.
    pub(super) fn volume(&self, name: &str) -> Option<&Volume> {
        self.volumes.get(name).or_else(|| self.context.volumes?.get(name))
    }

    /// The names of all volumes of the pod.
    pub(super) fn volume_names(&self) -> impl Iterator<Item = &str> {
        let added = self.context.volumes.map(VolumeIndex::names).into_iter().flatten();
        self.volumes.names().chain(added)
    }

    /// Whether the pod shares the network of its node.
    pub(super) fn is_on_host_network(&self) -> bool {
        self.pod.host_network == Some(true)
    }

    /// Whether the pod has user ids of its own.
    pub(super) fn has_own_users(&self) -> bool {
        self.pod.host_users == Some(false)
    }

    /// Whether the pod runs on Windows.
    pub(super) fn is_for_windows(&self) -> bool {
        self.pod.os.as_ref().is_some_and(|os| os.name == "windows")
    }
}

/// Calls `see` with each element of a list that stands at `at`.
pub(super) fn each<T>(list: Option<&[T]>, at: &At<'_>, mut see: impl FnMut(&T, &At<'_>)) {
    for (index, item) in list.into_iter().flatten().enumerate() {
        see(item, &at.index(index));
    }
}

/// Adds a finding, if there is one.
pub(super) trait PushIf {
    /// Adds `finding` if it is there.
    fn push_if(&mut self, finding: Option<crate::diagnostic::Diagnostic>);
}

impl PushIf for Report {
    fn push_if(&mut self, finding: Option<crate::diagnostic::Diagnostic>) {
        if let Some(finding) = finding {
            self.push(finding);
        }
    }
}
