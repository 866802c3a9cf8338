//! The graph for programs. The form is a contract; `tests/graph.rs` holds it.

use jobflow_core::diagram::{Diagram, Node, Role};
use jobflow_core::when::When;
use serde::Serialize;

use super::look;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'d> {
    kind: &'d str,
    name: &'d str,
    groups: &'d [String],
    nodes: Vec<NodeRow<'d>>,
    edges: Vec<EdgeRow<'d>>,
    /// The names of the steps of each layer.
    levels: Vec<Vec<&'d str>>,
    /// A longest chain of steps.
    critical_path: Vec<&'d str>,
}

#[derive(Serialize)]
struct NodeRow<'d> {
    name: &'d str,
    role: &'static str,
    job: Option<&'d str>,
    template: Option<&'d str>,
    group: Option<&'d str>,
    when: &'static str,
    level: usize,
    state: Option<&'static str>,
}

#[derive(Serialize)]
struct EdgeRow<'d> {
    from: &'d str,
    to: &'d str,
    when: &'static str,
}

/// The whole output.
pub(super) fn text(diagram: &Diagram) -> String {
    let mut levels = vec![Vec::new(); diagram.layers()];
    for node in diagram.steps() {
        if let Some(level) = levels.get_mut(node.layer) {
            level.push(node.name.as_str());
        }
    }
    let edge = |(from, _, to, _): (&'_ Node, usize, &'_ Node, usize)| (from.name.clone(), to.name.clone(), to.when);
    let edges: Vec<_> = diagram.edges().map(edge).collect();
    let document = Document {
        kind: diagram.kind,
        name: &diagram.name,
        groups: &diagram.groups,
        nodes: diagram.nodes.iter().map(|node| row(diagram, node)).collect(),
        edges: edges
            .iter()
            .map(|(from, to, when)| EdgeRow {
                from,
                to,
                when: condition(*when),
            })
            .collect(),
        levels,
        critical_path: diagram.longest_chain().iter().map(|node| node.name.as_str()).collect(),
    };
    serde_json::to_string_pretty(&document).expect("every key is text") + "\n"
}

fn row<'d>(diagram: &'d Diagram, node: &'d Node) -> NodeRow<'d> {
    NodeRow {
        name: &node.name,
        role: match node.role {
            Role::Step => "step",
            Role::EveryNode => "everyNode",
            Role::Gate => "gate",
        },
        job: node.job.as_deref(),
        template: node.template.as_deref(),
        group: node
            .group
            .and_then(|group| diagram.groups.get(group))
            .map(String::as_str),
        when: condition(node.when),
        level: node.layer,
        state: node.state.map(look::word),
    }
}

fn condition(when: When) -> &'static str {
    match when {
        When::OnSuccess => "OnSuccess",
        When::OnFailure => "OnFailure",
        When::Always => "Always",
    }
}
