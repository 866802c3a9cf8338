//! What services make of their formats: GitHub, GitLab, readers of JUnit and of TAP.

use std::collections::BTreeSet;
use std::fs;

use quick_junit::{NonSuccessKind, Report, TestCaseStatus};
use serde_json::Value;

use super::{cases, jobflow, stdout, validate};

/// A file whose name and faults have all that could break out of a format.
const HOSTILE: &str = "a,b:c%d<e>&\"f\" # SKIP.yaml";

/// Runs on [`HOSTILE`] in a folder of its own.
fn hostile(format: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let flows = "[{name: \"]]>::error::%0A# SKIP\\n\\x07\", jobTemplateRef: t}]";
    let text = format!(
        "apiVersion: api.practice.com/v1alpha1\nkind: JobFlow\nmetadata: {{name: \"<a>&\\nnot ok 7\"}}\nspec: {{flows: {flows}}}\n"
    );
    fs::write(folder.path().join(HOSTILE), text).unwrap();
    let output = jobflow(folder.path(), &["validate", ".", "-o", format])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    stdout(&output).to_owned()
}

/// A command of GitHub Actions, taken apart as its runner does.
struct Command {
    name: String,
    properties: Vec<(String, String)>,
    message: String,
}

fn command(line: &str) -> Command {
    let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
    let (name, properties) = head.split_once(' ').unwrap();
    let unescaped = |text: &str| {
        text.replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%3A", ":")
            .replace("%2C", ",")
    };
    let property = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap();
        (key.to_owned(), unescaped(value).replace("%25", "%"))
    };
    Command {
        name: name.to_owned(),
        properties: properties.split(',').map(property).collect(),
        message: message.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%"),
    }
}

#[test]
fn github_finds_file_and_place_in_every_command() {
    let text = hostile("github");
    assert!(text.lines().count() >= 2, "{text}");
    for line in text.lines() {
        let command = command(line);
        assert_eq!(command.name, "error");
        assert_eq!(command.properties[0], ("file".to_owned(), HOSTILE.to_owned()));
        let keys: Vec<&str> = command.properties.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["file", "line", "endLine", "col", "endColumn", "title"]);
        assert!(
            command.message.starts_with(&format!("./{HOSTILE}:")),
            "{}",
            command.message
        );
    }
}

#[test]
fn github_is_told_what_it_will_not_show() {
    let few = validate(&["cases/faults.yaml", "-o", "github"]);
    assert!(!stdout(&few).contains("::notice"));
    let many = validate(&["cases", "-o", "github"]);
    let notices: Vec<&str> = stdout(&many)
        .lines()
        .filter(|line| line.starts_with("::notice"))
        .collect();
    assert_eq!(notices.len(), 1);
    let errors = stdout(&many).lines().filter(|line| line.starts_with("::error")).count();
    assert!(
        errors > 10 && notices[0].contains(&format!("{errors} errors")),
        "{notices:?}"
    );
}

#[test]
fn gitlab_gets_unique_fingerprints_known_severities_and_relative_paths() {
    let report: Value = serde_json::from_str(stdout(&validate(&["cases", "-o", "gitlab"]))).unwrap();
    let issues = report.as_array().unwrap();
    let fingerprints: BTreeSet<&str> = issues
        .iter()
        .map(|issue| issue["fingerprint"].as_str().unwrap())
        .collect();
    assert_eq!(fingerprints.len(), issues.len());
    let severities: BTreeSet<&str> = issues.iter().map(|issue| issue["severity"].as_str().unwrap()).collect();
    assert_eq!(severities, BTreeSet::from(["critical", "major", "minor"]));
    for issue in issues {
        assert!(
            issue["location"]["path"].as_str().unwrap().starts_with("cases/"),
            "{issue}"
        );
        assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() >= 1, "{issue}");
        assert!(!issue["description"].as_str().unwrap().is_empty() && issue["check_name"].is_string());
    }
    let hostile: Value = serde_json::from_str(&hostile("gitlab")).unwrap();
    assert_eq!(hostile[0]["location"]["path"], HOSTILE);
}

#[test]
fn junit_has_a_suite_for_each_file_and_a_case_for_each_object() {
    let files = [
        "cases/warned.yaml",
        "cases/shared.yaml",
        "cases/broken.yaml",
        "no/such.yaml",
        "cases/list.yaml",
    ];
    let report = Report::deserialize_from_str(stdout(&validate(&[&files[..], &["-o", "junit"]].concat()))).unwrap();
    let suites: Vec<&str> = report.test_suites.iter().map(|suite| suite.name.as_str()).collect();
    assert_eq!(
        suites,
        [
            "cases/broken.yaml",
            "cases/list.yaml",
            "cases/shared.yaml",
            "cases/warned.yaml",
            "no/such.yaml"
        ]
    );
    let broken = &report.test_suites[0];
    assert_eq!((broken.tests, broken.failures, broken.errors), (2, 1, 1));
    let warned = &report.test_suites[3].test_cases[0];
    assert!(matches!(warned.status, TestCaseStatus::Success { .. }));
    assert!(warned.system_out.as_ref().unwrap().as_str().contains("warning[XX401]"));
    let closed = &report.test_suites[4].test_cases[0].status;
    assert!(
        matches!(
            closed,
            TestCaseStatus::NonSuccess {
                kind: NonSuccessKind::Error,
                ..
            }
        ),
        "{closed:?}"
    );
    let hostile = Report::deserialize_from_str(&hostile("junit")).unwrap();
    assert_eq!(hostile.test_suites[0].name.as_str(), format!("./{HOSTILE}"));
    assert_eq!((hostile.tests, hostile.failures), (1, 1));
}

#[test]
fn tap_has_as_many_tests_as_its_plan_says_and_details_in_yaml() {
    for text in [stdout(&validate(&["cases", "-o", "tap"])).to_owned(), hostile("tap")] {
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("TAP version 14"));
        let planned: usize = lines.next().unwrap().strip_prefix("1..").unwrap().parse().unwrap();
        let tests: Vec<&str> = lines
            .filter(|line| line.starts_with("ok ") || line.starts_with("not ok "))
            .collect();
        assert_eq!(tests.len(), planned, "{text}");
        assert!(tests.iter().all(|test| !test.contains(" # SKIP.yaml")), "{text}");
        for (number, test) in (1..).zip(&tests) {
            assert!(test.contains(&format!("ok {number} - ")), "{test}");
        }
        for block in text.split("  ---\n").skip(1) {
            let yaml = block.split("  ...\n").next().unwrap();
            let details: Value = serde_saphyr::from_str(yaml).unwrap();
            assert!(details["findings"][0]["line"].as_u64().unwrap() >= 1, "{details}");
        }
    }
}

#[test]
fn every_format_has_every_finding() {
    for case in cases() {
        let lines = stdout(&validate(&[&case, "-o", "concise"])).lines().count();
        let count = |format: &str, mark: &str| stdout(&validate(&[&case, "-o", format])).matches(mark).count();
        assert_eq!(count("sarif", "\"ruleIndex\""), lines, "{case}");
        assert_eq!(count("gitlab", "\"fingerprint\""), lines, "{case}");
        assert_eq!(count("tap", "- message: "), lines, "{case}");
        assert_eq!(count("jsonl", "\n") - 1, lines, "{case}");
        let notices = count("github", "::notice");
        assert_eq!(count("github", "\n") - notices, lines, "{case}");
    }
}
