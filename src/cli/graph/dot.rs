//! DOT, for Graphviz.

use jobflow_core::diagram::{Diagram, Node, Role};

use super::look;

/// The diagram as a digraph.
pub(super) fn text(diagram: &Diagram) -> String {
    let mut text = format!("digraph {} {{\n", quoted(&look::title(diagram)));
    text += "  rankdir=LR;\n  bgcolor=transparent;\n";
    text += "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontcolor=\"#1f2328\"];\n";
    text += "  edge [color=\"#7d8590\", fontname=\"Helvetica\", fontcolor=\"#7d8590\"];\n";
    for (position, group) in diagram.groups.iter().enumerate() {
        text += &format!(
            "  subgraph cluster_{position} {{\n    label={};\n    color=\"#7d8590\";\n    fontcolor=\"#7d8590\";\n",
            quoted(group)
        );
        let inside = |node: &&Node| node.group == Some(position) && node.role != Role::Gate;
        for (index, node) in diagram.nodes.iter().enumerate().filter(|(_, node)| inside(node)) {
            text += &format!("    n{index} {};\n", attributes(node));
        }
        text += "  }\n";
    }
    let outside = |node: &&Node| node.group.is_none() || node.role == Role::Gate;
    for (index, node) in diagram.nodes.iter().enumerate().filter(|(_, node)| outside(node)) {
        text += &format!("  n{index} {};\n", attributes(node));
    }
    for (_, from, node, to) in diagram.edges() {
        let condition = look::condition(node.when).map(|when| format!(" [style=dashed, label={}]", quoted(when)));
        text += &format!("  n{from} -> n{to}{};\n", condition.unwrap_or_default());
    }
    text + "}\n"
}

fn attributes(node: &Node) -> String {
    let tooltip = quoted(&look::details(node));
    if node.role == Role::Gate {
        return format!("[shape=point, width=0.12, color=\"#7d8590\", xlabel=\"\", tooltip={tooltip}]");
    }
    let (ground, line) = look::colors(node.state);
    let label = quoted(&look::label(node));
    let many = if node.role == Role::EveryNode {
        ", peripheries=2"
    } else {
        ""
    };
    format!("[label={label}, fillcolor=\"{ground}\", color=\"{line}\", tooltip={tooltip}{many}]")
}

/// A text as an identifier in quotes: in these, a quote and what could escape it are escaped.
fn quoted(text: &str) -> String {
    format!(
        "\"{}\"",
        text.replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace(['\n', '\r'], " ")
    )
}
