//! SVG: a picture that is readable on light and on dark ground, without scripts and outer resources.

use jobflow_core::diagram::{Diagram, Node, Role};

use super::layout::{self, Area, EDGES_MAX, Flow, Layout, NODES_MAX};
use super::{look, svg_route};

/// A cell in pixels. No monospaced font is wider than 0.61 em, so with text of 14 pixels (8.6) no name leaves its box.
pub(super) const CELL: (usize, usize) = (9, 22);

/// Around the whole.
const MARGIN: usize = 16;

/// Above the whole, for its title.
const HEAD: usize = 32;

/// How much a box is higher than its line, on either side.
pub(super) const PADDING: usize = 4;

/// The radius of a gate.
pub(super) const GATE: usize = 5;

/// Lines and texts outside of boxes: readable on white and on black alike (contrast 3.9 and 5.4).
const GREY: &str = "#7d8590";

/// What stands for failures: the same for red.
const RED: &str = "#e5534b";

/// The shapes of arrows, fonts and lines.
const STYLE: &str = "\
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
.title { font-weight: bold; }
.in { fill: #1f2328; }
.edge { fill: none; stroke-width: 1.5; }
.when { stroke-dasharray: 6 4; }
";

/// The diagram as a picture.
///
/// # Errors
/// A sentence where it is too large.
pub(super) fn text(diagram: &Diagram) -> Result<String, String> {
    if !layout::fits(diagram) {
        return Err(format!(
            "{} is too large for a picture of at most {NODES_MAX} steps and {EDGES_MAX} edges: draw it with -o dot and \
             Graphviz, or as text with -o ascii",
            look::title(diagram)
        ));
    }
    let labels: Vec<String> = diagram.nodes.iter().map(look::label).collect();
    let (flow, laid_out) = best(diagram, &labels);
    let title = look::title(diagram);
    let areas = || laid_out.nodes.iter().chain(&laid_out.groups);
    let cells = || laid_out.routes.iter().flat_map(|route| &route.through);
    let columns = areas()
        .map(|area| area.x + area.width)
        .chain(cells().map(|cell| cell.0 + 1));
    let columns = columns.chain([title.chars().count()]).max();
    let lines = areas()
        .map(|area| area.y + area.height)
        .chain(cells().map(|cell| cell.1 + 1))
        .max();
    let width = columns.unwrap_or_default() * CELL.0 + 2 * MARGIN;
    let height = lines.unwrap_or_default() * CELL.1 + 2 * (MARGIN + PADDING) + HEAD;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\">\n<title>{}</title>\n<style>{STYLE}</style>\n",
        escaped(&title)
    );
    svg += &arrows();
    svg += &format!(
        "<text class=\"title\" x=\"{MARGIN}\" y=\"{}\" fill=\"{GREY}\">{}</text>\n",
        MARGIN + 14,
        escaped(&title)
    );
    svg += &format!("<g transform=\"translate({MARGIN} {})\">\n", MARGIN + HEAD);
    for (area, name) in laid_out.groups.iter().zip(&diagram.groups) {
        svg += &group(area, name);
    }
    for route in &laid_out.routes {
        if let Some(to) = diagram.nodes.get(route.to) {
            svg += &edge(&svg_route::path(&laid_out, diagram, route, flow), to);
        }
    }
    for ((node, area), label) in diagram.nodes.iter().zip(&laid_out.nodes).zip(&labels) {
        svg += &shape(node, area, label);
    }
    Ok(svg + "</g>\n</svg>\n")
}

/// The left upper corner of an area, with room above it for the height that a box has beyond its line.
pub(super) fn corner(area: &Area) -> (usize, usize) {
    (area.x * CELL.0, area.y * CELL.1 + PADDING)
}

/// Of the two ways that a graph can run, the one whose longer side is the shorter.
fn best(diagram: &Diagram, labels: &[String]) -> (Flow, Layout) {
    let right = layout::layout(diagram, labels, Flow::Right, 1);
    let down = layout::layout(diagram, labels, Flow::Down, 3);
    let side = |layout: &Layout| (layout.width * CELL.0).max(layout.height * CELL.1);
    if side(&right) <= side(&down) {
        (Flow::Right, right)
    } else {
        (Flow::Down, down)
    }
}

fn arrows() -> String {
    let arrow = |name: &str, color: &str| {
        format!(
            "<marker id=\"{name}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"{color}\"/></marker>\n"
        )
    };
    format!("<defs>\n{}{}</defs>\n", arrow("arrow", GREY), arrow("arrow-when", RED))
}

fn group(area: &Area, name: &str) -> String {
    let (x, y) = corner(area);
    let (width, height) = (area.width * CELL.0, area.height * CELL.1);
    format!(
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{GREY}\" fill-opacity=\"0.08\" \
         stroke=\"{GREY}\" stroke-dasharray=\"3 3\"/>\n<text x=\"{}\" y=\"{}\" fill=\"{GREY}\">{}</text>\n",
        x + CELL.0,
        y + 15,
        escaped(name)
    )
}

fn edge(path: &str, to: &Node) -> String {
    // An edge into a gate is no arrow: nothing starts there.
    let (class, color, arrow) = match look::condition(to.when) {
        Some(_) => ("edge when", RED, " marker-end=\"url(#arrow-when)\""),
        None if to.role == Role::Gate => ("edge", GREY, ""),
        None => ("edge", GREY, " marker-end=\"url(#arrow)\""),
    };
    format!("<path class=\"{class}\" d=\"{path}\" stroke=\"{color}\"{arrow}/>\n")
}

fn shape(node: &Node, area: &Area, label: &str) -> String {
    let (x, y) = corner(area);
    let (width, height) = (area.width * CELL.0, CELL.1);
    let details = format!("<title>{}</title>", escaped(&look::details(node)));
    if node.role == Role::Gate {
        let (x, y) = (x + width / 2, y + height / 2);
        return format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{GATE}\" fill=\"{GREY}\">{details}</circle>\n");
    }
    let (ground, line) = look::colors(node.state);
    let border = |shift: usize| {
        format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{}\" rx=\"6\" fill=\"{ground}\" stroke=\"{line}\" \
             stroke-width=\"1.5\"/>",
            x + shift,
            (y + shift).saturating_sub(PADDING),
            height + 2 * PADDING,
        )
    };
    // Jobs of all nodes are two boxes, one behind the other.
    let behind = if node.role == Role::EveryNode {
        border(4)
    } else {
        String::new()
    };
    format!(
        "<g>{details}{behind}{}<text class=\"in\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text></g>\n",
        border(0),
        x + width / 2,
        y + height / 2 + 5,
        escaped(label)
    )
}

/// A text as XML: what would be read as markup is escaped, and what XML cannot say is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            other if other.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
