//! The findings for people: the offending line, as rustc shows it.

use std::collections::BTreeSet;

use annotate_snippets::renderer::Renderer;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Snippet};
use jobflow_core::text;

use super::outcome::{FileOutcome, Finding, Outcome};
use super::output::Links;
use crate::cli::manifest::{Source, Span, Unreadable};
use crate::cli::output;

/// How much of a long line is shown before and after the place. JSON often has a whole object in one line.
const SHOWN_BYTES: usize = 200;

/// All findings, and how to learn more about them. What does not fit `width` is cut off.
pub fn findings(outcome: &Outcome, width: usize, links: &Links) -> String {
    let renderer = Renderer::styled().term_width(width);
    let mut text = String::new();
    for file in &outcome.files {
        for finding in &file.findings {
            text.push_str(&rendered(&renderer, file, finding, links));
            text.push_str("\n\n");
        }
    }
    text + &advice(outcome)
}

/// Where each rule that spoke is explained.
fn advice(outcome: &Outcome) -> String {
    let findings = outcome.files.iter().flat_map(|file| &file.findings);
    let ids: BTreeSet<&str> = findings.map(|finding| finding.diagnostic.rule.id).collect();
    let mut ids = ids.into_iter();
    let Some(first) = ids.next() else {
        return String::new();
    };
    let others: Vec<&str> = ids.collect();
    let others = if others.is_empty() {
        String::new()
    } else {
        format!(" (also: {})", others.join(", "))
    };
    format!("`jobflow explain {first}` tells why, with an example and the fix{others}\n")
}

fn rendered(renderer: &Renderer, file: &FileOutcome, finding: &Finding, links: &Links) -> String {
    let diagnostic = &finding.diagnostic;
    let level = if diagnostic.denies() {
        Level::ERROR
    } else {
        Level::WARNING
    };
    let mut title = level.primary_title(finding.message()).id(diagnostic.rule.id);
    if let Some(page) = links.page(diagnostic.rule) {
        title = title.id_url(page);
    }
    let own = (file.name.as_str(), &*file.source);
    let mut group = shown(
        Group::with_title(title),
        own,
        &finding.span,
        AnnotationKind::Primary,
        None,
    );
    if let Some(related) = &finding.related {
        let other = related.file.as_ref().map(|(name, source)| (name.as_str(), &**source));
        let place = other.unwrap_or(own);
        group = shown(group, place, &related.span, AnnotationKind::Context, Some(related.why));
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
    renderer.render(&[group])
}

/// Adds the line of `source`, the text of `file`, that `span` begins on.
fn shown<'g>(
    group: Group<'g>,
    (file, source): (&str, &'g Source),
    span: &Span,
    kind: AnnotationKind,
    label: Option<&'g str>,
) -> Group<'g> {
    let position = source.position(span.start);
    let line = source.line_span(span.start);
    let window = window(source.text(), &line, span.start);
    let shown = source.text().get(window.clone()).unwrap_or_default();
    let end = span.end.clamp(span.start, window.end.max(span.start));
    let annotation = kind.span(span.start - window.start..end - window.start).label(label);
    let snippet = Snippet::source(shown).line_start(position.line).annotation(annotation);
    let name = text::sanitized(file);
    if window == line {
        return group.element(snippet.path(name));
    }
    // The snippet would count its columns from the beginning of the window.
    let origin = Origin::path(name).line(position.line).char_column(position.column);
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
pub fn complain_of_unreadable(outcome: &Outcome, width: usize) {
    for failure in &outcome.failures {
        output::complain(&format!("error: {failure}\n"));
    }
    for file in &outcome.files {
        for fault in &file.unreadable {
            output::complain(&format!("{}\n", unreadable(file, fault, width)));
        }
    }
}

fn unreadable(file: &FileOutcome, fault: &Unreadable, width: usize) -> String {
    let title = Level::ERROR.primary_title(format!("cannot be read: {}", fault.message));
    let renderer = Renderer::styled().term_width(width);
    renderer.render(&[shown(
        Group::with_title(title),
        (&file.name, &file.source),
        &fault.span,
        AnnotationKind::Primary,
        None,
    )])
}
