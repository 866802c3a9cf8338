//! A drawing in characters where it fits, else a list.

use std::collections::HashSet;

use jobflow_core::diagram::{Diagram, Node};
use jobflow_core::engine::State;

use super::layout::{self, Area, Flow, Layout};
use super::{list, look};

/// How many nodes are drawn: of more, lines between boxes tell less than names.
const DRAWN_NODES_MAX: usize = 40;

/// How many lines a drawing may have: more than two screens are easier to read as a list.
const DRAWN_LINES_MAX: usize = 80;

/// The diagram in no more than `width` columns.
pub(super) fn text(diagram: &Diagram, width: usize) -> String {
    let Some(drawing) = drawing(diagram, width) else {
        return list::text(diagram, width);
    };
    format!("{}\n{drawing}", list::headline(diagram))
}

/// The lower of the two drawings that fit.
fn drawing(diagram: &Diagram, width: usize) -> Option<String> {
    if diagram.nodes.len() > DRAWN_NODES_MAX || !layout::fits(diagram) {
        return None;
    }
    let labels: Vec<String> = diagram.nodes.iter().map(look::label).collect();
    let laid_out =
        [(Flow::Right, 1), (Flow::Down, 3)].map(|(flow, gap)| (flow, layout::layout(diagram, &labels, flow, gap)));
    let fitting = laid_out.into_iter().filter(|(flow, layout)| {
        let fits = layout.width <= width && layout.height <= DRAWN_LINES_MAX;
        fits && !touches_strangers(diagram, layout, *flow)
    });
    let (_, lowest) = fitting.min_by_key(|(_, layout)| layout.height)?;
    Some(colored(&lowest.text, diagram, &lowest.nodes))
}

/// Whether a line passes a box that has no line there so closely that it looks like its own.
fn touches_strangers(diagram: &Diagram, layout: &Layout, flow: Flow) -> bool {
    let cells: Vec<Vec<char>> = layout.text.lines().map(|line| line.chars().collect()).collect();
    let is_drawn = |x: usize, y: usize| {
        cells
            .get(y)
            .and_then(|line| line.get(x))
            .is_some_and(|&cell| cell != ' ')
    };
    let (sources, targets): (HashSet<usize>, HashSet<usize>) =
        diagram.edges().map(|(_, from, _, to)| (from, to)).unzip();
    layout.nodes.iter().enumerate().any(|(node, place)| {
        let touches = |is_behind: bool| match (flow, is_behind) {
            (Flow::Right, true) => is_drawn(place.x + place.width, place.y),
            (Flow::Right, false) => place.x.checked_sub(1).is_some_and(|x| is_drawn(x, place.y)),
            (Flow::Down, true) => (place.x..place.x + place.width).any(|x| is_drawn(x, place.y + place.height)),
            (Flow::Down, false) => {
                let above = place.y.checked_sub(1);
                above.is_some_and(|y| (place.x..place.x + place.width).any(|x| is_drawn(x, y)))
            }
        };
        (!sources.contains(&node) && touches(true)) || (!targets.contains(&node) && touches(false))
    })
}

/// The drawing with every box in the colour of its state.
fn colored(text: &str, diagram: &Diagram, places: &[Area]) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut starts: Vec<Vec<(usize, usize, Option<State>)>> = vec![Vec::new(); lines.len()];
    for (node, place) in diagram.nodes.iter().zip(places) {
        if let (Some(line), Node { state: Some(state), .. }) = (starts.get_mut(place.y), node) {
            line.push((place.x, place.width, Some(*state)));
        }
    }
    let mut drawn = String::new();
    for (line, mut boxes) in lines.iter().zip(starts) {
        boxes.sort_unstable_by_key(|&(x, _, _)| x);
        let mut characters = line.chars();
        let mut column = 0;
        for (x, width, state) in boxes {
            let style = look::style(state);
            drawn.extend(characters.by_ref().take(x.saturating_sub(column)));
            drawn += &style.render().to_string();
            drawn.extend(characters.by_ref().take(width));
            drawn += &style.render_reset().to_string();
            column = x + width;
        }
        drawn.extend(characters);
        drawn.push('\n');
    }
    drawn.trim_end().to_owned() + "\n"
}
