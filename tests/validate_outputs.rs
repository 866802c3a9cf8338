//! The formats of `jobflow validate`: their texts byte for byte, what reads them, and where they go.
//!
//! `tests/cli/outputs` holds what each format prints for the same files. `UPDATE_EXPECT=1` rewrites it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests are tests")]

#[path = "validate_outputs/recipes.rs"]
mod recipes;
#[path = "validate_outputs/sarif.rs"]
mod sarif;
#[path = "validate_outputs/services.rs"]
mod services;
#[path = "validate_outputs/targets.rs"]
mod targets;
#[cfg(target_os = "linux")]
#[path = "validate_outputs/terminal.rs"]
mod terminal;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use expect_test::expect_file;
use serde_json::Value;

/// Every variable that changes what is printed.
const VARIABLES: [&str; 9] = [
    "CI_PROJECT_DIR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "FORCE_COLOR",
    "GITHUB_ACTIONS",
    "GITHUB_WORKSPACE",
    "JOBFLOW_DOCS_URL",
    "NO_COLOR",
    "UPDATE_EXPECT",
];

const FORMATS: [&str; 9] = [
    "full", "concise", "json", "jsonl", "sarif", "junit", "github", "gitlab", "tap",
];

/// What every format is shown with: denied, warned, valid, broken, shared by an alias, not there.
const FILES: [&str; 5] = [
    "cases/warned.yaml",
    "cases/good.yaml",
    "no/such.yaml",
    "cases/shared.yaml",
    "cases/broken.yaml",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn folder() -> PathBuf {
    root().join("tests/cli")
}

/// The program in `folder`, in an environment that says nothing.
fn jobflow(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jobflow"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    for name in VARIABLES {
        command.env_remove(name);
    }
    command
}

fn validate(args: &[&str]) -> Output {
    jobflow(&folder(), &[&["validate"], args].concat()).output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// The cases of `tests/cli`, relative to it.
fn cases() -> Vec<String> {
    let entries = fs::read_dir(folder().join("cases")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_input = |name: &String| !name.ends_with(".text") && !name.ends_with(".out.json");
    let mut names: Vec<String> = names.filter(is_input).map(|name| format!("cases/{name}")).collect();
    names.sort();
    assert!(names.len() >= 10, "only {names:?}");
    names
}

#[test]
fn every_format_prints_what_is_expected() {
    for format in FORMATS {
        let output = validate(&[&FILES[..], &["-o", format]].concat());
        let shown = format!(
            "{}----- standard error\n{}----- exit status {}\n",
            stdout(&output),
            stderr(&output),
            output.status.code().unwrap(),
        );
        expect_file![folder().join(format!("outputs/{format}"))].assert_eq(&shown);
    }
}

#[test]
fn the_order_of_the_arguments_and_the_number_of_threads_change_no_byte() {
    let mut turned = FILES;
    turned.reverse();
    for format in FORMATS {
        let one = validate(&[&FILES[..], &["-o", format, "--jobs", "1"]].concat());
        let other = validate(&[&turned[..], &["-o", format, "--jobs", "4"]].concat());
        assert_eq!(stdout(&one), stdout(&other), "{format}");
        assert_eq!(stderr(&one), stderr(&other), "{format}");
    }
}

#[test]
fn findings_are_ordered_by_file_line_column_and_rule() {
    let output = validate(&[&["-o", "concise"], &FILES[..], &["cases/faults.yaml"]].concat());
    let place = |line: &str| {
        let mut parts = line.splitn(4, ':');
        let file = parts.next().unwrap().to_owned();
        let mut number = || parts.next().unwrap().parse::<usize>().unwrap();
        let place = (file, number(), number());
        (place, parts.next().unwrap().split(':').next().unwrap().to_owned())
    };
    let places: Vec<_> = stdout(&output).lines().map(place).collect();
    let mut sorted = places.clone();
    sorted.sort_by(|a, b| (&a.0, rule(&a.1)).cmp(&(&b.0, rule(&b.1))));
    assert_eq!(places, sorted);
    assert!(places.len() > 10, "{places:?}");
}

/// `error[JF102]` without the severity.
fn rule(label: &str) -> &str {
    label.split('[').nth(1).unwrap_or_default()
}

#[test]
fn every_finding_links_to_the_page_of_its_rule() {
    let page = "https://docs.example.com/rules/JF102.md";
    let base = ["--docs-url", "https://docs.example.com/rules/", "--color", "always"];
    for format in FORMATS.iter().filter(|format| **format != "json") {
        let output = validate(&[&["cases/broken.yaml", "-o", format], &base[..]].concat());
        assert!(stdout(&output).contains(page), "{format}: {}", stdout(&output));
        let plain = validate(&["cases/broken.yaml", "-o", format, base[0], base[1], "--color", "never"]);
        assert!(!stdout(&plain).contains('\u{1b}'), "{format}: {}", stdout(&plain));
    }
    let by_variable = jobflow(&folder(), &["validate", "cases/broken.yaml", "-o", "github"])
        .env("JOBFLOW_DOCS_URL", "https://docs.example.com/rules")
        .output()
        .unwrap();
    assert!(stdout(&by_variable).contains(page), "{}", stdout(&by_variable));
    let wrong = validate(&["cases/broken.yaml", "--docs-url", "docs/rules"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        stderr(&wrong).contains("must begin with https:// or http://"),
        "{}",
        stderr(&wrong)
    );
}

#[test]
fn the_json_formats_are_as_their_schemas_say() {
    let schema = |name: &str| {
        let text = fs::read_to_string(root().join("docs").join(name)).unwrap();
        let mut schema: Value = serde_json::from_str(&text).unwrap();
        // The published schema allows members of later versions; of this one all are known.
        close(&mut schema);
        jsonschema::validator_for(&schema).unwrap()
    };
    let (document, line) = (schema("validate.schema.json"), schema("validate-lines.schema.json"));
    let mut lines = 0;
    for case in cases().iter().map(String::as_str).chain(["no/such.yaml"]) {
        let json: Value = serde_json::from_str(stdout(&validate(&[case, "-o", "json"]))).unwrap();
        let faults: Vec<String> = document.iter_errors(&json).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{case}: {faults:?}");
        for text in stdout(&validate(&[case, "-o", "jsonl"])).lines() {
            let json = serde_json::from_str(text).unwrap();
            let faults: Vec<String> = line.iter_errors(&json).map(|fault| fault.to_string()).collect();
            assert!(faults.is_empty(), "{case}: {text}: {faults:?}");
            lines += 1;
        }
    }
    assert!(lines > 30, "only {lines}");
    // The schemas can refuse.
    let mut broken: Value = serde_json::from_str(stdout(&validate(&["cases/faults.yaml", "-o", "json"]))).unwrap();
    broken["findings"][0]["severity"] = "fatal".into();
    assert!(!document.is_valid(&broken));
    assert!(!line.is_valid(&serde_json::json!({"type": "finding"})));
}

/// Adds that there are no other members than are described: to every object of a document, and to every kind of line.
fn close(schema: &mut Value) {
    if let Some(kinds) = schema.get_mut("oneOf").and_then(Value::as_array_mut) {
        for kind in kinds {
            kind["unevaluatedProperties"] = false.into();
        }
        return;
    }
    let mut todo = vec![schema];
    while let Some(value) = todo.pop() {
        if let Value::Object(members) = value {
            if members.contains_key("properties") {
                members.insert("unevaluatedProperties".to_owned(), false.into());
            }
            todo.extend(members.values_mut());
        }
    }
}

#[test]
fn the_summary_counts_resources_and_can_be_left_out() {
    let files = ["cases/broken.yaml", "cases/warned.yaml"];
    let summary = "Summary: 3 resources found in 2 files - Valid: 1, Denied: 1, Passed over: 1, Unreadable: 2 (1 error, 2 warnings)\n";
    assert_eq!(stderr(&validate(&files)), summary);
    assert_eq!(stderr(&validate(&[&files[..], &["--quiet"]].concat())), "");
    let verbose = validate(&[&files[..], &["-v"]].concat());
    let told = "cases/broken.yaml: 1 resource of other kinds passed over\n\
                cases/broken.yaml: JobFlow/checked is denied\n\
                cases/warned.yaml: JobFlow/warned is valid, with warnings\n";
    assert_eq!(stderr(&verbose), format!("{told}{summary}"));
    assert_eq!(validate(&["-q", "-v", "cases/good.yaml"]).status.code(), Some(2));
    assert_eq!(validate(&["--jobs", "0", "cases/good.yaml"]).status.code(), Some(2));
}
