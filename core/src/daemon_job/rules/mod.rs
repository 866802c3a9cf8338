//! The rules of DaemonJob, and what they look at.

pub mod changed_daemon_job;
pub mod daemon_node_name;
pub mod dotted_daemon_job_name;
pub mod invalid_daemon_annotation;
pub mod invalid_daemon_env;
pub mod invalid_daemon_label;
pub mod invalid_excluded_node;
pub mod invalid_node_parallelism;
pub mod long_daemon_job_name;
pub mod no_daemon_template;
pub mod reserved_daemon_label;
pub mod unknown_daemon_failure_policy;
pub mod unknown_node_policy;

use crds::{DaemonJobSpec, GlobalParams};

use crate::admission::ObjectName;
use crate::diagnostic::Report;
use crate::field::At;
use crate::rules::negative_limit;

/// The rules about a DaemonJob.
const CHECKS: &[fn(&Subject<'_>, &mut Report)] = &[
    no_daemon_template::check,
    dotted_daemon_job_name::check,
    long_daemon_job_name::check,
    invalid_excluded_node::check,
    invalid_node_parallelism::check,
    unknown_node_policy::check,
    unknown_daemon_failure_policy::check,
    invalid_daemon_env::check,
    invalid_daemon_label::check,
    invalid_daemon_annotation::check,
    daemon_node_name::check,
    reserved_daemon_label::check,
];

/// Runs all rules.
pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    for check in CHECKS {
        check(subject, found);
    }
    let ttl = subject.spec.ttl_seconds_after_finished.map(i64::from);
    negative_limit::check(&At::SPEC.key("ttlSecondsAfterFinished"), ttl, found);
}

/// What a rule looks at.
pub(crate) struct Subject<'a> {
    name: ObjectName<'a>,
    spec: &'a DaemonJobSpec,
    /// Whether the manifest has a template: once decoded, an absent one and an empty one are the same.
    has_template: bool,
    /// What [`Subject::globals`] lends where the spec has none.
    no_globals: GlobalParams,
}

impl<'a> Subject<'a> {
    pub(super) fn new(name: ObjectName<'a>, spec: &'a DaemonJobSpec, has_template: bool) -> Self {
        Self {
            name,
            spec,
            has_template,
            no_globals: GlobalParams::default(),
        }
    }

    /// `spec.globalParams`, empty where absent.
    fn globals(&self) -> &GlobalParams {
        self.spec.global_params.as_ref().unwrap_or(&self.no_globals)
    }
}
