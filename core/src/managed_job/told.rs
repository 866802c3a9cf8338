//! What the status tells of dependencies: names, as many as a status has room for.

use super::{Group, Job, Node, Target, ValidManagedJob};
use crate::limits::MANAGED_DEPENDENCIES_TOLD_MAX;

/// The dependencies that the status of a ManagedJob tells.
///
/// All that something waits for, as the tree has it, where that is short. In a list of 5,000 jobs that wait for each
/// other it would be 12 million names: then only the nearest, so that there are no more names than jobs and explicit
/// dependencies.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    model: &'a ValidManagedJob,
    is_whole: bool,
}

impl<'a> Told<'a> {
    /// What is told of `model`.
    pub fn of(model: &'a ValidManagedJob) -> Self {
        Self {
            model,
            is_whole: model.dependency_count() <= MANAGED_DEPENDENCIES_TOLD_MAX,
        }
    }

    /// Of the group at `position`.
    pub fn of_group(&self, position: usize) -> Vec<String> {
        let targets = if self.is_whole {
            let groups = self.model.dependencies_of_group(position).into_iter();
            groups.map(Target::Group).collect()
        } else {
            self.nearest(Node::GroupStart(position))
        };
        self.names(&targets)
    }

    /// Of the job at `position`.
    pub fn of_job(&self, position: usize) -> Vec<String> {
        let targets = if self.is_whole {
            self.model.dependencies_of_job(position)
        } else {
            self.nearest(Node::Job(position))
        };
        self.names(&targets)
    }

    /// What a node waits for directly; that a job waits for the start of its group goes without saying.
    fn nearest(&self, node: Node) -> Vec<Target> {
        let targets = self.model.order().waits_for(node).filter_map(|node| match node {
            Node::Job(job) => Some(Target::Job(job)),
            Node::GroupEnd(group) => Some(Target::Group(group)),
            Node::GroupStart(_) => None,
        });
        targets.collect()
    }

    fn names(&self, targets: &[Target]) -> Vec<String> {
        let name = |target: &Target| match *target {
            Target::Job(job) => self.model.jobs().get(job).map(Job::job_name),
            Target::Group(group) => self.model.groups().get(group).map(Group::name),
        };
        targets.iter().filter_map(name).map(str::to_owned).collect()
    }
}
