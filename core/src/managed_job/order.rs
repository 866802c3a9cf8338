//! The order of a ManagedJob: what waits for what, by position and explicitly.
//!
//! The graph has a node for each job, and two for each group, so that it stays linear in the object:
//!
//! ```text
//! job         waits for  the start of its group, jobs before it in the group, explicit jobs, the ends of explicit groups
//! group start waits for  the ends of groups before it, the ends of explicit groups
//! group end   waits for  its jobs
//! ```
//!
//! What depends on itself, or a job on the group that it is in, has a rule of its own, and no edge here.
//!
//! A job that is not parallel waits for every job before it. The graph has edges only to the nearest of them that is not
//! parallel either, and to the parallel ones in between: that one waits for all others.

use std::collections::HashMap;

use crds::{ManagedDependency, ManagedGroup, ManagedJobSpec};

use crate::graph::Graph;

/// A node of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    /// The job at a position among all jobs, in the order of the manifest.
    Job(usize),
    /// The start of the group at a position.
    GroupStart(usize),
    /// The end of the group at a position: all its jobs have succeeded.
    GroupEnd(usize),
}

/// What an explicit dependency names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// The job at a position among all jobs.
    Job(usize),
    /// The group at a position.
    Group(usize),
}

/// The graph of a spec that may still be faulty: of things with one name the first counts, and dependencies on what does
/// not exist are left out. So graph faults are found on the known part, beside all other faults.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The positions of each job: its group's, and its own there.
    places: Vec<(usize, usize)>,
    groups: usize,
    graph: Graph,
}

impl Order {
    /// The order of `spec`.
    pub(super) fn of(spec: &ManagedJobSpec, names: &Names) -> Self {
        let places: Vec<(usize, usize)> = places(spec).collect();
        let mut order = Self {
            places,
            groups: spec.groups.len(),
            graph: Graph::default(),
        };
        order.graph = Graph::new(order.edges(spec, names));
        order
    }

    /// What `node` waits for, directly. An explicit dependency on something that comes before anyway is there too.
    pub fn waits_for(&self, node: Node) -> impl Iterator<Item = Node> {
        let edges = self.graph.dependencies(self.index(node));
        edges.iter().map(|&index| self.node(index))
    }

    /// How many nodes there are: jobs, then starts of groups, then ends of groups.
    pub(crate) fn len(&self) -> usize {
        self.places.len() + 2 * self.groups
    }

    /// The numbers of the nodes that the node of this number waits for.
    pub(crate) fn edges_of(&self, node: usize) -> &[usize] {
        self.graph.dependencies(node)
    }

    /// One cycle for each tangle, each from its first node on.
    pub(super) fn cycles(&self) -> Vec<Vec<Node>> {
        let named = |cycle: Vec<usize>| cycle.into_iter().map(|index| self.node(index)).collect();
        self.graph.cycles().into_iter().map(named).collect()
    }

    /// The positions of a job: its group's, and its own there.
    pub(super) fn place(&self, job: usize) -> (usize, usize) {
        self.places.get(job).copied().unwrap_or_default()
    }

    /// Where a node stands in the manifest. The order by position never makes anything wait for what stands later, so
    /// each cycle has an explicit dependency that does.
    pub(super) fn position(&self, node: Node) -> (usize, usize) {
        match node {
            Node::GroupStart(group) => (group, 0),
            Node::Job(job) => {
                let (group, place) = self.place(job);
                (group, place + 1)
            }
            Node::GroupEnd(group) => (group, usize::MAX),
        }
    }

    fn index(&self, node: Node) -> usize {
        match node {
            Node::Job(job) => job,
            Node::GroupStart(group) => self.places.len() + group,
            Node::GroupEnd(group) => self.places.len() + self.groups + group,
        }
    }

    fn node(&self, index: usize) -> Node {
        let jobs = self.places.len();
        if index < jobs {
            Node::Job(index)
        } else if index < jobs + self.groups {
            Node::GroupStart(index - jobs)
        } else {
            Node::GroupEnd(index - jobs - self.groups)
        }
    }

    fn edges(&self, spec: &ManagedJobSpec, names: &Names) -> Vec<Vec<usize>> {
        let mut jobs = Vec::new();
        let mut starts = Vec::new();
        let mut ends = Vec::new();
        let before = nearest_before(spec.groups.iter().map(is_parallel_group));
        for (group, (definition, before)) in spec.groups.iter().zip(before).enumerate() {
            let explicit = definition
                .dependencies
                .iter()
                .filter_map(|dependency| names.group(&dependency.name));
            let explicit = explicit.filter(|target| *target != group);
            let waited = before
                .into_iter()
                .chain(explicit)
                .map(|group| self.index(Node::GroupEnd(group)));
            starts.push(waited.collect());
            let first = jobs.len();
            let before = nearest_before(definition.jobs.iter().map(|job| job.parallel == Some(true)));
            for (job, before) in definition.jobs.iter().zip(before) {
                let mut edges: Vec<usize> = before.into_iter().map(|place| first + place).collect();
                edges.push(self.index(Node::GroupStart(group)));
                edges.extend(self.explicit(group, &job.dependencies, names));
                jobs.push(edges);
            }
            ends.push((first..jobs.len()).collect());
        }
        jobs.extend(starts);
        jobs.extend::<Vec<Vec<usize>>>(ends);
        jobs
    }

    /// Explicit dependencies of a job, but for the group that it is in: that is a fault of its own, not a cycle.
    fn explicit(&self, group: usize, dependencies: &[ManagedDependency], names: &Names) -> impl Iterator<Item = usize> {
        let targets = dependencies
            .iter()
            .filter_map(move |dependency| names.target(group, &dependency.name));
        let targets = targets.filter(move |target| *target != Target::Group(group));
        targets.map(|target| match target {
            Target::Job(job) => self.index(Node::Job(job)),
            Target::Group(group) => self.index(Node::GroupEnd(group)),
        })
    }
}

/// The positions of all jobs, in the order of the manifest.
pub(super) fn places(spec: &ManagedJobSpec) -> impl Iterator<Item = (usize, usize)> {
    let groups = spec.groups.iter().enumerate();
    groups.flat_map(|(group, definition)| (0..definition.jobs.len()).map(move |job| (group, job)))
}

fn is_parallel_group(group: &ManagedGroup) -> bool {
    group.parallel == Some(true)
}

/// For each of a list whether it is parallel: what it must wait for, so that it waits for all before it.
fn nearest_before(parallel: impl Iterator<Item = bool>) -> Vec<Vec<usize>> {
    let mut since = Vec::new();
    let mut lists = Vec::new();
    for (position, parallel) in parallel.enumerate() {
        if parallel {
            lists.push(Vec::new());
            since.push(position);
        } else {
            lists.push(std::mem::replace(&mut since, vec![position]));
        }
    }
    lists
}

/// What the names in dependencies mean.
#[derive(Debug)]
pub(super) struct Names {
    groups: HashMap<String, usize>,
    short: HashMap<(usize, String), usize>,
    full: HashMap<String, usize>,
}

impl Names {
    /// The names in `spec`; those of whole Jobs only where the `object` has a name.
    pub(super) fn of(spec: &ManagedJobSpec, object: Option<&str>) -> Self {
        let mut names = Self {
            groups: HashMap::new(),
            short: HashMap::new(),
            full: HashMap::new(),
        };
        for (position, group) in spec.groups.iter().enumerate() {
            names.groups.entry(group.name.clone()).or_insert(position);
        }
        for (position, (group, place)) in places(spec).enumerate() {
            let Some(definition) = spec.groups.get(group) else {
                continue;
            };
            let Some(job) = definition.jobs.get(place) else {
                continue;
            };
            names.short.entry((group, job.name.clone())).or_insert(position);
            if let Some(object) = object {
                let full = full_name(object, &definition.name, &job.name);
                names.full.entry(full).or_insert(position);
            }
        }
        names
    }

    /// The group of this name.
    pub(super) fn group(&self, name: &str) -> Option<usize> {
        self.groups.get(name).copied()
    }

    /// What a job of the group at `group` means by `name`: a job of the same group, any Job by its full name, or a group.
    pub(super) fn target(&self, group: usize, name: &str) -> Option<Target> {
        let short = self.short.get(&(group, name.to_owned()));
        let job = short.or_else(|| self.full.get(name)).copied();
        job.map(Target::Job).or_else(|| self.group(name).map(Target::Group))
    }
}

/// The name of a Job.
pub(super) fn full_name(object: &str, group: &str, job: &str) -> String {
    format!("{object}-{group}-{job}")
}

#[cfg(test)]
mod tests {
    use crds::ManagedJobSpec;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{Names, Node, Order};

    fn order(groups: &Value) -> Order {
        let spec: ManagedJobSpec = serde_json::from_value(json!({"groups": groups})).unwrap();
        Order::of(&spec, &Names::of(&spec, Some("demo")))
    }

    fn waits(order: &Order, node: Node) -> Vec<Node> {
        order.waits_for(node).collect()
    }

    #[test]
    fn a_job_waits_for_all_before_it_and_a_parallel_one_for_none() {
        let jobs = json!([{"name": "a"}, {"name": "b", "parallel": true}, {"name": "c"}, {"name": "d"}, {"name": "e", "parallel": true}]);
        let order = order(&json!([{"name": "g", "jobs": jobs}]));
        let start = Node::GroupStart(0);
        assert_eq!(waits(&order, Node::Job(0)), [start]);
        assert_eq!(waits(&order, Node::Job(1)), [start]);
        assert_eq!(waits(&order, Node::Job(2)), [Node::Job(0), Node::Job(1), start]);
        assert_eq!(waits(&order, Node::Job(3)), [Node::Job(2), start]);
        assert_eq!(waits(&order, Node::Job(4)), [start]);
        assert_eq!(
            waits(&order, Node::GroupEnd(0)),
            (0..5).map(Node::Job).collect::<Vec<_>>()
        );
    }

    #[test]
    fn the_same_holds_for_groups_among_groups() {
        let job = json!([{"name": "a"}]);
        let order = order(&json!([
            {"name": "f", "parallel": true, "jobs": job}, {"name": "g", "parallel": true, "jobs": job}, {"name": "h", "jobs": job},
        ]));
        assert_eq!(waits(&order, Node::GroupStart(1)), []);
        assert_eq!(
            waits(&order, Node::GroupStart(2)),
            [Node::GroupEnd(0), Node::GroupEnd(1)]
        );
        assert!(order.cycles().is_empty());
    }

    #[test]
    fn explicit_dependencies_name_jobs_short_or_full_and_groups() {
        let order = order(&json!([
            {"name": "f", "parallel": true, "dependencies": [{"name": "g"}], "jobs": [
                {"name": "a", "parallel": true, "dependencies": [{"name": "b"}, {"name": "demo-g-a"}, {"name": "g"}, {"name": "f"}]}, {"name": "b", "parallel": true},
            ]},
            {"name": "g", "parallel": true, "jobs": [{"name": "a"}]},
        ]));
        assert_eq!(
            waits(&order, Node::Job(0)),
            [Node::Job(1), Node::Job(2), Node::GroupStart(0), Node::GroupEnd(1)]
        );
        assert_eq!(waits(&order, Node::GroupStart(0)), [Node::GroupEnd(1)]);
    }

    proptest! {
        /// The reduced graph means the same as the rule: everything before is reached, and nothing of what stands later.
        #[test]
        fn what_is_not_parallel_waits_for_everything_before_it(parallel in proptest::collection::vec(any::<bool>(), 1..12)) {
            let jobs: Vec<Value> = parallel.iter().enumerate().map(|(n, parallel)| json!({"name": format!("j{n}"), "parallel": parallel})).collect();
            let order = order(&json!([{"name": "g", "jobs": jobs}]));
            for (position, parallel) in parallel.iter().enumerate() {
                let mut reached = std::collections::BTreeSet::new();
                let mut open = vec![Node::Job(position)];
                while let Some(node) = open.pop() {
                    open.extend(order.waits_for(node).filter(|next| reached.insert(*next)));
                }
                reached.remove(&Node::GroupStart(0));
                let expected = if *parallel { 0..0 } else { 0..position };
                prop_assert_eq!(reached.into_iter().collect::<Vec<_>>(), expected.map(Node::Job).collect::<Vec<_>>());
            }
        }
    }
}
