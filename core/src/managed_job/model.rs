//! The model of a ManagedJob that has passed every rule: what the planner works from.

use std::ops::Range;

use crds::{ManagedDependency, ManagedJobSpec};
use k8s_openapi::api::batch::v1::JobSpec;

use super::compile::job_spec;
use super::order::{Names, Order, Target, full_name};

/// What `spec.retries` is when it is absent.
const RETRIES_DEFAULT: i32 = 1;

/// How often the pods of the Jobs of `spec` are tried again.
pub(super) fn retries(spec: &ManagedJobSpec) -> i32 {
    spec.retries.unwrap_or(RETRIES_DEFAULT)
}

/// A ManagedJob that can be run: names are unique and short enough, every dependency exists, there is no cycle. Only
/// [`super::validate`] makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidManagedJob {
    groups: Vec<Group>,
    jobs: Vec<Job>,
    order: Order,
}

impl ValidManagedJob {
    /// The model of a spec that no rule denies, of the object named `object`.
    pub(super) fn of(spec: ManagedJobSpec, object: &str, names: &Names, order: Order) -> Self {
        let retries = retries(&spec);
        let mut groups = Vec::new();
        let mut jobs: Vec<Job> = Vec::new();
        for (position, group) in spec.groups.into_iter().enumerate() {
            let first = jobs.len();
            for definition in group.jobs {
                let params = definition.compiled_params.clone().unwrap_or_default();
                jobs.push(Job {
                    group: position,
                    job_name: full_name(object, &group.name, &definition.name),
                    parallel: definition.parallel.unwrap_or_default(),
                    explicit: targets(&definition.dependencies, |name| names.target(position, name)),
                    spec: job_spec(&definition, &params, retries),
                    name: definition.name,
                });
            }
            groups.push(Group {
                name: group.name,
                parallel: group.parallel.unwrap_or_default(),
                explicit: targets(&group.dependencies, |name| names.group(name)),
                jobs: first..jobs.len(),
            });
        }
        Self { groups, jobs, order }
    }

    /// The groups, in the order of the manifest.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The jobs of all groups, in the order of the manifest.
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// What waits for what, as a graph that is linear in the object.
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// The positions of the groups that the group at `position` depends on: those before it unless it is parallel, then
    /// explicit ones.
    pub fn dependencies_of_group(&self, position: usize) -> Vec<usize> {
        let Some(group) = self.groups.get(position) else {
            return Vec::new();
        };
        let before = if group.parallel { 0..0 } else { 0..position };
        let more = group.explicit.iter().copied().filter(|target| !before.contains(target));
        before.clone().chain(more).collect()
    }

    /// What the job at `position` depends on: the jobs before it in its group unless it is parallel, then explicit ones.
    /// What its group depends on comes on top.
    pub fn dependencies_of_job(&self, position: usize) -> Vec<Target> {
        let Some(job) = self.jobs.get(position) else {
            return Vec::new();
        };
        let first = self.groups.get(job.group).map_or(position, |group| group.jobs.start);
        let before = if job.parallel { 0..0 } else { first..position };
        let is_before = |target: &Target| matches!(target, Target::Job(job) if before.contains(job));
        let more = job.explicit.iter().copied().filter(|target| !is_before(target));
        before.clone().map(Target::Job).chain(more).collect()
    }
}

fn targets<T: PartialEq>(dependencies: &[ManagedDependency], target: impl Fn(&str) -> Option<T>) -> Vec<T> {
    let mut targets = Vec::new();
    for target in dependencies.iter().filter_map(|dependency| target(&dependency.name)) {
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    targets
}

/// A group, proven.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    name: String,
    parallel: bool,
    explicit: Vec<usize>,
    jobs: Range<usize>,
}

impl Group {
    /// Its name, a DNS label.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The positions of its jobs in [`ValidManagedJob::jobs`].
    pub fn jobs(&self) -> Range<usize> {
        self.jobs.clone()
    }
}

/// A job of a group, proven.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    group: usize,
    name: String,
    job_name: String,
    parallel: bool,
    explicit: Vec<Target>,
    spec: JobSpec,
}

impl Job {
    /// The position of its group in [`ValidManagedJob::groups`].
    pub fn group(&self) -> usize {
        self.group
    }

    /// Its short name, a DNS label.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of its Job: `<managedjob>-<group>-<name>`.
    pub fn job_name(&self) -> &str {
        &self.job_name
    }

    /// The native Job spec, with the merged parameters.
    pub fn spec(&self) -> &JobSpec {
        &self.spec
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Target, examine};
    use crate::testing::{managed_job, stored};

    #[test]
    fn the_model_of_the_documented_example_has_its_tree() {
        let job = |name: &str| json!({"name": name, "image": "busybox"});
        let parallel = |name: &str| json!({"name": name, "image": "busybox", "parallel": true});
        let object = managed_job(json!({"groups": [
            {"name": "first", "parallel": true, "jobs": [job("a"), job("b"), job("c")]},
            {"name": "second", "parallel": true, "jobs": [parallel("d"), job("e")]},
            {"name": "third", "jobs": [parallel("f")]},
        ]}));
        let model = examine(&stored(&object)).model.unwrap();
        let names: Vec<&str> = model.jobs().iter().map(super::Job::job_name).collect();
        assert_eq!(
            names,
            [
                "demo-first-a",
                "demo-first-b",
                "demo-first-c",
                "demo-second-d",
                "demo-second-e",
                "demo-third-f"
            ]
        );
        let jobs = |positions: &[usize]| positions.iter().copied().map(Target::Job).collect::<Vec<_>>();
        assert_eq!(model.dependencies_of_job(2), jobs(&[0, 1]));
        assert_eq!(model.dependencies_of_job(4), jobs(&[3]));
        assert_eq!(model.dependencies_of_job(5), jobs(&[]));
        assert_eq!(model.dependencies_of_group(2), [0, 1]);
        assert!(model.dependencies_of_group(1).is_empty());
        assert_eq!(model.groups()[1].jobs(), 3..5);
        assert_eq!(model.jobs()[0].spec().backoff_limit, Some(1));
    }

    #[test]
    fn explicit_dependencies_follow_those_by_position_each_once() {
        let object = managed_job(json!({"groups": [{"name": "g", "jobs": [
            {"name": "a", "image": "b", "parallel": true}, {"name": "b", "image": "b"},
            {"name": "c", "image": "b", "parallel": true, "dependencies": [{"name": "b"}, {"name": "demo-g-b"}, {"name": "a"}]},
            {"name": "d", "image": "b", "dependencies": [{"name": "a"}]},
        ]}]}));
        let model = examine(&stored(&object)).model.unwrap();
        assert_eq!(model.dependencies_of_job(2), [Target::Job(1), Target::Job(0)]);
        assert_eq!(
            model.dependencies_of_job(3),
            [Target::Job(0), Target::Job(1), Target::Job(2)]
        );
    }

    #[test]
    fn retries_of_zero_are_zero_and_merged_parameters_reach_the_job() {
        let mut object = managed_job(json!({"retries": 0, "params": {"env": [{"name": "A", "value": "x"}]}}));
        object["spec"]["groups"][0]["jobs"][0]["params"] = json!({"resources": {"limits": {"cpu": 1}}});
        let model = examine(&stored(&object)).model.unwrap();
        let spec = model.jobs()[0].spec();
        assert_eq!(spec.backoff_limit, Some(0));
        let container = &spec.template.spec.as_ref().unwrap().containers[0];
        assert_eq!(container.env.as_ref().unwrap()[0].name, "A");
        assert_eq!(
            container.resources.as_ref().unwrap().limits.as_ref().unwrap()["cpu"].0,
            "1"
        );
    }

    #[test]
    fn what_was_not_normalized_is_not_run() {
        let object = managed_job(json!({"params": {"serviceAccount": "s"}}));
        let examined = examine(&object);
        assert!(examined.model.is_none());
        assert_eq!(examined.report.findings()[0].rule.id, "XX402");
    }
}
