//! `jobflow graph` as a user calls it: what it prints, byte for byte, and how it ends.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests are tests")]

mod offline;

use expect_test::{expect, expect_file};
use offline::{fed, run, stderr, stdout};
use serde_json::Value;

const CASES: [(&str, &str); 5] = [
    ("five-jobs", "examples/jobflow/five-jobs.yaml"),
    ("clean-up", "examples/jobflow/clean-up.yaml"),
    ("managed", "examples/managedjob/sample.yaml"),
    ("sequential", "examples/sequentialjob/data-processing-pipeline.yaml"),
    ("daemon", "examples/daemonjob/example.yaml"),
];

#[test]
fn every_kind_is_drawn_in_every_form() {
    for (name, file) in CASES {
        for (format, extension) in [
            ("ascii", "text"),
            ("mermaid", "mmd"),
            ("dot", "dot"),
            ("svg", "svg"),
            ("json", "json"),
        ] {
            let output = run(&["graph", file, "-o", format]);
            assert_eq!(
                (stderr(&output), output.status.code()),
                ("", Some(0)),
                "{name} {format}"
            );
            let path = format!("{}/tests/cli/graphs/{name}.{extension}", env!("CARGO_MANIFEST_DIR"));
            expect_file![path].assert_eq(stdout(&output));
        }
    }
}

#[test]
fn the_json_has_the_members_of_the_contract() {
    let output = run(&["graph", CASES[1].1, "-o", "json"]);
    let graph: Value = serde_json::from_str(stdout(&output)).unwrap();
    let members = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        members(&graph),
        ["criticalPath", "edges", "groups", "kind", "levels", "name", "nodes"]
    );
    assert_eq!(
        members(&graph["nodes"][0]),
        ["group", "job", "level", "name", "role", "state", "template", "when"]
    );
    assert_eq!(members(&graph["edges"][0]), ["from", "to", "when"]);
    assert_eq!(graph["criticalPath"].as_array().unwrap().len(), 4);
}

#[test]
fn a_status_gives_states() {
    let flow = "apiVersion: api.practice.com/v1alpha1\nkind: JobFlow\nmetadata: {name: f}\nspec:\n  flows:\n  - {name: a, jobTemplateRef: t}\n  - {name: b, jobTemplateRef: t, dependencies: [a]}\nstatus:\n  observedGeneration: 1\n  flows: [{name: a, state: Failed}, {name: b, state: Skipped}]\n";
    let output = fed(&["graph", "--color", "never"], flow);
    expect![[r#"
        JobFlow f: 2 steps in 2 layers

        [✖ a]─→[⊘ b]
    "#]]
    .assert_eq(stdout(&output));
    assert!(stdout(&fed(&["graph", "--color", "always"], flow)).contains("\u{1b}[31m[✖ a]\u{1b}[0m"));
}

#[test]
fn several_objects_are_drawn_one_after_the_other_or_chosen() {
    let both = run(&["graph", CASES[0].1, CASES[3].1]);
    assert_eq!(stdout(&both).matches(" layers\n").count(), 2);
    let picture = run(&["graph", CASES[0].1, CASES[3].1, "-o", "svg"]);
    expect![[r#"
        error: there are 2 objects to draw, and this form holds one: choose with --name, such as --name jobflow-example
    "#]]
    .assert_eq(stderr(&picture));
    assert_eq!(picture.status.code(), Some(2));
    let one = run(&[
        "graph",
        CASES[0].1,
        CASES[3].1,
        "-o",
        "svg",
        "--name",
        "jobflow-example",
    ]);
    assert_eq!(one.status.code(), Some(0));
}

#[test]
fn what_is_denied_and_what_has_no_steps_is_not_drawn() {
    let denied = run(&["graph", "examples/broken"]);
    assert_eq!((stdout(&denied), denied.status.code()), ("", Some(1)));
    assert!(stderr(&denied).contains("JF203"));
    let nothing = run(&["graph", "tests/cli/world/templates"]);
    assert_eq!(
        stderr(&nothing),
        "error: there is nothing in what was read that has steps to draw\n"
    );
    assert_eq!(nothing.status.code(), Some(2));
}
