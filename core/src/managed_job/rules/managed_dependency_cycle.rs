//! MJ203 `managed-dependency-cycle`: groups or jobs of a ManagedJob wait for each other in a circle.
//!
//! # Why it is an error
//! None of the circle could ever start. The order in which things stand counts: a job that is not `parallel` waits for every
//! job before it in its group, and a group for every group before it.
//!
//! # Example
//! `jobs: [{name: a, dependencies: [{name: b}]}, {name: b}]` is denied at `spec.groups[0].jobs[0].dependencies[0].name`: `b`
//! waits for `a`, which stands before it.
//!
//! # Fix
//! Remove the dependency, move the job or the group behind what it depends on, or set `parallel: true` on what need not wait.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::graph::shown_cycle;
use crate::managed_job::rules::Subject;
use crate::managed_job::{Node, Target};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ203", "managed-dependency-cycle", Deny, "managed_dependency_cycle.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    for cycle in subject.order.cycles() {
        let next = cycle.iter().cycle().skip(1);
        let edges = cycle.iter().copied().zip(next.copied());
        // Only an explicit dependency makes something wait for what stands later.
        let forward = |(from, to): &(Node, Node)| subject.order.position(*to) > subject.order.position(*from);
        let Some((from, to)) = edges.into_iter().find(forward) else {
            continue;
        };
        let nodes = without_passages(subject, &cycle);
        let names: Vec<String> = nodes.iter().map(|node| node_name(subject, *node)).collect();
        let message = format!("dependency cycle: {}", shown_cycle(&names));
        let help = "a -> b means that a waits for b, explicitly or because b stands before it; remove this dependency, or \
                    set `parallel: true` on what need not wait";
        with_dependency(subject, from, to, |name, at| {
            let finding = Diagnostic::new(&RULE, at, Reason::Invalid, message.clone());
            found.push(finding.value(name).help(help));
        });
    }
}

/// The cycle as an author thinks of it: from a group to a group, without the job in between that only stands for its group,
/// and each group once where its end and its start follow each other.
fn without_passages(subject: &Subject<'_>, cycle: &[Node]) -> Vec<Node> {
    let count = cycle.len();
    let at = |index: usize| cycle.get(index % count.max(1)).copied();
    let is_passage = |index: usize| match (at(index + count - 1), at(index), at(index + 1)) {
        (Some(Node::GroupEnd(end)), Some(Node::Job(_)), Some(Node::GroupStart(start))) => end == start,
        _ => false,
    };
    let kept: Vec<Node> = (0..count).filter(|&index| !is_passage(index)).filter_map(at).collect();
    let mut shown: Vec<Node> = Vec::new();
    for node in kept {
        if shown
            .last()
            .is_none_or(|last| node_name(subject, *last) != node_name(subject, node))
        {
            shown.push(node);
        }
    }
    if let (Some(first), Some(last)) = (shown.first(), shown.last())
        && shown.len() > 1
        && node_name(subject, *first) == node_name(subject, *last)
    {
        shown.pop();
    }
    shown
}

fn node_name(subject: &Subject<'_>, node: Node) -> String {
    match node {
        Node::Job(job) => subject.job_name(job),
        Node::GroupStart(group) | Node::GroupEnd(group) => format!("group {}", subject.group_name(group)),
    }
}

/// Calls `see` with the explicit dependency that makes `from` wait for `to`: its name, and the place of the name.
fn with_dependency(subject: &Subject<'_>, from: Node, to: Node, see: impl FnOnce(&str, &At<'_>)) {
    let target = match to {
        Node::Job(job) => Target::Job(job),
        Node::GroupStart(group) | Node::GroupEnd(group) => Target::Group(group),
    };
    let groups = At::SPEC.key("groups");
    match from {
        Node::GroupStart(group) | Node::GroupEnd(group) => {
            let dependencies = subject.spec.groups.get(group).map(|group| &group.dependencies);
            let is_it = |name: &str| subject.names.group(name).map(Target::Group) == Some(target);
            let found =
                dependencies.and_then(|list| list.iter().enumerate().find(|(_, dependency)| is_it(&dependency.name)));
            if let Some((index, dependency)) = found {
                let here = groups.index(group);
                let here = here.key("dependencies");
                let here = here.index(index);
                see(&dependency.name, &here.key("name"));
            }
        }
        Node::Job(job) => {
            let (group, place) = subject.order.place(job);
            let definition = subject.spec.groups.get(group).and_then(|group| group.jobs.get(place));
            let is_it = |name: &str| subject.names.target(group, name) == Some(target);
            let found = definition.and_then(|job| {
                job.dependencies
                    .iter()
                    .enumerate()
                    .find(|(_, dependency)| is_it(&dependency.name))
            });
            if let Some((index, dependency)) = found {
                let here = groups.index(group);
                let here = here.key("jobs");
                let here = here.index(place);
                let here = here.key("dependencies");
                let here = here.index(index);
                see(&dependency.name, &here.key("name"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    const HELP: &str = "(a -> b means that a waits for b, explicitly or because b stands before it; remove this dependency, or \
                        set `parallel: true` on what need not wait) [MJ203]\n";

    #[test]
    fn a_job_may_not_wait_for_one_that_waits_for_it_by_position() {
        let jobs = json!([{"name": "a", "image": "x", "dependencies": [{"name": "c"}]}, {"name": "b", "image": "x"}, {"name": "c", "image": "x"}]);
        assert_eq!(
            findings(&managed_job(json!({"groups": [{"name": "g", "jobs": jobs}]}))),
            format!(
                "spec.groups[0].jobs[0].dependencies[0].name: Invalid value: \"c\": dependency cycle: g/a -> g/c -> g/b -> g/a {HELP}"
            )
        );
    }

    #[test]
    fn groups_are_shown_as_groups() {
        let job = json!([{"name": "x", "image": "y"}]);
        let groups = json!([
            {"name": "a", "dependencies": [{"name": "c"}], "jobs": job}, {"name": "b", "jobs": job}, {"name": "c", "jobs": job},
        ]);
        assert_eq!(
            findings(&managed_job(json!({"groups": groups}))),
            format!(
                "spec.groups[0].dependencies[0].name: Invalid value: \"c\": dependency cycle: group a -> group c -> group b -> \
                 group a {HELP}"
            )
        );
    }

    #[test]
    fn a_job_may_not_wait_for_a_group_that_waits_for_its_own() {
        let groups = json!([
            {"name": "a", "jobs": [{"name": "x", "image": "y", "dependencies": [{"name": "demo-b-x"}]}]},
            {"name": "b", "jobs": [{"name": "x", "image": "y"}]},
        ]);
        assert_eq!(
            findings(&managed_job(json!({"groups": groups}))),
            format!(
                "spec.groups[0].jobs[0].dependencies[0].name: Invalid value: \"demo-b-x\": dependency cycle: a/x -> b/x -> \
                 group b -> group a -> a/x {HELP}"
            )
        );
    }

    #[test]
    fn parallel_things_may_wait_for_what_stands_later() {
        let groups = json!([
            {"name": "a", "jobs": [{"name": "x", "image": "y", "dependencies": [{"name": "z"}]}, {"name": "z", "image": "y", "parallel": true}],
             "dependencies": [{"name": "b"}]},
            {"name": "b", "parallel": true, "jobs": [{"name": "x", "image": "y"}]},
        ]);
        assert_eq!(findings(&managed_job(json!({"groups": groups}))), "");
    }
}
