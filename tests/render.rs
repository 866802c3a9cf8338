//! `jobflow render` as a user calls it: what it prints, byte for byte, and how it ends.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests are tests")]

mod offline;

use expect_test::{expect, expect_file};
use offline::{fed, run, stderr, stdout};
use serde_json::Value;

/// Every document that was printed.
fn documents(text: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(text).unwrap()
}

fn names(text: &str) -> Vec<String> {
    documents(text)
        .iter()
        .map(|job| job["metadata"]["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_jobs_of_every_example_are_as_expected() {
    for (name, arguments) in [
        ("five-jobs", &["examples/jobflow/five-jobs.yaml"][..]),
        ("by-template", &["examples/jobflow/by-template.yaml"]),
        ("params", &["examples/managedjob/params.yaml"]),
        ("pipeline", &["examples/sequentialjob/data-processing-pipeline.yaml"]),
        ("daemon", &["examples/daemonjob/example.yaml", "--node", "node3"]),
    ] {
        let output = run(&[&["render"], arguments].concat());
        assert_eq!((stderr(&output), output.status.code()), ("", Some(0)), "{name}");
        let path = format!("{}/tests/cli/rendered/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        expect_file![path].assert_eq(stdout(&output));
        let again = run(&[&["render"], arguments].concat());
        assert_eq!(stdout(&output), stdout(&again), "the bytes are stable");
    }
}

#[test]
fn jobs_stand_in_the_order_of_the_graph_and_one_can_be_picked() {
    let sample = "examples/managedjob/sample.yaml";
    let all = run(&["render", sample]);
    assert_eq!(names(stdout(&all)).len(), 6);
    let one = run(&["render", sample, "--flow", "second-group/fourth-job"]);
    assert_eq!(names(stdout(&one)), ["managedjob-sample-second-group-fourth-job"]);
    let none = run(&["render", sample, "--flow", "second-group/forth-job"]);
    expect![[r#"
        error: there is no step 'second-group/forth-job': did you mean 'second-group/fourth-job'?
    "#]]
    .assert_eq(stderr(&none));
    assert_eq!((stdout(&none), none.status.code()), ("", Some(2)));
}

#[test]
fn templates_may_stand_elsewhere_and_a_missing_one_is_told() {
    let flow = "apiVersion: api.practice.com/v1alpha1\nkind: JobFlow\nmetadata: {name: f}\nspec:\n  flows:\n    - {name: a, jobTemplateRef: greet}\n";
    let missing = fed(&["render"], flow);
    expect![[r#"
        error: <stdin>: JobFlow 'f': 'a' refers to the JobTemplate 'greet', which is not in what was read: name its file with --templates
    "#]]
    .assert_eq(stderr(&missing));
    assert_eq!(missing.status.code(), Some(1));
    let found = fed(&["render", "-", "--templates", "tests/cli/world/templates"], flow);
    assert_eq!((names(stdout(&found)), stderr(&found)), (vec!["f-a".to_owned()], ""));
}

#[test]
fn what_admission_denies_is_told_as_validate_does_and_nothing_is_printed() {
    let file = "examples/broken/everything-wrong.yaml";
    let output = run(&["render", file]);
    assert_eq!((stdout(&output), output.status.code()), ("", Some(1)));
    assert!(
        stderr(&output).contains("dependency cycle: fetch -> report -> train -> fetch"),
        "{}",
        stderr(&output)
    );
    assert!(
        stderr(&output).contains("everything-wrong.yaml:10:22"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_daemon_job_needs_nodes_and_leaves_excluded_ones_out() {
    let file = "examples/daemonjob/example.yaml";
    let output = run(&["render", file]);
    expect![[r#"
        error: examples/daemonjob/example.yaml: DaemonJob 'daemonjob-example' has a Job on each node, which only a cluster knows: name nodes with --node
    "#]]
    .assert_eq(stderr(&output));
    assert_eq!(output.status.code(), Some(2));
    let output = run(&["render", file, "--node", "node1", "--node", "x.y"]);
    assert!(
        stderr(&output).contains("the node 'node1' is left out by excludeNodeList"),
        "{}",
        stderr(&output)
    );
    assert_eq!((names(stdout(&output)).len(), output.status.code()), (1, Some(1)));
}

#[test]
fn a_generated_name_is_stood_for_and_quiet_says_nothing_of_it() {
    let flow = "apiVersion: batch.example.com/v1alpha1\nkind: SequentialJob\nmetadata: {generateName: n-}\nspec:\n  containers: [{name: a, image: b}]\n";
    let output = fed(&["render"], flow);
    assert_eq!(names(stdout(&output)), ["n-xxxxx-0"]);
    expect![[r#"
        note: the API server completes the name 'n-'; here 'xxxxx' stands for the rest
    "#]]
    .assert_eq(stderr(&output));
    assert_eq!(stderr(&fed(&["render", "-q"], flow)), "");
}

#[test]
fn nothing_to_render_ends_with_two() {
    for (arguments, complaint) in [
        (&["render", "no/such.yaml"][..], "error: no/such.yaml: is not there\n"),
        (
            &["render", "tests/cli/world/templates"],
            "error: there is nothing in what was read that Jobs are made of\n",
        ),
    ] {
        let output = run(arguments);
        assert_eq!(
            (stdout(&output), stderr(&output), output.status.code()),
            ("", complaint, Some(2))
        );
    }
}
