//! The findings for people: the offending line, as rustc shows it.

use annotate_snippets::renderer::Renderer;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Snippet};

use super::check::{FileOutcome, Finding, Outcome};
use crate::cli::manifest::{Span, Unreadable};
use crate::cli::output;

/// How much of a long line is shown before and after the place. JSON often has a whole object in one line.
const SHOWN_BYTES: usize = 200;

const RENDERER: Renderer = Renderer::styled();

/// All findings.
pub fn findings(outcome: &Outcome) -> String {
    let mut text = String::new();
    for file in &outcome.files {
        for finding in &file.findings {
            text.push_str(&rendered(file, finding));
            text.push_str("\n\n");
        }
    }
    text
}

fn rendered(file: &FileOutcome, finding: &Finding) -> String {
    let diagnostic = &finding.diagnostic;
    let level = if diagnostic.denies() {
        Level::ERROR
    } else {
        Level::WARNING
    };
    let title = level.primary_title(finding.message()).id(diagnostic.rule.id);
    let mut group = shown(
        Group::with_title(title),
        file,
        &finding.span,
        AnnotationKind::Primary,
        None,
    );
    if let Some((span, label)) = &finding.related {
        group = shown(group, file, span, AnnotationKind::Context, Some(label));
    }
    // What is said of a comment has no path.
    if !diagnostic.path.segments().is_empty() {
        group = group.element(Level::NOTE.message(diagnostic.path.to_string()));
    }
    if let Some(template) = &finding.template {
        group = group.element(Level::NOTE.message(format!("rendered from {template}")));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    RENDERER.render(&[group])
}

/// Adds the line that `span` begins on.
fn shown<'g>(
    group: Group<'g>,
    file: &'g FileOutcome,
    span: &Span,
    kind: AnnotationKind,
    label: Option<&'g str>,
) -> Group<'g> {
    let position = file.source.position(span.start);
    let line = file.source.line_span(span.start);
    let window = window(file.source.text(), &line, span.start);
    let text = file.source.text().get(window.clone()).unwrap_or_default();
    let end = span.end.clamp(span.start, window.end.max(span.start));
    let annotation = kind.span(span.start - window.start..end - window.start).label(label);
    let snippet = Snippet::source(text).line_start(position.line).annotation(annotation);
    if window == line {
        return group.element(snippet.path(file.name.as_str()));
    }
    // The snippet would count its columns from the beginning of the window.
    let origin = Origin::path(file.name.as_str())
        .line(position.line)
        .char_column(position.column);
    group.element(origin).element(snippet)
}

/// The part of `line` around `place` that is shown: all of it, unless it is long.
fn window(text: &str, line: &Span, place: usize) -> Span {
    if line.len() <= 2 * SHOWN_BYTES {
        return line.clone();
    }
    let is_boundary = |at: &usize| text.is_char_boundary(*at);
    let start = place.saturating_sub(SHOWN_BYTES).max(line.start);
    let end = (place + SHOWN_BYTES).min(line.end);
    // Both searches end at the place itself at the latest: a value begins with a character.
    let start = (start..place).find(is_boundary).unwrap_or(place);
    start..(place..=end).rev().find(is_boundary).unwrap_or(place)
}

/// Writes what could not be read to standard error.
pub fn complain_of_unreadable(outcome: &Outcome) {
    for failure in &outcome.failures {
        output::complain(&format!("error: {}: {}\n", failure.name, failure.message));
    }
    for file in &outcome.files {
        for fault in &file.unreadable {
            output::complain(&format!("{}\n", unreadable(file, fault)));
        }
    }
}

fn unreadable(file: &FileOutcome, fault: &Unreadable) -> String {
    let title = Level::ERROR.primary_title(format!("cannot be read: {}", fault.message));
    RENDERER.render(&[shown(
        Group::with_title(title),
        file,
        &fault.span,
        AnnotationKind::Primary,
        None,
    )])
}

/// The last line, such as `3 files, 5 objects checked, 2 passed over: 2 denied, 1 warned`.
pub fn summary(outcome: &Outcome) -> String {
    let files = outcome.files.len() + outcome.failures.len();
    let checked: usize = outcome.files.iter().map(|file| file.checked).sum();
    let passed_over: usize = outcome.files.iter().map(|file| file.passed_over).sum();
    let (denied, warned) = outcome.denied_and_warned();
    let mut line = format!(
        "{}, {} checked, {passed_over} passed over: {denied} denied, {warned} warned",
        counted(files, "file"),
        counted(checked, "object"),
    );
    match outcome.unreadable() {
        0 => {}
        unreadable => line.push_str(&format!(", {unreadable} unreadable")),
    }
    line
}

fn counted(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}
