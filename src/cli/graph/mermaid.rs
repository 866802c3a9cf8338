//! Mermaid, which many tools draw in Markdown.

use jobflow_core::diagram::{Diagram, Node, Role};

use super::look;

/// The diagram as a flowchart. Nodes have numbers as identifiers, since words such as `end` cannot be any.
pub(super) fn text(diagram: &Diagram) -> String {
    let mut text = format!("---\ntitle: {}\n---\nflowchart LR\n", yaml(&look::title(diagram)));
    for (position, group) in diagram.groups.iter().enumerate() {
        text += &format!("  subgraph g{position}[{}]\n", quoted(group));
        let inside = |node: &&Node| node.group == Some(position) && node.role != Role::Gate;
        for (index, node) in diagram.nodes.iter().enumerate().filter(|(_, node)| inside(node)) {
            text += &format!("    {}\n", shape(index, node));
        }
        text += "  end\n";
    }
    let outside = |node: &&Node| node.group.is_none() || node.role == Role::Gate;
    for (index, node) in diagram.nodes.iter().enumerate().filter(|(_, node)| outside(node)) {
        text += &format!("  {}\n", shape(index, node));
    }
    for (_, from, node, to) in diagram.edges() {
        let arrow = look::condition(node.when).map_or("-->".to_owned(), |when| format!("-. {when} .->"));
        text += &format!("  n{from} {arrow} n{to}\n");
    }
    text + &classes(diagram)
}

/// A node: a box, one with two lines for the Jobs of all nodes, or a dot.
fn shape(index: usize, node: &Node) -> String {
    match node.role {
        Role::Step => format!("n{index}[{}]", quoted(&look::label(node))),
        Role::EveryNode => format!("n{index}[[{}]]", quoted(&look::label(node))),
        Role::Gate => format!("n{index}(({}))", quoted(&node.name)),
    }
}

/// The colours of the states that there are.
fn classes(diagram: &Diagram) -> String {
    let mut text = String::new();
    for state in look::STATES {
        let nodes = diagram
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.state == Some(state));
        let nodes: Vec<String> = nodes.map(|(index, _)| format!("n{index}")).collect();
        if !nodes.is_empty() {
            let ((ground, line), name) = (look::colors(Some(state)), look::word(state));
            text += &format!("  classDef {name} fill:{ground},stroke:{line},color:#1f2328\n");
            text += &format!("  class {} {name}\n", nodes.join(","));
        }
    }
    text
}

/// A text in quotes, with the entities that Mermaid has for what it would read otherwise.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '#' => quoted.push_str("#35;"),
            '"' => quoted.push_str("#quot;"),
            '<' => quoted.push_str("#lt;"),
            '>' => quoted.push_str("#gt;"),
            '&' => quoted.push_str("#amp;"),
            '`' => quoted.push_str("#96;"),
            other if other.is_control() => quoted.push(' '),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// A text in the front matter, which is YAML.
fn yaml(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
