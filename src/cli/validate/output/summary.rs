//! The summary: the last line on standard error, and before it, on request, the verdict on every object.

use jobflow_core::text;

use super::cases::{Case, suites};
use super::wire::SummaryLine;
use crate::cli::validate::outcome::{Asked, FileOutcome, Outcome};

impl SummaryLine {
    /// Counts all of `outcome`.
    pub fn of(outcome: &Outcome) -> Self {
        let (errors, warnings) = outcome.denied_and_warned();
        let sum = |count: fn(&FileOutcome) -> usize| outcome.files.iter().map(count).sum::<usize>();
        let (ours, denied, passed_over) = (
            sum(|file| file.objects.len()),
            sum(|file| file.denied),
            sum(|file| file.passed_over),
        );
        Self {
            files: outcome.files.len() + outcome.failures.len(),
            resources: ours + passed_over,
            valid: ours - denied,
            denied,
            passed_over,
            unreadable: outcome.unreadable(),
            errors,
            warnings,
        }
    }
}

/// Such as `Summary: 4 resources found in 2 files - Valid: 1, Denied: 1, Passed over: 2, Unreadable: 0 (3 errors, 1 warning)`.
pub fn line(outcome: &Outcome) -> String {
    let SummaryLine {
        files,
        resources,
        valid,
        denied,
        passed_over,
        unreadable,
        errors,
        warnings,
    } = SummaryLine::of(outcome);
    format!(
        "Summary: {} found in {} - Valid: {valid}, Denied: {denied}, Passed over: {passed_over}, Unreadable: {unreadable} \
         ({}, {})",
        counted(resources, "resource"),
        counted(files, "file"),
        counted(errors, "error"),
        counted(warnings, "warning"),
    )
}

/// A line for each object, and one for what a file has of other kinds.
pub fn verdicts(outcome: &Outcome) -> Vec<String> {
    let mut lines = Vec::new();
    for suite in suites(outcome) {
        for case in suite.cases.iter().filter(|case| !case.is_unreadable()) {
            lines.push(format!("{}: {} {}", suite.file, case.name, verdict(case)));
        }
    }
    let others = outcome.files.iter().filter(|file| file.passed_over > 0);
    lines.extend(others.map(|file| {
        let others = counted(file.passed_over, "resource");
        format!("{}: {others} of other kinds passed over", file.name)
    }));
    lines.sort();
    lines
}

/// How many Jobs a cluster was asked about; nothing where none could be reached.
pub fn asked(asked: &Asked) -> Option<String> {
    let server = text::named(&asked.server);
    (!asked.server.is_empty()).then(|| format!("{} shown to the API server at {server}", counted(asked.jobs, "Job")))
}

fn verdict(case: &Case<'_>) -> &'static str {
    match (case.fails(), case.remarks.is_empty()) {
        (true, _) => "is denied",
        (false, true) => "is valid",
        (false, false) => "is valid, with warnings",
    }
}

/// Such as `1 file` and `2 files`.
pub fn counted(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}
