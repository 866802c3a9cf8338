//! `jobflow validate` and `jobflow crds` as a user calls them: what they print, byte for byte, and how they end.
//!
//! Each file of `tests/cli/cases` is validated twice: `NAME.text` is what a person sees, `NAME.out.json` what a program
//! reads. `UPDATE_EXPECT=1` rewrites both.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests are tests")]

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use expect_test::expect_file;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli")
}

/// What is said where there is nothing to check.
const NOTHING: &str = "0 resources found: nothing in the input is of a kind that jobflow serves\n";

fn jobflow(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jobflow"));
    command.args(args).current_dir(folder()).stdin(Stdio::null());
    for name in [
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "FORCE_COLOR",
        "GITHUB_ACTIONS",
        "JOBFLOW_DOCS_URL",
    ] {
        command.env_remove(name);
    }
    command
}

fn run(args: &[&str]) -> Output {
    jobflow(args).output().unwrap()
}

/// Runs with `input` on standard input.
fn fed(args: &[&str], input: &str) -> Output {
    let mut child = jobflow(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn findings(output: &Output) -> Vec<Value> {
    let printed: Value = serde_json::from_str(stdout(output)).unwrap();
    printed["findings"].as_array().unwrap().clone()
}

/// The cases, relative to [`folder`].
fn cases() -> Vec<String> {
    let entries = fs::read_dir(folder().join("cases")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter(|name| !name.ends_with(".text") && !name.ends_with(".out.json"))
        .map(|name| format!("cases/{name}"))
        .collect();
    names.sort();
    assert!(names.len() >= 10, "only {names:?}");
    names
}

#[test]
fn every_case_prints_what_is_expected() {
    for case in cases() {
        let text = run(&["validate", &case, "-o", "full"]);
        let json = run(&["validate", &case, "-o", "json"]);
        assert_eq!(text.status.code(), json.status.code(), "{case}");
        let shown = format!(
            "{}----- standard error\n{}----- exit status {}\n",
            stdout(&text),
            stderr(&text),
            text.status.code().unwrap(),
        );
        let base = folder().join(&case);
        expect_file![base.with_extension("text")].assert_eq(&shown);
        expect_file![base.with_extension("out.json")].assert_eq(stdout(&json));
    }
}

#[test]
fn both_forms_name_the_same_places() {
    for case in cases() {
        let json = run(&["validate", &case, "-o", "json"]);
        let text = run(&["validate", &case, "-o", "full"]);
        let places: Vec<&str> = stdout(&text)
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("--> "))
            .collect();
        let expected: Vec<String> = findings(&json)
            .iter()
            .map(|finding| format!("{case}:{}:{}", finding["line"], finding["column"]))
            .collect();
        assert_eq!(places, expected, "{case}");
    }
}

#[test]
fn the_json_has_exactly_the_members_of_the_contract() {
    let members = |value: &Value| -> Vec<String> {
        let mut names: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    let output = run(&["validate", "cases/faults.yaml", "-o", "json"]);
    let printed: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(members(&printed), ["documents", "files", "findings", "summary"]);
    assert_eq!(members(&printed["summary"]), ["denied", "warned"]);
    let expected = [
        "column", "document", "file", "help", "kind", "line", "message", "name", "path", "reason", "rule", "severity",
    ];
    assert!(findings(&output).iter().all(|finding| members(finding) == expected));
    let broken = run(&["validate", "cases/broken.yaml", "-o", "json"]);
    let broken: Value = serde_json::from_str(stdout(&broken)).unwrap();
    assert_eq!(members(&broken["unreadable"][0]), ["column", "file", "line", "message"]);
}

#[test]
fn all_files_together_are_one_world() {
    let output = run(&["validate", "world", "-o", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let found = findings(&output);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (&found[0]["file"], &found[0]["line"]),
        (&"world/flow.yaml".into(), &11.into())
    );
    assert_eq!(
        stderr(&output),
        "Summary: 2 resources found in 2 files - Valid: 2, Denied: 0, Passed over: 0, Unreadable: 0 (0 errors, 1 warning)\n"
    );
    let alone = run(&["validate", "world/flow.yaml", "-o", "json"]);
    assert!(
        findings(&alone).is_empty(),
        "without any template, nothing is known of templates"
    );
}

#[test]
fn standard_input_is_read_where_a_dash_or_nothing_names_it() {
    let faults = fs::read_to_string(folder().join("cases/faults.yaml")).unwrap();
    for args in [&["validate", "-o", "json"][..], &["validate", "-", "-o", "json"]] {
        let output = fed(args, &faults);
        assert_eq!(output.status.code(), Some(1));
        assert!(findings(&output).iter().all(|finding| finding["file"] == "<stdin>"));
    }
}

#[test]
fn carriage_returns_and_a_byte_order_mark_change_no_place() {
    let faults = fs::read_to_string(folder().join("cases/faults.yaml")).unwrap();
    let plain = fed(&["validate", "-o", "json"], &faults);
    for other in [faults.replace('\n', "\r\n"), format!("\u{feff}{faults}")] {
        assert_eq!(stdout(&fed(&["validate", "-o", "json"], &other)), stdout(&plain));
    }
}

#[test]
fn what_cannot_be_read_ends_with_two_even_where_something_is_denied() {
    let files = ["cases/faults.yaml", "no/such.yaml", "cases/good.yaml"];
    let output = run(&[&["validate", "-o", "full"], &files[..]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).starts_with("error: no/such.yaml: is not there\n"),
        "{}",
        stderr(&output)
    );
    assert!(
        stderr(&output).contains("Summary: 4 resources found in 3 files - "),
        "{}",
        stderr(&output)
    );
    assert!(stdout(&output).contains("error[JF102]"));
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(
        run(&["validate", empty.path().to_str().unwrap()]).status.code(),
        Some(2)
    );
    assert_eq!(fed(&["validate"], "a: \u{1}").status.code(), Some(2));
}

#[test]
fn wrong_usage_ends_with_two() {
    for args in [
        &["validate", "--no-such-flag"][..],
        &["validate", "-o", "xml"],
        &["no-such-command"],
        &[],
    ] {
        assert_eq!(run(args).status.code(), Some(2), "{args:?}");
    }
    assert_eq!(run(&["validate", "--help"]).status.code(), Some(0));
}

#[test]
fn nothing_piped_in_is_nothing_wrong() {
    let output = fed(&["validate"], "# nothing\n");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        stderr(&output),
        format!(
            "{NOTHING}Summary: 0 resources found in 1 file - Valid: 0, Denied: 0, Passed over: 0, Unreadable: 0 (0 errors, 0 warnings)\n"
        )
    );
}

#[test]
fn colours_are_for_terminals_only() {
    assert!(!stdout(&run(&["validate", "cases/faults.yaml"])).contains('\u{1b}'));
    let forced = jobflow(&["validate", "cases/faults.yaml"])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    assert!(stdout(&forced).contains('\u{1b}'));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    // More than a pipe holds, so that the program is still writing when the reader goes.
    let flow = |n: usize| format!("    - {{name: A{n}}}\n");
    let flows: String = (0..2_000).map(flow).collect();
    let manifest = format!(
        "apiVersion: api.practice.com/v1alpha1\nkind: JobFlow\nmetadata: {{name: a}}\nspec:\n  flows:\n{flows}"
    );
    let mut child = jobflow(&["validate"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(manifest.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_internal_error() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = jobflow(&["validate", "cases/faults.yaml"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stderr(&output).contains("cannot write to standard output"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn crds_are_printed_as_one_yaml_that_validate_passes_over() {
    let output = run(&["crds"]);
    assert_eq!(output.status.code(), Some(0));
    let checked = fed(&["validate"], stdout(&output));
    assert_eq!(checked.status.code(), Some(0));
    let kinds = stdout(&output)
        .lines()
        .filter(|line| *line == "kind: CustomResourceDefinition")
        .count();
    assert!(kinds >= 2, "{kinds}");
    assert_eq!(
        stderr(&checked),
        format!(
            "{NOTHING}Summary: {kinds} resources found in 1 file - Valid: 0, Denied: 0, Passed over: {kinds}, Unreadable: 0 (0 errors, 0 warnings)\n"
        )
    );
}
