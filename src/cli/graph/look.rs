//! Look: what all forms share in how a step is shown.

use anstyle::{AnsiColor, Style};
use jobflow_core::diagram::{Diagram, Node, Role};
use jobflow_core::engine::State;
use jobflow_core::when::When;

/// A sign that tells the states apart without colours.
pub(crate) fn mark(state: State) -> char {
    match state {
        State::Waiting => '○',
        State::Active => '●',
        State::Succeeded => '✔',
        State::Failed => '✖',
        State::Skipped => '⊘',
    }
}

/// The word for a state.
pub(super) fn word(state: State) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Active => "active",
        State::Succeeded => "succeeded",
        State::Failed => "failed",
        State::Skipped => "skipped",
    }
}

/// Every state.
pub(super) const STATES: [State; 5] = [
    State::Waiting,
    State::Active,
    State::Succeeded,
    State::Failed,
    State::Skipped,
];

/// The colours of a box: its ground, its line. Dark text is readable on every ground.
pub(super) fn colors(state: Option<State>) -> (&'static str, &'static str) {
    match state {
        None => ("#eef2f7", "#57606a"),
        Some(State::Waiting) => ("#e6e8eb", "#6e7781"),
        Some(State::Active) => ("#cfe5ff", "#0969da"),
        Some(State::Succeeded) => ("#c9f0d1", "#1a7f37"),
        Some(State::Failed) => ("#ffd3cf", "#cf222e"),
        Some(State::Skipped) => ("#fbe6b2", "#9a6700"),
    }
}

/// The colour of a state in a terminal.
pub(super) fn style(state: Option<State>) -> Style {
    let color = match state {
        None | Some(State::Waiting) => return Style::new(),
        Some(State::Active) => AnsiColor::Cyan,
        Some(State::Succeeded) => AnsiColor::Green,
        Some(State::Failed) => AnsiColor::Red,
        Some(State::Skipped) => AnsiColor::Yellow,
    };
    Style::new().fg_color(Some(color.into()))
}

/// What a step waits for, where that is not success.
pub(super) fn condition(when: When) -> Option<&'static str> {
    match when {
        When::OnSuccess => None,
        When::OnFailure => Some("on failure"),
        When::Always => Some("always"),
    }
}

/// The text in the box of a node: its state's mark, its name, and what it waits for where that is not success. The group
/// is left out, for its box says it.
pub(super) fn label(node: &Node) -> String {
    let name = if node.role == Role::Gate {
        &node.name
    } else {
        node.short_name()
    };
    let mark = node.state.map(|state| format!("{} ", mark(state))).unwrap_or_default();
    let condition = condition(node.when)
        .map(|when| format!(" ({when})"))
        .unwrap_or_default();
    format!("{mark}{name}{condition}")
}

/// The title of a whole diagram: `JobFlow nightly`.
pub(super) fn title(diagram: &Diagram) -> String {
    format!("{} {}", diagram.kind, diagram.name)
}

/// More about a node, for where there is room: its whole name, its Job, its template, its state.
pub(super) fn details(node: &Node) -> String {
    let mut details = vec![node.name.clone()];
    details.extend(node.job.iter().map(|job| format!("Job {job}")));
    details.extend(
        node.template
            .iter()
            .map(|template| format!("from JobTemplate {template}")),
    );
    details.extend(condition(node.when).map(|when| format!("starts {when}")));
    details.extend(node.state.map(|state| word(state).to_owned()));
    details.join(", ")
}
