//! The model of a ManagedJob that has passed every rule: what the planner works from.

use std::ops::Range;

use crds::{ManagedDependency, ManagedJobSpec};
use k8s_openapi::api::batch::v1::JobSpec;

use super::compile::{job_spec, retries};
use super::levels::Levels;
use super::order::{Names, Order, Target, full_name};

/// A ManagedJob that can be run: names are unique and short enough, every dependency exists, there is no cycle. Only
/// [`super::validate`] makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidManagedJob {
    name: String,
    /// Without `compiledParams`: they are merged again where a Job is made, and so are never trusted. All of them
    /// together may be far larger than the rest.
    spec: ManagedJobSpec,
    groups: Vec<Group>,
    jobs: Vec<Job>,
    order: Order,
}

impl ValidManagedJob {
    /// The model of a spec that no rule denies, of the object named `object`.
    pub(super) fn of(mut spec: ManagedJobSpec, object: &str, names: &Names, order: Order) -> Self {
        let mut groups = Vec::new();
        let mut jobs: Vec<Job> = Vec::new();
        for (position, group) in spec.groups.iter_mut().enumerate() {
            let first = jobs.len();
            for definition in &mut group.jobs {
                definition.compiled_params = None;
                jobs.push(Job {
                    group: position,
                    name: definition.name.clone(),
                    title: format!("{}/{}", group.name, definition.name),
                    job_name: full_name(object, &group.name, &definition.name),
                    parallel: definition.parallel.unwrap_or_default(),
                    explicit: targets(&definition.dependencies, |name| names.target(position, name)),
                });
            }
            groups.push(Group {
                name: group.name.clone(),
                parallel: group.parallel.unwrap_or_default(),
                explicit: targets(&group.dependencies, |name| names.group(name)),
                jobs: first..jobs.len(),
            });
        }
        Self {
            name: object.to_owned(),
            spec,
            groups,
            jobs,
            order,
        }
    }

    /// The name of the object.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The groups, in the order of the manifest.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The jobs of all groups, in the order of the manifest.
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// The native Job spec of the job at `position`, with the parameters of all levels merged.
    pub fn job_spec(&self, position: usize) -> Option<JobSpec> {
        let (group, place) = self.place(position)?;
        let definition = self.spec.groups.get(group)?.jobs.get(place)?;
        let params = self.levels(position)?.merged();
        Some(job_spec(definition, params, retries(&self.spec)))
    }

    /// The parameters of the job at `position`, level by level.
    pub(super) fn levels(&self, position: usize) -> Option<Levels<'_>> {
        let (group, place) = self.place(position)?;
        Some(Levels::of(&self.spec, group, place))
    }

    /// The group of the job at `position`, and its place in it.
    fn place(&self, position: usize) -> Option<(usize, usize)> {
        let job = self.jobs.get(position)?;
        Some((job.group, position.checked_sub(self.groups.get(job.group)?.jobs.start)?))
    }

    /// What waits for what, as a graph that is linear in the object.
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// How many dependencies all groups and jobs have together; one on what comes before anyway may count twice.
    pub(super) fn dependency_count(&self) -> usize {
        let of_groups = self.groups.iter().enumerate();
        let of_groups = of_groups.map(|(position, group)| self.before_group(position).len() + group.explicit.len());
        let of_jobs = self.jobs.iter().enumerate();
        let of_jobs = of_jobs.map(|(position, job)| self.before_job(position).len() + job.explicit.len());
        of_groups.sum::<usize>() + of_jobs.sum::<usize>()
    }

    /// The positions of the groups that the group at `position` depends on: those before it unless it is parallel, then
    /// explicit ones.
    pub fn dependencies_of_group(&self, position: usize) -> Vec<usize> {
        let Some(group) = self.groups.get(position) else {
            return Vec::new();
        };
        let before = self.before_group(position);
        let more = group.explicit.iter().copied().filter(|target| !before.contains(target));
        before.clone().chain(more).collect()
    }

    /// What the job at `position` depends on: the jobs before it in its group unless it is parallel, then explicit ones.
    /// What its group depends on comes on top.
    pub fn dependencies_of_job(&self, position: usize) -> Vec<Target> {
        let Some(job) = self.jobs.get(position) else {
            return Vec::new();
        };
        let before = self.before_job(position);
        let is_before = |target: &Target| matches!(target, Target::Job(job) if before.contains(job));
        let more = job.explicit.iter().copied().filter(|target| !is_before(target));
        before.clone().map(Target::Job).chain(more).collect()
    }

    /// The groups that the group at `position` waits for by where it stands.
    fn before_group(&self, position: usize) -> Range<usize> {
        match self.groups.get(position) {
            Some(group) if !group.parallel => 0..position,
            _ => 0..0,
        }
    }

    /// The jobs that the job at `position` waits for by where it stands.
    fn before_job(&self, position: usize) -> Range<usize> {
        let job = self.jobs.get(position).filter(|job| !job.parallel);
        let first = job.and_then(|job| Some(self.groups.get(job.group)?.jobs.start));
        first.map_or(0..0, |first| first..position)
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
    title: String,
    job_name: String,
    parallel: bool,
    explicit: Vec<Target>,
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

    /// What sentences call it: `<group>/<name>`, for short names are unique in a group only.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What the label of the step says: `<group>-<name>`, which is unique too, and a title is no value of a label.
    pub fn step(&self) -> String {
        self.title.replace('/', "-")
    }

    /// The name of its Job: `<managedjob>-<group>-<name>`.
    pub fn job_name(&self) -> &str {
        &self.job_name
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
        assert_eq!(model.job_spec(0).unwrap().backoff_limit, Some(1));
        assert!(model.job_spec(6).is_none());
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
        let spec = model.job_spec(0).unwrap();
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
