//! `gitlab`: a report for the Code Quality widget of a merge request.

use serde::Serialize;

use super::fingerprint::Fingerprints;
use super::format::View;
use super::remark::{Level, Remark};

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// The whole report.
pub fn report(view: &View<'_>) -> String {
    let mut fingerprints = Fingerprints::default();
    let remarks = view.remarks.iter();
    let issues: Vec<Issue> = remarks.map(|remark| issue(view, remark, &mut fingerprints)).collect();
    let mut text = serde_json::to_string_pretty(&issues).expect("every key is text");
    text.push('\n');
    text
}

fn issue(view: &View<'_>, remark: &Remark<'_>, fingerprints: &mut Fingerprints) -> Issue {
    let path = view.paths.in_repository(remark.file);
    let advice = remark
        .rule()
        .map_or(String::new(), |rule| format!(" - {}", view.links.advice(rule)));
    Issue {
        description: format!("{}{advice}", remark.sentence()),
        check_name: remark.id(),
        fingerprint: fingerprints.of(remark, &path),
        severity: severity(remark),
        location: Location {
            path,
            lines: Lines {
                begin: remark.region.start.line,
                end: remark.region.end.line,
            },
        },
    }
}

/// GitLab has five severities; what could not be read hides everything else.
fn severity(remark: &Remark<'_>) -> &'static str {
    match (remark.rule(), remark.level) {
        (None, _) => "critical",
        (Some(_), Level::Error) => "major",
        (Some(_), Level::Warning) => "minor",
    }
}
