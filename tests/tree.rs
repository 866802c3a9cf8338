//! `jobflow tree` as a user calls it: what it prints, byte for byte, and how it ends.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// The tree that the documents of the operator show that ManagedJobs come from.
const SAMPLE: &str = include_str!("cli/trees/sample.text");

fn jobflow(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jobflow"));
    command
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs with `input` on standard input.
fn fed(arguments: &[&str], input: &str) -> Output {
    let mut child = jobflow(arguments).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A ManagedJob with one group of jobs that wait for each other.
fn managed_job(name: &str, jobs: usize) -> Value {
    let jobs: Vec<Value> = (0..jobs)
        .map(|job| json!({"name": format!("j{job}"), "image": "x"}))
        .collect();
    json!({
        "apiVersion": "jobsmanager.raczylo.com/v1beta1", "kind": "ManagedJob", "metadata": {"name": name},
        "spec": {"groups": [{"name": "g", "jobs": jobs}]},
    })
}

#[test]
fn the_documented_example_has_the_documented_tree() {
    let output = jobflow(&["tree", "-f", "examples/managedjob/sample.yaml"])
        .output()
        .unwrap();
    assert_eq!((text(&output.stdout), text(&output.stderr)), (SAMPLE, ""));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn standard_input_may_hold_several_and_other_kinds() {
    let input = format!(
        "kind: Secret\n---\n{}\n---\n{}\n",
        managed_job("a", 1),
        managed_job("b", 2)
    );
    let expected = "a\n└── g\n    └── j0\n\nb\n└── g\n    ├── j0\n    └── j1\n        └── Depends on: b-g-j0\n";
    for arguments in [&["tree"][..], &["tree", "-f", "-"], &["tree", "--filename", "-"]] {
        let output = fed(arguments, &input);
        assert_eq!((text(&output.stdout), text(&output.stderr)), (expected, ""));
    }
}

#[test]
fn one_that_is_denied_is_told_and_the_others_are_shown() {
    let mut denied = managed_job("bad", 1);
    denied["spec"]["groups"][0]["jobs"][0]["dependencies"] = json!([{"name": "j1"}]);
    let output = fed(&["tree"], &format!("{denied}\n---\n{}\n", managed_job("good", 1)));
    assert_eq!(text(&output.stdout), "good\n└── g\n    └── j0\n");
    assert_eq!(
        text(&output.stderr),
        "error: <stdin>: the ManagedJob 'bad' is denied, and so has no tree:\n\
         * spec.groups[0].jobs[0].dependencies[0].name: Invalid value: \"j1\": job 'g/j0' depends on it, but no job of its \
         group has this name, no Job has it as full name, and no group [MJ201]\n"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_cannot_be_read_and_nothing_to_show_end_with_two() {
    let cases = [
        (
            &["tree", "-f", "no/such.yaml"][..],
            "error: no/such.yaml: is not there\n",
        ),
        (
            &["tree", "-f", "examples/jobflow"],
            "error: there is no ManagedJob in what was read; `jobflow graph` draws the other kinds\n",
        ),
    ];
    for (arguments, complaint) in cases {
        let output = jobflow(arguments).output().unwrap();
        assert_eq!((text(&output.stdout), text(&output.stderr)), ("", complaint));
        assert_eq!(output.status.code(), Some(2));
    }
    let output = fed(&["tree"], "a: [\n");
    assert!(
        text(&output.stderr).starts_with("error: <stdin>:"),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_tree_of_millions_of_lines_is_written_as_it_is_read() {
    let mut child = jobflow(&["tree"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input
        .write_all(managed_job("long", 4_000).to_string().as_bytes())
        .unwrap();
    drop(input);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "long");
    let reached = lines.find(|line| line.as_ref().unwrap().contains("├── j100"));
    assert!(reached.is_some());
    // A reader that has seen enough is no failure.
    drop(lines);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
