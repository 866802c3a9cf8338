//! `tap`: the Test Anything Protocol, version 14.

use jobflow_core::text;

use super::cases::{Case, suites};
use super::format::View;
use super::remark::Remark;

/// All tests: one for each object. A file without an object of ours is a test that is skipped.
pub fn report(view: &View<'_>) -> String {
    let mut tests = Vec::new();
    for suite in suites(view.outcome) {
        let file = description(suite.file);
        if suite.cases.is_empty() {
            tests.push(("ok", format!("{file} # SKIP no object of jobflow"), String::new()));
        }
        for case in &suite.cases {
            let verdict = if case.fails() { "not ok" } else { "ok" };
            tests.push((
                verdict,
                format!("{file}: {}", description(&case.name)),
                details(view, case),
            ));
        }
    }
    let mut text = format!("TAP version 14\n1..{}\n", tests.len());
    for (number, (verdict, description, details)) in (1..).zip(&tests) {
        text.push_str(&format!("{verdict} {number} - {description}\n{details}"));
    }
    text
}

/// A text that can be read as neither a directive nor the end of its line.
fn description(text: &str) -> String {
    text::sanitized(text).replace('\\', "\\\\").replace('#', "\\#")
}

/// The remarks on a case, as a block of YAML.
fn details(view: &View<'_>, case: &Case<'_>) -> String {
    if case.remarks.is_empty() {
        return String::new();
    }
    let remarks: String = case.remarks.iter().map(|remark| detail(view, remark)).collect();
    format!("  ---\n  findings:\n{remarks}  ...\n")
}

fn detail(view: &View<'_>, remark: &Remark<'_>) -> String {
    let (level, start) = (remark.level.as_str(), remark.region.start);
    let docs = remark.rule().map_or(String::new(), |rule| {
        format!("      docs: {}\n", quoted(&view.links.advice(rule)))
    });
    format!(
        "    - message: {}\n      severity: {level}\n      rule: {}\n      file: {}\n      line: {}\n      column: {}\n{docs}",
        quoted(&remark.sentence()),
        remark.id(),
        quoted(remark.file),
        start.line,
        start.column,
    )
}

/// A text in YAML: every text in JSON is one.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::description;

    #[test]
    fn no_name_can_skip_a_test_or_begin_another() {
        assert_eq!(description("a # SKIP\nok 7\\"), "a \\# SKIP\\\\u{a}ok 7\\\\");
    }
}
