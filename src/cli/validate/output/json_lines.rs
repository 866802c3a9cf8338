//! `jsonl`: a JSON object on each line, for programs that read while it is printed.

use super::format::View;
use super::remark::Remark;
use super::wire::{FindingLine, Line, SummaryLine, UnreadableRow};
use crate::cli::validate::json;

/// All lines.
pub fn lines(view: &View<'_>) -> String {
    let remarks = view.remarks.iter().map(|remark| line(view, remark));
    let lines = remarks.chain([Line::Summary(SummaryLine::of(view.outcome))]);
    lines.fold(String::new(), |mut text, line| {
        text.push_str(&serde_json::to_string(&line).expect("every key is text"));
        text.push('\n');
        text
    })
}

fn line<'r>(view: &View<'_>, remark: &'r Remark<'_>) -> Line<'r> {
    let region = remark.region;
    match remark.finding {
        Some(finding) => Line::Finding(FindingLine {
            finding: json::row(remark.file, finding),
            end_line: region.end.line,
            end_column: region.end.column,
            docs: view.links.page(finding.diagnostic.rule),
        }),
        None => Line::Unreadable(UnreadableRow {
            file: remark.file,
            line: region.start.line,
            column: region.start.column,
            message: &remark.message,
        }),
    }
}
