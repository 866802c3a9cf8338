//! `junit`: a report as test runners write it, which nearly every CI system shows.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::cases::{Case, Suite, suites};
use super::format::View;
use super::remark::{Level, Remark};

/// The whole report.
pub fn report(view: &View<'_>) -> String {
    let mut report = Report::new("jobflow validate");
    for suite in suites(view.outcome) {
        report.add_test_suite(test_suite(view, &suite));
    }
    report.to_string().expect("what writes to memory cannot fail")
}

fn test_suite(view: &View<'_>, suite: &Suite<'_>) -> TestSuite {
    let mut test_suite = TestSuite::new(suite.file);
    for case in &suite.cases {
        test_suite.add_test_case(test_case(view, suite.file, case));
    }
    test_suite
}

fn test_case(view: &View<'_>, file: &str, case: &Case<'_>) -> TestCase {
    let mut test_case = TestCase::new(case.name.as_str(), status(view, case));
    test_case.set_classname(file);
    // GitLab and others link a case to its file by this attribute.
    test_case.extra.insert("file".into(), file.into());
    let warnings = lines(view, case, Level::Warning);
    if !warnings.is_empty() {
        test_case.set_system_out(warnings);
    }
    test_case
}

fn status(view: &View<'_>, case: &Case<'_>) -> TestCaseStatus {
    let Some(first) = case.remarks.iter().find(|remark| remark.level == Level::Error) else {
        return TestCaseStatus::success();
    };
    let mut status = TestCaseStatus::non_success(if case.is_unreadable() {
        NonSuccessKind::Error
    } else {
        NonSuccessKind::Failure
    });
    status.set_message(first.sentence());
    status.set_type(first.id());
    status.set_description(lines(view, case, Level::Error));
    status
}

/// All remarks of a level; a case has room for one failure only, so they stand in one text.
fn lines(view: &View<'_>, case: &Case<'_>, level: Level) -> String {
    let remarks = case.remarks.iter().filter(|remark| remark.level == level);
    let lines: Vec<String> = remarks.map(|remark| line(view, remark)).collect();
    lines.join("\n")
}

fn line(view: &View<'_>, remark: &Remark<'_>) -> String {
    let (file, start, level) = (remark.file, remark.region.start, remark.level.as_str());
    let (id, advice) = match remark.rule() {
        Some(rule) => (format!("[{}]", rule.id), format!(" - {}", view.links.advice(rule))),
        None => Default::default(),
    };
    format!(
        "{file}:{}:{}: {level}{id}: {}{advice}",
        start.line,
        start.column,
        remark.sentence()
    )
}
