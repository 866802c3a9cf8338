//! `jobflow diff` as a user calls it: what it prints, byte for byte, and how it ends.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests are tests")]

mod offline;

use std::fs;

use expect_test::expect;
use offline::{fed, run, stderr, stdout};
use serde_json::Value;

const FLOW: &str = "examples/jobflow/five-jobs.yaml";

/// The example, changed as the pairs say.
fn changed(changes: &[(&str, &str)]) -> String {
    let text = fs::read_to_string(format!("{}/{FLOW}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    changes.iter().fold(text, |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replacen(old, new, 1)
    })
}

#[test]
fn the_same_is_nothing_and_status_zero() {
    for (old, new) in [(FLOW, FLOW), ("examples", "examples")] {
        let output = run(&["diff", old, new]);
        assert_eq!(
            (stdout(&output), stderr(&output), output.status.code()),
            ("", "", Some(0))
        );
    }
    // What is stored as the same is the same.
    let output = fed(&["diff", FLOW, "-"], &changed(&[("      dependencies: []\n", "")]));
    assert_eq!((stdout(&output), output.status.code()), ("", Some(0)));
}

#[test]
fn changes_are_told_step_by_step_with_the_verdict_of_admission() {
    let new = changed(&[
        ("sleep 10s", "sleep 11s"),
        ("name: job5", "name: last"),
        ("spec:\n", "spec:\n  parallelism: 2\n"),
    ]);
    let output = fed(&["diff", FLOW, "-"], &new);
    expect![[r#"
        ~ JobFlow 'jobflow-example'
          ~ step 'job1' changed
              spec.flows[0].jobTemplate.template.spec.containers[0].command[2]: "sleep 10s" -> "sleep 11s"
          + step 'last' added (spec.flows[4])
          - step 'job5' removed (spec.flows[4])
          ~ spec.parallelism: nothing -> 2
          admission would deny the update:
          * spec.flows[0].jobTemplate.template.spec.containers[0].command[2]: Forbidden: may not be changed after creation (create a JobFlow with another name, or delete this one first) [JF601]
          * spec.flows[4].name: Forbidden: may not be changed after creation (create a JobFlow with another name, or delete this one first) [JF601]
    "#]]
    .assert_eq(stdout(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_may_change_is_taken() {
    let output = fed(
        &["diff", FLOW, "-"],
        &changed(&[("spec:\n", "spec:\n  suspend: true\n")]),
    );
    expect![[r#"
        ~ JobFlow 'jobflow-example'
          ~ spec.suspend: nothing -> true
          admission would take the update
    "#]]
    .assert_eq(stdout(&output));
}

#[test]
fn objects_come_and_go() {
    let output = fed(
        &["diff", FLOW, "-"],
        &changed(&[("name: jobflow-example", "name: other\n  namespace: n")]),
    );
    expect![[r#"
        + JobFlow 'other': only in the new version

        - JobFlow 'jobflow-example': only in the old version
    "#]]
    .assert_eq(stdout(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn programs_read_the_same() {
    let output = fed(
        &["diff", FLOW, "-", "-o", "json"],
        &changed(&[("sleep 10s", "sleep 11s")]),
    );
    let printed: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(printed["same"], false);
    let object = &printed["objects"][0];
    assert_eq!(
        (&object["kind"], &object["change"]),
        (&"JobFlow".into(), &"changed".into())
    );
    assert_eq!(object["steps"][0]["name"], "job1");
    assert_eq!(object["steps"][0]["fields"][0]["new"], "sleep 11s");
    assert_eq!(object["admission"]["allowed"], false);
    assert_eq!(object["admission"]["findings"][0]["rule"], "JF601");
    let same = run(&["diff", FLOW, FLOW, "-o", "json"]);
    let printed: Value = serde_json::from_str(stdout(&same)).unwrap();
    assert_eq!((&printed["same"], same.status.code()), (&Value::Bool(true), Some(0)));
}

#[test]
fn bad_input_ends_with_two() {
    for (arguments, complaint) in [
        (
            &["diff", "no/such.yaml", FLOW][..],
            "error: no/such.yaml: is not there\n",
        ),
        (
            &["diff", "-", "-"],
            "error: both versions are standard input: name a file for one of them\n",
        ),
        (
            &[
                "diff",
                "charts/jobflow-operator/values.yaml",
                "charts/jobflow-operator/values.yaml",
            ],
            "error: there is nothing of jobflow in either version: name files with its kinds\n",
        ),
    ] {
        let output = run(arguments);
        assert_eq!(
            (stdout(&output), stderr(&output), output.status.code()),
            ("", complaint, Some(2))
        );
    }
}
