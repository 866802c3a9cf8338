//! The findings for programs. The form is a contract: [`super::output::wire`] describes it, `tests/cli` holds it.

use super::outcome::{FileOutcome, Finding, Outcome};
use super::output::wire::{Document, FindingRow, Summary, UnreadableRow};

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

/// One finding.
pub fn row<'o>(file: &'o str, finding: &'o Finding) -> FindingRow<'o> {
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
