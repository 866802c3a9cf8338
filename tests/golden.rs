//! Golden cases: for each rule what it accepts and what it refuses, with the exact text; and the rules' own book-keeping.
//!
//! A case is a manifest `tests/golden/<id>-<name>/<verdict>[.<variant>][.<how>].yaml` (or `.json`), and beside it the expected
//! `.report`. `verdict` is `accepted`, `warned` or `denied`. `how` says what is done to the object: nothing means that it is
//! created; `unmutated`, that it reaches the validating webhook as it is; `delete`, that it is deleted; and where there is
//! a file of the same name with `.old`, the object replaces that one. `UPDATE_EXPECT=1` rewrites the reports.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking"
)]

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use jobflow_core::admission::{
    Operation, Presence, Recognized, Review, TemplateIndex, check, mutate, parse_object, recognize, validate,
};
use jobflow_core::diagnostic::{Report, Severity};
use jobflow_core::kinds::Kind;
use jobflow_core::rules::{ALL, Rule};
use serde_json::Value;

/// Rules whose cases are elsewhere, with the place: they are about text that is gone once it is JSON, about very much of it, or
/// about what the API server says.
const CASES_ELSEWHERE: [(&str, &str); 9] = [
    ("XX005", "tests/validate.rs"),
    ("XX007", "src/cli/validate/schema/tests.rs"),
    ("XX701", "src/cli/validate/suppress/tests.rs"),
    ("XX702", "src/cli/validate/suppress/tests.rs"),
    ("XX703", "src/cli/validate/suppress/tests.rs"),
    ("XX801", "src/cli/validate/server/tests.rs"),
    ("XX802", "src/cli/validate/server/tests.rs"),
    ("XX803", "src/cli/validate/server/tests.rs"),
    ("XX903", "core/src/rules/too_many_values.rs"),
];

/// A world in which templates are as their names say.
struct World;

impl TemplateIndex for World {
    fn presence(&self, _: &str, name: &str) -> Presence {
        if name.starts_with("absent") {
            Presence::Absent
        } else {
            Presence::Present
        }
    }

    fn unfinished_users(&self, _: &str, name: &str) -> Vec<String> {
        if name.starts_with("needed") {
            vec!["nightly".to_owned()]
        } else {
            Vec::new()
        }
    }
}

#[test]
fn every_case_has_exactly_the_findings_that_it_declares() {
    let mut seen = 0;
    for rule in ALL {
        for case in cases(rule) {
            let report = report_of(&case);
            let text: String = report.findings().iter().map(|finding| format!("{finding}\n")).collect();
            expect_file![case.with_extension("report")].assert_eq(&text);
            assert_verdict(rule, &case, &report);
            seen += 1;
        }
    }
    assert!(
        seen >= 2 * (ALL.len() - CASES_ELSEWHERE.len()),
        "only {seen} cases were found"
    );
}

#[test]
fn every_rule_has_an_accepted_and_a_refused_case() {
    for rule in ALL
        .iter()
        .filter(|rule| CASES_ELSEWHERE.iter().all(|(id, _)| *id != rule.id))
    {
        let verdicts: BTreeSet<String> = cases(rule).iter().map(|case| parts(case).remove(0)).collect();
        let refused = match rule.severity {
            Severity::Deny => "denied",
            Severity::Warn => "warned",
        };
        assert!(
            verdicts.contains("accepted") && verdicts.contains(refused),
            "{} {}: {verdicts:?}",
            rule.id,
            rule.name
        );
    }
}

#[test]
fn every_folder_of_cases_belongs_to_a_rule() {
    let known: BTreeSet<String> = ALL.iter().map(|rule| folder_name(rule)).collect();
    for entry in std::fs::read_dir(golden()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(known.contains(&name), "tests/golden/{name} is of no rule");
    }
}

#[test]
fn ids_are_sorted_unique_and_well_formed() {
    assert!(
        ALL.windows(2).all(|pair| pair[0].id < pair[1].id),
        "rules::ALL is not sorted by id, or an id is used twice"
    );
    for rule in ALL {
        let (kind, number) = rule.id.split_at(2);
        assert!(["JF", "JT", "DJ", "MJ", "SJ", "XX"].contains(&kind), "{}", rule.id);
        assert!(
            number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit()),
            "{}",
            rule.id
        );
    }
    let names: BTreeSet<&str> = ALL.iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), ALL.len(), "two rules share a name");
}

#[test]
fn every_rule_file_is_registered_and_named_after_its_rule() {
    let registered: BTreeSet<String> = ALL.iter().map(|rule| rule.name.replace('-', "_")).collect();
    let kinds = [
        "job_flow",
        "job_template",
        "daemon_job",
        "managed_job",
        "sequential_job",
    ];
    let of_kinds = kinds.map(|kind| format!("core/src/{kind}/rules"));
    let folders = ["core/src/rules", "core/src/pod/rules"]
        .map(str::to_owned)
        .into_iter()
        .chain(of_kinds);
    let mut files = BTreeSet::new();
    for folder in folders {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let stem = entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned();
            if stem != "mod" {
                files.insert(stem);
            }
        }
    }
    assert_eq!(files, registered);
}

#[test]
fn every_rule_header_says_why_shows_an_example_and_a_fix() {
    for rule in ALL {
        let docs = rule.docs();
        let title = format!("{} `{}`: ", rule.id, rule.name);
        assert!(
            docs.starts_with(&title),
            "{}: the header must start with {title:?}",
            rule.name
        );
        let why = match rule.severity {
            Severity::Deny => "# Why it is an error",
            Severity::Warn => "# Why it is a warning",
        };
        let headings: Vec<&str> = docs.lines().filter(|line| line.starts_with("# ")).collect();
        assert_eq!(headings, [why, "# Example", "# Fix"], "{}", rule.name);
    }
}

/// `accepted` has no finding at all; `warned` and `denied` have only findings of the rule.
fn assert_verdict(rule: &Rule, case: &Path, report: &Report) {
    let ids: BTreeSet<&str> = report.findings().iter().map(|finding| finding.rule.id).collect();
    let expected = match parts(case).remove(0).as_str() {
        "accepted" => BTreeSet::new(),
        "warned" | "denied" => BTreeSet::from([rule.id]),
        other => panic!("{}: '{other}' is no verdict", case.display()),
    };
    assert_eq!(ids, expected, "{}", case.display());
}

fn report_of(case: &Path) -> Report {
    let object = match read(case) {
        Ok(object) => object,
        Err(report) => return report,
    };
    let old = Some(old_of(case))
        .filter(|path| path.exists())
        .map(|path| read(&path).unwrap());
    let kind = match recognize(&object) {
        Recognized::Ours(kind) => kind,
        Recognized::UnknownKind(finding) => return Report::from(vec![*finding]),
        Recognized::Foreign => panic!("{} is not for us", case.display()),
    };
    let how = parts(case);
    if how.iter().any(|part| part == "unmutated") {
        return validate(review(kind, Operation::Create, Some(&object), None), &World).report;
    }
    if how.iter().any(|part| part == "delete") {
        return validate(review(kind, Operation::Delete, None, Some(&object)), &World).report;
    }
    match &old {
        Some(old) => mutate(review(kind, Operation::Update, Some(&object), Some(old)), &World).report,
        None => check(kind, &object, &World),
    }
}

fn review<'a>(
    kind: &'static Kind,
    operation: Operation,
    object: Option<&'a Value>,
    old_object: Option<&'a Value>,
) -> Review<'a> {
    Review {
        kind,
        operation,
        namespace: "default",
        object: object.map(Cow::Borrowed),
        old_object: old_object.map(Cow::Borrowed),
    }
}

fn read(path: &Path) -> Result<Value, Report> {
    let text = std::fs::read_to_string(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "json") {
        return parse_object(&text).map_err(|finding| Report::from(vec![finding]));
    }
    Ok(serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The cases of a rule, without the old objects.
fn cases(rule: &Rule) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(golden().join(folder_name(rule))) else {
        return Vec::new();
    };
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| {
        let is_input = path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "json");
        is_input && !parts(path).iter().any(|part| part == "old")
    });
    cases.sort();
    cases
}

fn old_of(case: &Path) -> PathBuf {
    case.with_extension("old.yaml")
}

/// `denied.generated.yaml` as its words.
fn parts(case: &Path) -> Vec<String> {
    case.file_stem()
        .unwrap()
        .to_string_lossy()
        .split('.')
        .map(str::to_owned)
        .collect()
}

fn folder_name(rule: &Rule) -> String {
    format!("{}-{}", rule.id, rule.name)
}

fn golden() -> PathBuf {
    root().join("tests/golden")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
