//! The diagram of an object: its steps, what waits for what, and where each step stands, for people.
//!
//! It is linear in the object. Where many jobs of a ManagedJob wait for many, a *gate* stands between them: all that leads
//! into it must have succeeded before what it leads to starts. Gates that save no edges are taken out, and so are edges that
//! follow from others by the order of a group.

mod build;
mod gates;

use serde_json::Value;

use crate::admission::{NoTemplates, ObjectName, Recognized, admitted, recognize};
use crate::diagnostic::Report;
use crate::engine::State;
use crate::graph::Graph;
use crate::when::When;

/// The diagram of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagram {
    /// The kind of the object.
    pub kind: &'static str,
    /// The name of the object; question marks stand for what the API server will generate.
    pub name: String,
    /// The names of its groups, in the kind that has groups.
    pub groups: Vec<String>,
    /// Its steps in the order of the manifest, and behind them its gates.
    pub nodes: Vec<Node>,
}

/// A step or a gate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// Its name, unique in the object; that of a job in a group is `<group>/<job>`.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// The name of its Job, where the object alone decides on it.
    pub job: Option<String>,
    /// The JobTemplate that the Job is made from.
    pub template: Option<String>,
    /// The position of the group that it stands in.
    pub group: Option<usize>,
    /// When it starts, by what became of its dependencies.
    pub when: When,
    /// The positions of the nodes that it waits for.
    pub dependencies: Vec<usize>,
    /// How many steps must end before it at least.
    pub layer: usize,
    /// Where it stands; `None` in an object without a status.
    pub state: Option<State>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// One Job.
    #[default]
    Step,
    /// One Job on every node of the cluster.
    EveryNode,
    /// No Job: a place where edges meet.
    Gate,
}

impl Node {
    /// The name inside of its group.
    pub fn short_name(&self) -> &str {
        match (self.group, self.name.split_once('/')) {
            (Some(_), Some((_, short))) => short,
            _ => &self.name,
        }
    }
}

impl Diagram {
    /// The steps; gates are left out.
    pub fn steps(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.role != Role::Gate)
    }

    /// Every edge, from what must end to what waits for it.
    pub fn edges(&self) -> impl Iterator<Item = (&Node, usize, &Node, usize)> {
        let nodes = self.nodes.iter().enumerate();
        nodes.flat_map(move |(to, node)| {
            let edge = move |&from: &usize| Some((self.nodes.get(from)?, from, node, to));
            node.dependencies.iter().filter_map(edge)
        })
    }

    /// The same diagram with the states that `state` knows by the names of steps; others have none.
    #[must_use]
    pub fn with_states(mut self, state: impl Fn(&str) -> Option<State>) -> Self {
        for node in self.nodes.iter_mut().filter(|node| node.role != Role::Gate) {
            node.state = state(&node.name);
        }
        self
    }

    /// How many layers the steps have.
    pub fn layers(&self) -> usize {
        self.steps().map(|node| node.layer + 1).max().unwrap_or_default()
    }

    /// A longest chain of steps, each waiting for the one before it: no more Jobs than these ever wait for each other.
    pub fn longest_chain(&self) -> Vec<&Node> {
        let mut chain = Vec::new();
        let mut here = self
            .nodes
            .iter()
            .max_by_key(|node| (node.role != Role::Gate, node.layer + 1));
        while let Some(node) = here {
            if node.role != Role::Gate {
                chain.push(node);
            }
            let before = node.dependencies.iter().filter_map(|&from| self.nodes.get(from));
            here = before.max_by_key(|before| before.layer + usize::from(before.role != Role::Gate));
        }
        chain.reverse();
        chain
    }

    /// Puts every node into its layer.
    fn layered(mut self) -> Self {
        let edges = self.nodes.iter().map(|node| node.dependencies.clone()).collect();
        for index in Graph::new(edges).in_order() {
            let Some(node) = self.nodes.get(index) else { continue };
            let before = node.dependencies.iter().filter_map(|&from| self.nodes.get(from));
            let layer = before
                .map(|before| before.layer + usize::from(before.role != Role::Gate))
                .max();
            if let Some(node) = self.nodes.get_mut(index) {
                node.layer = layer.unwrap_or_default();
            }
        }
        self
    }
}

/// The diagram of `object`, as it stands in a manifest or in a cluster; with states where its status tells any. `None` for a
/// kind without steps.
///
/// # Errors
/// The report of admission, where it denies the object.
pub fn diagram(object: &Value) -> Result<Option<Diagram>, Report> {
    let Recognized::Ours(kind) = recognize(object) else {
        return Ok(None);
    };
    let stored = admitted(kind, object, &NoTemplates)?;
    let found = match kind.kind {
        "JobFlow" => build::job_flow(&stored)?,
        "DaemonJob" => build::daemon_job(&stored)?,
        "ManagedJob" => build::managed_job(&stored)?,
        "SequentialJob" => build::sequential_job(&stored)?,
        _ => return Ok(None),
    };
    let name = match ObjectName::of(&stored) {
        ObjectName::Given(name) => name.to_owned(),
        ObjectName::Generated(prefix) => format!("{prefix}?????"),
        ObjectName::Missing => String::new(),
    };
    let found = Diagram {
        kind: kind.kind,
        name,
        ..found
    };
    Ok(Some(found.layered()))
}

#[cfg(test)]
mod tests;
