//! The rules of SequentialJob, and what they look at.

pub mod changed_sequential_job;
pub mod dotted_sequential_job_name;
pub mod duplicate_step_name;
pub mod empty_sequence;
pub mod long_sequential_job_name;
pub mod shared_containers;
pub mod too_many_steps;

use crds::SequentialJobSpec;
use k8s_openapi::api::core::v1::{Container, PodSpec};

use crate::admission::ObjectName;
use crate::diagnostic::Report;
use crate::field::At;
use crate::rules::negative_limit;

/// The rules about a SequentialJob.
const CHECKS: &[fn(&Subject<'_>, &mut Report)] = &[
    empty_sequence::check,
    duplicate_step_name::check,
    long_sequential_job_name::check,
    dotted_sequential_job_name::check,
    shared_containers::check,
];

/// Runs all rules.
pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    for check in CHECKS {
        if found.is_full() {
            return;
        }
        check(subject, found);
    }
    let spec = subject.spec;
    let limits = [
        ("backoffLimit", spec.backoff_limit.map(i64::from)),
        ("activeDeadlineSeconds", spec.active_deadline_seconds),
        (
            "ttlSecondsAfterFinished",
            spec.ttl_seconds_after_finished.map(i64::from),
        ),
    ];
    for (field, limit) in limits {
        negative_limit::check(&At::SPEC.key(field), limit, found);
    }
}

/// What a rule looks at.
pub(crate) struct Subject<'a> {
    name: ObjectName<'a>,
    spec: &'a SequentialJobSpec,
}

impl<'a> Subject<'a> {
    pub(super) fn new(name: ObjectName<'a>, spec: &'a SequentialJobSpec) -> Self {
        Self { name, spec }
    }

    /// Calls `see` with each container: its index, the container, and the place.
    fn each_container(&self, mut see: impl FnMut(usize, &'a Container, &At<'_>)) {
        let at = At::SPEC.key("containers");
        for (index, container) in self.spec.containers.iter().enumerate() {
            see(index, container, &at.index(index));
        }
    }

    /// The shared pod spec, where there is one.
    fn shared_pod(&self) -> Option<&'a PodSpec> {
        self.spec.template.as_ref().and_then(|template| template.spec.as_ref())
    }
}
