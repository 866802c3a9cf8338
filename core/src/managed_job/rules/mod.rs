//! The rules of ManagedJob, and what they look at.

pub mod changed_managed_job;
pub mod colliding_job_names;
pub mod dotted_managed_job_name;
pub mod duplicate_group_name;
pub mod duplicate_job_name;
pub mod duplicate_params_volume;
pub mod ignored_annotation;
pub mod ignored_status;
pub mod invalid_from_env;
pub mod invalid_group_name;
pub mod invalid_job_name;
pub mod invalid_params_annotation;
pub mod invalid_params_env;
pub mod invalid_params_label;
pub mod invalid_pull_secret;
pub mod job_without_image;
pub mod large_managed_job;
pub mod long_managed_job_name;
pub mod managed_dependency_cycle;
pub mod managed_self_dependency;
pub mod no_groups;
pub mod no_jobs;
pub mod replaced_compiled_params;
pub mod reserved_params_label;
pub mod retries_out_of_range;
pub mod taken_params_mount_path;
pub mod too_many_jobs;
pub mod too_many_managed_dependencies;
pub mod unknown_managed_dependency;
pub mod unknown_params_volume;
pub mod unknown_pull_policy;
pub mod unknown_restart_policy;

use crds::{ManagedDependency, ManagedGroup, ManagedJobDefinition, ManagedJobSpec, ManagedParams};
use serde_json::Value;

use super::levels::Levels;
use super::order::{Names, Order, Target, places};
use super::origin::Origins;
use crate::admission::{Candidate, ObjectName};
use crate::diagnostic::Report;
use crate::field::At;

/// The rules about a ManagedJob that is within the limits.
const CHECKS: &[fn(&Subject<'_>, &mut Report)] = &[
    no_groups::check,
    no_jobs::check,
    job_without_image::check,
    ignored_status::check,
    invalid_group_name::check,
    duplicate_group_name::check,
    invalid_job_name::check,
    duplicate_job_name::check,
    colliding_job_names::check,
    long_managed_job_name::check,
    dotted_managed_job_name::check,
    unknown_managed_dependency::check,
    managed_self_dependency::check,
    managed_dependency_cycle::check,
    invalid_params_env::check,
    invalid_from_env::check,
    invalid_params_label::check,
    invalid_params_annotation::check,
    reserved_params_label::check,
    duplicate_params_volume::check,
    unknown_params_volume::check,
    taken_params_mount_path::check,
    unknown_restart_policy::check,
    unknown_pull_policy::check,
    invalid_pull_secret::check,
    ignored_annotation::check,
    retries_out_of_range::check,
];

/// Runs the rules that bound the work of the others; whether all of them hold.
pub(super) fn check_limits(object: &Value, spec: &ManagedJobSpec, found: &mut Report) -> bool {
    let mut limits = Report::default();
    too_many_managed_dependencies::check(spec, &mut limits);
    large_managed_job::check(object, spec, &mut limits);
    let hold = !limits.denies();
    found.append(limits);
    hold
}

/// Runs all other rules.
pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    for check in CHECKS {
        if found.is_full() {
            return;
        }
        check(subject, found);
    }
}

/// What a rule looks at.
pub(crate) struct Subject<'a> {
    name: ObjectName<'a>,
    spec: &'a ManagedJobSpec,
    names: &'a Names,
    order: &'a Order,
}

impl<'a> Subject<'a> {
    pub(super) fn new(candidate: &Candidate<'a>, spec: &'a ManagedJobSpec, names: &'a Names, order: &'a Order) -> Self {
        Self {
            name: candidate.name,
            spec,
            names,
            order,
        }
    }

    /// Calls `see` with each group: its position, the group, and the place.
    fn each_group(&self, mut see: impl FnMut(usize, &'a ManagedGroup, &At<'_>)) {
        let at = At::SPEC.key("groups");
        for (position, group) in self.spec.groups.iter().enumerate() {
            see(position, group, &at.index(position));
        }
    }

    /// Calls `see` with each job: the position of its group, the group, the job, and the place of the job.
    fn each_job(&self, mut see: impl FnMut(usize, &'a ManagedGroup, &'a ManagedJobDefinition, &At<'_>)) {
        self.each_group(|position, group, at| {
            let jobs = at.key("jobs");
            for (index, job) in group.jobs.iter().enumerate() {
                see(position, group, job, &jobs.index(index));
            }
        });
    }

    /// Calls `see` with the parameters of each level that has some, and the place.
    fn each_params(&self, mut see: impl FnMut(&'a ManagedParams, &At<'_>)) {
        if let Some(params) = &self.spec.params {
            see(params, &At::SPEC.key("params"));
        }
        self.each_group(|_, group, at| {
            if let Some(params) = &group.params {
                see(params, &at.key("params"));
            }
        });
        self.each_job(|_, _, job, at| {
            if let Some(params) = &job.params {
                see(params, &at.key("params"));
            }
        });
    }

    /// Calls `see` with the levels of parameters of each job, and the origins of what is compiled from them.
    fn each_compiled(&self, mut see: impl FnMut(&Levels<'a>, &Origins)) {
        for (group, job) in places(self.spec) {
            let levels = Levels::of(self.spec, group, job);
            see(&levels, &Origins::of(&levels));
        }
    }

    /// Calls `see` with each explicit dependency of a group: the position of the group, the dependency, and the place.
    fn each_group_dependency(&self, mut see: impl FnMut(usize, &'a ManagedDependency, &At<'_>)) {
        self.each_group(|position, group, at| {
            let at = at.key("dependencies");
            for (index, dependency) in group.dependencies.iter().enumerate() {
                see(position, dependency, &at.index(index));
            }
        });
    }

    /// Calls `see` with each explicit dependency of a job: the position of its group, and of the job among all jobs; the
    /// dependency, and the place.
    fn each_job_dependency(&self, mut see: impl FnMut(usize, usize, &'a ManagedDependency, &At<'_>)) {
        let mut job_position = 0;
        self.each_job(|group, _, job, at| {
            let at = at.key("dependencies");
            for (index, dependency) in job.dependencies.iter().enumerate() {
                see(group, job_position, dependency, &at.index(index));
            }
            job_position += 1;
        });
    }

    /// What a job of the group at `group` means by the name in `dependency`.
    fn target(&self, group: usize, dependency: &ManagedDependency) -> Option<Target> {
        self.names.target(group, &dependency.name)
    }

    /// The name of the group at `position`.
    fn group_name(&self, position: usize) -> &'a str {
        self.spec.groups.get(position).map_or("", |group| &group.name)
    }

    /// The short name of the job at `position` among all jobs, behind that of its group: `group/job`.
    fn job_name(&self, position: usize) -> String {
        let (group, place) = self.order.place(position);
        let job = self.spec.groups.get(group).and_then(|group| group.jobs.get(place));
        format!("{}/{}", self.group_name(group), job.map_or("", |job| &job.name))
    }
}
