//! Where the parts of a rendered Job were written, so that what is said of the Job can be shown to its author.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::VolumeMount;

use crate::daemon_job::ValidDaemonJob;
use crate::engine::child;
use crate::field::{FieldPath, Segment};
use crate::job_flow::{Origin, Parts, Step, Template, ValidJobFlow};
use crate::managed_job::ValidManagedJob;
use crate::{managed_job, sequential_job};

/// A place in what an author wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The JobTemplate that it stands in; `None` for the object whose Job it is.
    pub template: Option<String>,
    /// The path in it.
    pub path: FieldPath,
}

/// Where the parts of one Job were written.
#[derive(Clone, Debug)]
pub struct JobOrigin {
    manifest: Arc<Manifest>,
    /// The position of the step in the manifest.
    position: usize,
}

/// What Jobs are rendered from.
#[derive(Debug)]
pub(super) enum Manifest {
    /// With the JobTemplates that its flows refer to, by name.
    JobFlow(Box<ValidJobFlow>, BTreeMap<String, Arc<JobSpec>>),
    DaemonJob(Box<ValidDaemonJob>),
    ManagedJob(Box<ValidManagedJob>),
    SequentialJob,
    JobTemplate,
}

impl JobOrigin {
    pub(super) fn new(manifest: &Arc<Manifest>, position: usize) -> Self {
        Self {
            manifest: Arc::clone(manifest),
            position,
        }
    }

    /// The step itself, in the object.
    pub fn step(&self) -> FieldPath {
        match &*self.manifest {
            Manifest::JobFlow(..) => self.flow(&[]),
            Manifest::DaemonJob(_) => path(&[key("spec"), key("template")]),
            Manifest::ManagedJob(model) => {
                let none = FieldPath::default();
                managed_job::author_path(model, self.position, &none).unwrap_or(none)
            }
            Manifest::SequentialJob => path(&[key("spec"), key("containers"), Segment::Index(self.position)]),
            Manifest::JobTemplate => path(&[key("spec"), key("jobTemplate")]),
        }
    }

    /// Where the step refers to a JobTemplate, if it does.
    pub fn reference(&self) -> Option<FieldPath> {
        let step = self.flow_step()?;
        matches!(step.template(), Template::Reference(_)).then(|| self.flow(&[key("jobTemplateRef")]))
    }

    /// Where what stands at `path` in the Job was written. Of what jobflow adds by itself, it is the step.
    pub fn of(&self, path: &FieldPath) -> Written {
        let written = match in_spec(path) {
            Inside::Spec(inner) => self.of_spec(&inner),
            Inside::Name => self.of_name().map(own),
            Inside::Namespace => Some(own(path.clone())),
            Inside::Nothing => None,
        };
        written.unwrap_or_else(|| own(self.step()))
    }

    /// Where what stands at `inner`, from the Job's spec on, was written.
    fn of_spec(&self, inner: &[Segment]) -> Option<Written> {
        let spec = path(&[key("spec")]);
        match &*self.manifest {
            Manifest::JobFlow(model, templates) => self.of_flow(model, templates, inner),
            Manifest::DaemonJob(model) => {
                let parts = Parts {
                    spec: model.job(),
                    globals: model.globals(),
                    mounts: &[],
                };
                match parts.origin(inner) {
                    Origin::Spec(inner) => Some(own(spec.below(&inner))),
                    Origin::Globals(inner) => Some(own(spec.below(&[key("globalParams")]).below(&inner))),
                    Origin::Volumes(_) | Origin::Mounts(_) | Origin::Nowhere => None,
                }
            }
            Manifest::ManagedJob(model) => {
                managed_job::author_path(model, self.position, &FieldPath::new(inner.to_vec())).map(own)
            }
            Manifest::SequentialJob => Some(own(sequential_job::author_path(&spec.below(inner), self.position))),
            Manifest::JobTemplate => Some(own(spec.below(&[key("jobTemplate")]).below(inner))),
        }
    }

    fn of_flow(
        &self,
        model: &ValidJobFlow,
        templates: &BTreeMap<String, Arc<JobSpec>>,
        inner: &[Segment],
    ) -> Option<Written> {
        let step = self.flow_step()?;
        let (template, spec) = match step.template() {
            Template::Inline(spec) => (None, &**spec),
            Template::Reference(name) => (Some(name.clone()), &**templates.get(name)?),
        };
        let mounts: &[VolumeMount] = step.mounts();
        let parts = Parts {
            spec,
            globals: model.globals(),
            mounts,
        };
        let in_spec = |member: &str, inner: &[Segment]| path(&[key("spec"), key(member)]).below(inner);
        match (parts.origin(inner), template) {
            (Origin::Spec(inner), None) => Some(own(self.flow(&[key("jobTemplate")]).below(&inner))),
            (Origin::Spec(inner), template) => Some(Written {
                template,
                path: in_spec("jobTemplate", &inner),
            }),
            (Origin::Globals(inner), _) => Some(own(in_spec("globalParams", &inner))),
            (Origin::Volumes(inner), _) => Some(own(in_spec("shareVolumes", &inner))),
            (Origin::Mounts(inner), _) => Some(own(self.flow(&[key("shareVolumeMounts")]).below(&inner))),
            (Origin::Nowhere, _) => None,
        }
    }

    /// Where what the Job is named after was written.
    fn of_name(&self) -> Option<FieldPath> {
        match &*self.manifest {
            Manifest::JobFlow(..) => Some(self.flow(&[key("name")])),
            Manifest::ManagedJob(_) => Some(self.step().below(&[key("name")])),
            Manifest::DaemonJob(_) | Manifest::SequentialJob => Some(path(&[key("metadata"), key("name")])),
            // The name is one that stands in for those of steps.
            Manifest::JobTemplate => None,
        }
    }

    fn flow_step(&self) -> Option<&Step> {
        match &*self.manifest {
            Manifest::JobFlow(model, _) => model.steps().get(self.position),
            _ => None,
        }
    }

    fn flow(&self, inner: &[Segment]) -> FieldPath {
        path(&[key("spec"), key("flows"), Segment::Index(self.position)]).below(inner)
    }
}

/// The labels that jobflow adds.
const OWN_LABELS: [&str; 5] = [
    child::MANAGED_BY,
    child::OWNER_KIND,
    child::OWNER_NAME,
    child::OWNER_UID,
    child::STEP,
];

/// What a path of a Job leads into.
enum Inside {
    /// Its spec, and the rest of the path.
    Spec(Vec<Segment>),
    Name,
    Namespace,
    Nothing,
}

/// Labels and annotations of a Job are those of its pods, of which the API server leaves `metadata` out in paths.
fn in_spec(path: &FieldPath) -> Inside {
    let names: Vec<&str> = path.segments().iter().map(Segment::name).collect();
    let of_pods = |from: usize| {
        let pods = [key("template"), key("metadata")];
        Inside::Spec([&pods, path.segments().get(from..).unwrap_or_default()].concat())
    };
    match names.as_slice() {
        [.., "labels", label] if OWN_LABELS.contains(label) => Inside::Nothing,
        ["spec", "template", "labels" | "annotations", ..] => of_pods(2),
        ["spec", ..] => Inside::Spec(path.segments().get(1..).unwrap_or_default().to_vec()),
        ["metadata", "labels" | "annotations", ..] => of_pods(1),
        ["metadata", "name", ..] => Inside::Name,
        ["metadata", "namespace", ..] => Inside::Namespace,
        _ => Inside::Nothing,
    }
}

fn own(path: FieldPath) -> Written {
    Written { template: None, path }
}

fn path(segments: &[Segment]) -> FieldPath {
    FieldPath::new(segments.to_vec())
}

fn key(name: &str) -> Segment {
    Segment::Key(name.to_owned())
}

#[cfg(test)]
mod tests;
