//! The steps of a ManagedJob: the jobs of its groups.

use std::collections::HashMap;
use std::sync::Arc;

use jobflow_core::managed_job::{self, Node, Tree, ValidManagedJob};
use serde_json::Value;

use super::steps::{Step, list};
use super::view::text;

/// The jobs of a ManagedJob, in the order of the manifest, as its tree shows them.
pub fn of_managed_job(object: &Value) -> Vec<Step> {
    let groups = list(object, "/status/groups").iter();
    let rows = groups.flat_map(|group| list(group, "/jobs").iter().map(move |job| (text(group, "/name"), job)));
    let rows: HashMap<(&str, &str), &Value> = rows.map(|(group, job)| ((group, text(job, "/name")), job)).collect();
    // Not as it is stored: what was stored while no webhook was called may not be normalized.
    let tree = managed_job::tree(object).ok();
    let model = tree.as_ref().map(Tree::model);
    let mut steps = Vec::new();
    for (position, group) in list(object, "/spec/groups").iter().enumerate() {
        let before: Arc<[String]> = match model {
            Some(model) => groups_before(model, Node::GroupStart(position)).collect(),
            None => Arc::from([]),
        };
        for job in list(group, "/jobs") {
            let (group, name) = (text(group, "/name"), text(job, "/name"));
            let step = Step {
                name: format!("{group}/{name}"),
                group: Some(group.to_owned()),
                job: Some(format!("{}-{group}-{name}", text(object, "/metadata/name"))),
                ..of_job(model, steps.len(), &before)
            };
            steps.push(step.told_by(rows.get(&(group, name)).copied(), "pending"));
        }
    }
    steps
}

/// What the job at `position` waits for, beside what its group does.
fn of_job(model: Option<&ValidManagedJob>, position: usize, before: &Arc<[String]>) -> Step {
    let Some(model) = model else {
        return Step::default();
    };
    let node = Node::Job(position);
    let own: Vec<String> = groups_before(model, node).collect();
    let jobs = model.order().waits_for(node).filter_map(|node| match node {
        Node::Job(job) => Some(job),
        Node::GroupStart(_) | Node::GroupEnd(_) => None,
    });
    Step {
        after: jobs.collect(),
        after_groups: if own.is_empty() {
            Arc::clone(before)
        } else {
            before.iter().cloned().chain(own).collect()
        },
        ..Step::default()
    }
}

/// The names of the groups that a node waits for directly.
fn groups_before(model: &ValidManagedJob, node: Node) -> impl Iterator<Item = String> {
    let name = |group: usize| model.groups().get(group).map(|group| group.name().to_owned());
    model.order().waits_for(node).filter_map(move |node| match node {
        Node::GroupEnd(group) => name(group),
        Node::Job(_) | Node::GroupStart(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::steps::shown;
    use super::of_managed_job;

    #[test]
    fn jobs_of_groups_tell_the_groups_that_they_wait_for() {
        let job = |name: &str| json!({"name": name, "image": "busybox"});
        let object = json!({
            "apiVersion": "jobsmanager.raczylo.com/v1beta1", "kind": "ManagedJob",
            "metadata": {"name": "m", "namespace": "default"},
            "spec": {"retries": 1, "groups": [
                {"name": "g", "parallel": false, "jobs": [job("a"), job("b")]},
                {"name": "h", "parallel": false, "jobs": [job("c")]},
            ]},
            "status": {"groups": [{"name": "g", "jobs": [{"name": "a", "state": "succeeded"}]}]},
        });
        assert_eq!(
            shown(&of_managed_job(&object)),
            [
                "✔ g/a m-g-a after [] []",
                "○ g/b m-g-b after [0] []",
                "○ h/c m-h-c after [] [\"g\"]"
            ]
        );
    }
}
