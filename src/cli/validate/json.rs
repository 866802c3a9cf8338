//! The findings for programs. The form is a contract; `tests/cli` holds it.

use std::borrow::Cow;

use serde::Serialize;

use super::check::{FileOutcome, Finding, Outcome};

#[derive(Serialize)]
struct Document<'o> {
    files: usize,
    documents: usize,
    findings: Vec<FindingRow<'o>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<UnreadableRow<'o>>,
    summary: Summary,
}

#[derive(Serialize)]
struct FindingRow<'o> {
    file: &'o str,
    document: usize,
    line: usize,
    column: usize,
    kind: &'o str,
    name: &'o str,
    rule: &'static str,
    severity: &'static str,
    path: String,
    reason: &'static str,
    message: Cow<'o, str>,
    help: Option<&'o str>,
}

#[derive(Serialize)]
struct UnreadableRow<'o> {
    file: &'o str,
    line: usize,
    column: usize,
    message: &'o str,
}

#[derive(Serialize)]
struct Summary {
    denied: usize,
    warned: usize,
}

/// The whole output.
pub fn document(outcome: &Outcome) -> String {
    let (denied, warned) = outcome.denied_and_warned();
    let document = Document {
        files: outcome.files.len() + outcome.failures.len(),
        documents: outcome.files.iter().map(|file| file.documents).sum(),
        findings: outcome.files.iter().flat_map(findings).collect(),
        unreadable: unreadable(outcome),
        summary: Summary { denied, warned },
    };
    let mut text = serde_json::to_string_pretty(&document).expect("every key is text");
    text.push('\n');
    text
}

fn findings(file: &FileOutcome) -> impl Iterator<Item = FindingRow<'_>> {
    file.findings.iter().map(|finding| row(&file.name, finding))
}

fn row<'o>(file: &'o str, finding: &'o Finding) -> FindingRow<'o> {
    let diagnostic = &finding.diagnostic;
    FindingRow {
        file,
        document: finding.document,
        line: finding.position.line,
        column: finding.position.column,
        kind: &finding.kind,
        name: &finding.name,
        rule: diagnostic.rule.id,
        severity: diagnostic.rule.severity.as_str(),
        path: diagnostic.path.to_string(),
        reason: diagnostic.reason.cause(),
        message: finding.message(),
        help: diagnostic.help.as_deref(),
    }
}

fn unreadable(outcome: &Outcome) -> Vec<UnreadableRow<'_>> {
    // A file that could not be opened has no place; its beginning is one that every tool can show.
    let closed = outcome.failures.iter();
    let closed = closed.map(|failure| UnreadableRow {
        file: &failure.name,
        line: 1,
        column: 1,
        message: &failure.message,
    });
    let broken = outcome.files.iter().flat_map(|file| {
        file.unreadable.iter().map(|fault| {
            let position = file.source.position(fault.span.start);
            UnreadableRow {
                file: &file.name,
                line: position.line,
                column: position.column,
                message: &fault.message,
            }
        })
    });
    closed.chain(broken).collect()
}
