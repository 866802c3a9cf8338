//! The lines between boxes: straight through each level, so that they pass between its boxes, and curved between levels.

use std::fmt::Write as _;

use jobflow_core::diagram::{Diagram, Role};

use super::layout::{Flow, Layout, Route};
use super::svg::{CELL, GATE, PADDING, corner};

/// A place on the way of a line: `along` the way that the graph runs, and `across` it.
#[derive(Clone, Copy)]
struct Place {
    along: usize,
    across: usize,
}

/// A pair of places that a line passes straight.
struct Straight {
    from: Place,
    to: Place,
}

/// The line of a route, as the data of an SVG path.
pub(super) fn path(layout: &Layout, diagram: &Diagram, route: &Route, flow: Flow) -> String {
    let lane = Lane { layout, diagram, flow };
    let mut stretches = vec![lane.leaving(route.from)];
    stretches.extend(route.through.iter().map(|&cell| lane.passing(cell)));
    stretches.push(lane.entering(route.to));
    let mut path = String::new();
    let mut last: Option<Place> = None;
    for stretch in stretches {
        match last {
            None => lane.write(&mut path, "M", &[stretch.from]),
            Some(last) => {
                let middle = usize::midpoint(last.along, stretch.from.along);
                let bend = |place: Place| Place { along: middle, ..place };
                lane.write(&mut path, "C", &[bend(last), bend(stretch.from), stretch.from]);
            }
        }
        // A line without length would turn the arrow at its end to nowhere.
        if stretch.to.along != stretch.from.along {
            lane.write(&mut path, "L", &[stretch.to]);
        }
        last = Some(stretch.to);
    }
    path
}

/// What is known about where lines may run.
struct Lane<'a> {
    layout: &'a Layout,
    diagram: &'a Diagram,
    flow: Flow,
}

impl Lane<'_> {
    /// From the box of a node to the end of its level.
    fn leaving(&self, node: usize) -> Straight {
        let (_, end, across) = self.sides(node);
        let level = self.layout.levels.get(node).copied().unwrap_or_default();
        let (_, border) = self.band(level);
        let place = |along| Place { along, across };
        Straight {
            from: place(end),
            to: place(border.max(end)),
        }
    }

    /// From the beginning of a node's level to its box.
    fn entering(&self, node: usize) -> Straight {
        let (start, _, across) = self.sides(node);
        let level = self.layout.levels.get(node).copied().unwrap_or_default();
        let (border, _) = self.band(level);
        let place = |along| Place { along, across };
        Straight {
            from: place(border.min(start)),
            to: place(start),
        }
    }

    /// Through the level that a cell is in.
    fn passing(&self, cell: (usize, usize)) -> Straight {
        let center = |cell: usize, size: usize| cell * size + size / 2;
        let (x, y) = (center(cell.0, CELL.0), center(cell.1, CELL.1) + PADDING);
        let (along, across) = match self.flow {
            Flow::Right => (x, y),
            Flow::Down => (y, x),
        };
        let place = |along| Place { along, across };
        let levels = 0..self.layout.levels.iter().max().map_or(0, |most| most + 1);
        let bands = levels.map(|level| self.band(level));
        let (from, to) = bands
            .filter(|&(from, to)| from <= along + CELL.0 && along <= to + CELL.0)
            .min_by_key(|&(from, _)| from.abs_diff(along))
            .unwrap_or((along, along));
        Straight {
            from: place(from),
            to: place(to),
        }
    }

    /// Where the box of a node begins and ends along the way, and its middle across.
    fn sides(&self, node: usize) -> (usize, usize, usize) {
        let area = self.layout.nodes.get(node).copied().unwrap_or_default();
        let (x, y) = corner(&area);
        let (width, height) = (area.width * CELL.0, CELL.1);
        let is_gate = self.diagram.nodes.get(node).is_some_and(|node| node.role == Role::Gate);
        match (self.flow, is_gate) {
            (Flow::Right, false) => (x, x + width, y + height / 2),
            (Flow::Down, false) => (y.saturating_sub(PADDING), y + height + PADDING, x + width / 2),
            (Flow::Right, true) => (x + width / 2 - GATE, x + width / 2 + GATE, y + height / 2),
            (Flow::Down, true) => (y + height / 2 - GATE, y + height / 2 + GATE, x + width / 2),
        }
    }

    /// Where the boxes of a level begin and end along the way.
    fn band(&self, level: usize) -> (usize, usize) {
        let (mut from, mut to) = (usize::MAX, 0);
        let nodes = self.layout.levels.iter().enumerate().filter(|(_, at)| **at == level);
        for (node, _) in nodes {
            let (start, end, _) = self.sides(node);
            from = from.min(start);
            to = to.max(end);
        }
        (from, to)
    }

    fn write(&self, path: &mut String, command: &str, places: &[Place]) {
        path.push_str(command);
        for (index, place) in places.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            let (x, y) = match self.flow {
                Flow::Right => (place.along, place.across),
                Flow::Down => (place.across, place.along),
            };
            let _ = write!(path, "{gap}{x} {y}");
        }
    }
}
