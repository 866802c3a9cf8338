//! A list in layers: readable whatever the number of steps and the length of their names.

use jobflow_core::diagram::{Diagram, Node, Role};
use jobflow_core::when::When;

use super::look;

/// Columns between the name and what it waits for.
const GAP: usize = 3;

/// Where every name has no more than this share of the width, what a step waits for stands beside its name, else below it.
const NAME_SHARE: usize = 3;

/// How far what stands below a name is indented.
const BELOW: usize = 4;

/// The first line: what it is, and how large.
pub(super) fn headline(diagram: &Diagram) -> String {
    let steps = diagram.steps().count();
    format!(
        "{}: {} in {}\n",
        look::title(diagram),
        counted(steps, "step"),
        counted(diagram.layers(), "layer")
    )
}

fn counted(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// The nodes of a layer stand together, in the order of the manifest; each with what it waits for.
pub(super) fn text(diagram: &Diagram, width: usize) -> String {
    let mut nodes: Vec<&Node> = diagram.nodes.iter().collect();
    // A gate opens before the steps of its layer.
    nodes.sort_by_key(|node| (node.layer, node.role != Role::Gate));
    let digits = diagram.layers().to_string().len();
    let labels: Vec<String> = nodes.iter().map(|node| label(node)).collect();
    let longest = labels
        .iter()
        .map(|label| label.chars().count())
        .max()
        .unwrap_or_default();
    let column = (longest <= width / NAME_SHARE).then_some(longest);
    let mut text = headline(diagram) + "\n";
    let mut last = None;
    for (node, label) in nodes.iter().zip(&labels) {
        let number = match last {
            Some(layer) if layer == node.layer => String::new(),
            _ => (node.layer + 1).to_string(),
        };
        last = Some(node.layer);
        let style = look::style(node.state);
        text += &format!("{number:>digits$}  {}{label}{}", style.render(), style.render_reset());
        text += &waits(diagram, node, label.chars().count(), digits + 2, column, width);
        text.push('\n');
    }
    text
}

fn label(node: &Node) -> String {
    match (node.role, node.state) {
        (Role::Gate, _) => format!("· {}", node.name),
        (_, Some(state)) => format!("{} {}", look::mark(state), node.name),
        (_, None) => node.name.clone(),
    }
}

/// What a node waits for, behind its name of `written` characters in a column as wide as the longest, or below it where there
/// is no such column.
fn waits(diagram: &Diagram, node: &Node, written: usize, indent: usize, column: Option<usize>, width: usize) -> String {
    let before = node.dependencies.iter().filter_map(|&from| diagram.nodes.get(from));
    let names: Vec<&str> = before.map(|node| node.name.as_str()).collect();
    if names.is_empty() {
        return String::new();
    }
    let below = indent + column.map_or(BELOW, |column| column + GAP);
    let margin = " ".repeat(below);
    let mut text = match column {
        Some(column) => " ".repeat(column.saturating_sub(written) + GAP),
        None => format!("\n{margin}"),
    };
    let first = match node.when {
        When::OnSuccess => "after",
        When::OnFailure => "on failure of",
        When::Always => "always, after",
    };
    text += first;
    let mut used = below + first.len();
    for (index, name) in names.iter().enumerate() {
        let comma = if index + 1 < names.len() { "," } else { "" };
        let length = name.chars().count() + comma.len();
        if used + 1 + length > width && used > below {
            text += &format!("\n{margin}");
            used = below;
        } else {
            text.push(' ');
            used += 1;
        }
        text += name;
        text += comma;
        used += length;
    }
    text
}
