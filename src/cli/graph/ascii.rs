//! A drawing in characters where it fits, else a list.

use jobflow_core::diagram::{Diagram, Node};
use jobflow_core::engine::State;

use super::layout::{self, Area, Flow};
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
    let laid_out = [(Flow::Right, 1), (Flow::Down, 3)].map(|(flow, gap)| layout::layout(diagram, &labels, flow, gap));
    let fitting = laid_out
        .into_iter()
        .filter(|layout| layout.width <= width && layout.height <= DRAWN_LINES_MAX);
    let lowest = fitting.min_by_key(|layout| layout.height)?;
    Some(colored(&lowest.text, diagram, &lowest.nodes))
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
