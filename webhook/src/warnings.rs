//! The warnings of an answer, in the form in which the API server lets them through.

use std::collections::{BTreeMap, BTreeSet};

use jobflow_core::diagnostic::{Diagnostic, Report};
use jobflow_core::text::sanitized;

use crate::text::clipped;

/// The longest warning: beyond 4,096 characters in all, the API server cuts every one of them to this length.
pub(crate) const WARNING_BYTES_MAX: usize = 256;
/// The most text of all warnings together, a little below the API server's 4,096.
pub(crate) const WARNINGS_BYTES_MAX: usize = 4_000;
/// How many warnings of one rule are told one by one; more are summed up in one.
pub(crate) const REPEATS_MAX: usize = 5;

/// Room for the line that counts what did not fit.
const LAST_LINE_BYTES: usize = 48;

/// The warnings of `report`: no control characters (the API server drops such a warning silently), none twice.
pub(crate) fn of(report: &Report) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut texts = summed_up(report);
    texts.retain(|text| seen.insert(text.clone()));
    fitting(texts)
}

fn summed_up(report: &Report) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for warning in report.warnings() {
        *counts.entry(warning.rule.id).or_default() += 1;
    }
    let mut texts = Vec::new();
    for warning in report.warnings() {
        match counts.get(warning.rule.id).copied().unwrap_or_default() {
            0 => {}
            repeats if repeats > REPEATS_MAX => {
                texts.push(text(warning, &format!(" (and {} more like this)", repeats - 1)));
                counts.remove(warning.rule.id);
            }
            _ => texts.push(text(warning, "")),
        }
    }
    texts
}

fn text(warning: &Diagnostic, addition: &str) -> String {
    let whole = sanitized(&warning.warning_text());
    let id = format!(" [{}]", warning.rule.id);
    let text = whole.strip_suffix(&id).unwrap_or(&whole);
    clipped(text, &format!("{addition}{id}"), WARNING_BYTES_MAX)
}

fn fitting(texts: Vec<String>) -> Vec<String> {
    let total = texts.len();
    let mut room = WARNINGS_BYTES_MAX - LAST_LINE_BYTES;
    let mut fitting = Vec::new();
    for text in texts {
        if text.len() > room {
            fitting.push(format!("… and {} more warnings", total - fitting.len()));
            break;
        }
        room -= text.len();
        fitting.push(text);
    }
    fitting
}
