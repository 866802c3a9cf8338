//! Layout: where nodes and edges stand, in cells of a grid; the work of the library `ascii-dag`.

use ascii_dag::ir::EdgePath;
use ascii_dag::{Direction, Graph, LayoutConfig, LayoutIR};
use jobflow_core::diagram::{Diagram, Role};

/// How many nodes are laid out. Beyond, nobody could follow the lines, and the time grows with the square: 1,000 nodes take
/// about a second.
pub(super) const NODES_MAX: usize = 1_000;

/// How many edges are laid out, for the same reasons.
pub(super) const EDGES_MAX: usize = 4_000;

/// Whether the diagram is small enough to be laid out.
pub(super) fn fits(diagram: &Diagram) -> bool {
    diagram.nodes.len() <= NODES_MAX && diagram.edges().count() <= EDGES_MAX
}

/// Which way a graph runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// From the top down.
    Down,
    /// From the left to the right.
    Right,
}

/// A rectangle of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Area {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

/// An edge between two nodes, and the cells that it passes through in between.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub from: usize,
    pub to: usize,
    pub through: Vec<(usize, usize)>,
}

/// A diagram laid out.
pub(super) struct Layout {
    /// The place of each node.
    pub nodes: Vec<Area>,
    /// The level of each node.
    pub levels: Vec<usize>,
    pub routes: Vec<Route>,
    /// The place of each group.
    pub groups: Vec<Area>,
    pub width: usize,
    pub height: usize,
    /// The whole as text.
    pub text: String,
}

/// Lays `diagram` out with these labels, one a node.
pub(super) fn layout(diagram: &Diagram, labels: &[String], flow: Flow, gap: usize) -> Layout {
    let mut graph = Graph::new();
    for (index, label) in labels.iter().enumerate() {
        graph.add_node(index, label.as_str());
    }
    for (_, from, _, to) in diagram.edges() {
        graph.add_edge(from, to, None);
    }
    for (position, name) in diagram.groups.iter().enumerate() {
        let group = graph.add_subgraph(name);
        let nodes = diagram.nodes.iter().enumerate();
        let inside = nodes.filter(|(_, node)| node.group == Some(position) && node.role != Role::Gate);
        let inside: Vec<usize> = inside.map(|(index, _)| index).collect();
        // Every one of them was added above.
        let _ = graph.put_nodes(&inside).inside(group);
    }
    let mut config = LayoutConfig::standard();
    config.direction = match flow {
        Flow::Down => Direction::TopDown,
        Flow::Right => Direction::LeftRight,
    };
    config.node_spacing = gap;
    read(diagram, &graph.compute_layout_with_config(&config))
}

fn read(diagram: &Diagram, laid_out: &LayoutIR<'_>) -> Layout {
    let mut nodes = vec![Area::default(); diagram.nodes.len()];
    let mut levels = vec![0; diagram.nodes.len()];
    for node in laid_out.nodes() {
        if let (Some(area), Some(level)) = (nodes.get_mut(node.id), levels.get_mut(node.id)) {
            *area = Area {
                x: node.x,
                y: node.y,
                width: node.width,
                height: node.height,
            };
            *level = node.level;
        }
    }
    let route = |edge: &ascii_dag::ir::LayoutEdge<'_>| Route {
        from: edge.from_id,
        to: edge.to_id,
        through: match &edge.path {
            EdgePath::MultiSegment { waypoints, .. } => waypoints.clone(),
            _ => Vec::new(),
        },
    };
    let group = |group: &ascii_dag::ir::SubgraphInfo<'_>| Area {
        x: group.x,
        y: group.y,
        width: group.width,
        height: group.height,
    };
    Layout {
        nodes,
        levels,
        routes: laid_out.edges().iter().map(route).collect(),
        groups: laid_out.subgraphs().iter().map(group).collect(),
        width: laid_out.width(),
        height: laid_out.height(),
        text: laid_out.render_string(&ascii_dag::RenderOptions::plain()),
    }
}
