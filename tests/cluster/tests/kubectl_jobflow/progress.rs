//! A flow from its creation to its end, as each command shows it.

use std::io::{BufRead as _, BufReader};

use expect_test::expect;
use serde_json::{Value, json};

use crate::arena::{
    Told, apply, arena, bad, ended, endless, fed, flow, good, job_flow, jobflow, on_terminal, start, wait_for_event,
    wait_for_state,
};

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn every_command_tells_of_a_failure() {
    let namespace = arena("failure");
    let manifest = job_flow(
        &json!({"name": "nightly"}),
        &[bad("train", &["fetch"]), good("fetch", &[]), good("report", &["train"])],
    );
    let created = fed(
        &namespace,
        &["create", "-f", "-", "--wait", "--timeout", "60s"],
        &manifest,
    );
    expect![[r#"
        jobflow/nightly created
        error: jobflow/nightly has failed: flow 'train' failed: BackoffLimitExceeded: Error: container 'main' ended with exit code 3
        exit 1
    "#]].assert_eq(&created.masked(&namespace));
    let told = |args: &[&str]| jobflow(&namespace, args).masked(&namespace);
    expect![[r#"
        NAME   STATUS   PROGRESS   DURATION   AGE   FAILED   MESSAGE
        nightly   Failed   1/3   <span>   <span>   train   flow 'train' failed: BackoffLimitExceeded: Error: container 'main' ended with exit code 3
        exit 0
    "#]].assert_eq(&told(&["get", "jf", "-o", "wide"]));
    expect![[r#"
        jobflow/nightly Failed 1/3 after <span>
        flow 'train' failed: BackoffLimitExceeded: Error: container 'main' ended with exit code 3

        STEP   STATUS   DURATION   POD   EXIT   MESSAGE
        ├── ✔ fetch   Succeeded   <span>   <pod of nightly-fetch>   0
        ├── ✖ train   Failed   <span>   <pod of nightly-train>   3   BackoffLimitExceeded: Error: container 'main' ended with exit code 3
        └── ⊘ report   Skipped   DependencyFailed: train
        exit 0
    "#]].assert_eq(&told(&["get", "nightly"]));
    expect![[r#"
        nightly
        ├── fetch (Succeeded)
        ├── train (Failed)
        │   └── Depends on: nightly-fetch
        └── report (Skipped)
            └── Depends on: nightly-train
        exit 0
    "#]]
    .assert_eq(&told(&["tree", "nightly"]));
    assert_drawn(&told);
    expect![[r#"
        error: jobflow/nightly has failed: flow 'train' failed: BackoffLimitExceeded: Error: container 'main' ended with exit code 3
        exit 1
    "#]].assert_eq(&told(&["wait", "nightly"]));
    expect![[r#"
        ✔ fetch Succeeded after <span>
        ✖ train Failed after <span>: BackoffLimitExceeded: Error: container 'main' ended with exit code 3
        ⊘ report Skipped: DependencyFailed: train
        jobflow/nightly Failed 1/3 after <span>: flow 'train' failed: BackoffLimitExceeded: Error: container 'main' ended with exit code 3
        exit 1
    "#]].assert_eq(&told(&["watch", "nightly"]));
}

/// What `graph` draws of the flow that has failed.
fn assert_drawn(told: &impl Fn(&[&str]) -> String) {
    expect![[r#"
        ---
        title: "JobFlow nightly"
        ---
        flowchart LR
          n0["✖ train"]
          n1["✔ fetch"]
          n2["⊘ report"]
          n1 --> n0
          n0 --> n2
          classDef succeeded fill:#c9f0d1,stroke:#1a7f37,color:#1f2328
          class n1 succeeded
          classDef failed fill:#ffd3cf,stroke:#cf222e,color:#1f2328
          class n0 failed
          classDef skipped fill:#fbe6b2,stroke:#9a6700,color:#1f2328
          class n2 skipped
        exit 0
    "#]]
    .assert_eq(&told(&["graph", "nightly", "-o", "mermaid"]));
    expect![[r#"
        JobFlow nightly: 3 steps in 3 layers

        [✔ fetch]─→[✖ train]─→[⊘ report]
        exit 0
    "#]]
    .assert_eq(&told(&["graph", "nightly", "--width", "80"]));
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn the_description_tells_why_and_what_comes_next() {
    let namespace = arena("description");
    let flows = [bad("train", &["fetch"]), good("fetch", &[]), good("report", &["train"])];
    apply(&namespace, "nightly", &flows);
    wait_for_state(&namespace, "nightly", "Failed");
    // Events are published after the status that they tell of.
    wait_for_event(&namespace, "Failed");
    let told = |args: &[&str]| jobflow(&namespace, args).masked(&namespace);
    expect![[r#"
        Name:   nightly
        Namespace:   <namespace>
        Kind:   JobFlow
        Status:   Failed
        Message:   flow 'train' failed: BackoffLimitExceeded: Error: container 'main' ended with exit code 3
        Progress:   1/3
        Started:   <time>
        Ended:   <time>
        Duration:   <span>

        Conditions:
          TYPE   STATUS   REASON   AGE   MESSAGE
          Failed   True   JobFailed   <span>   flow 'train' failed: BackoffLimitExceeded: Error: container 'main' ended with exit code 3
          Stalled   True   JobFailed   <span>   flow 'train' failed: BackoffLimitExceeded: Error: container 'main' ended with exit code 3

        Not done:
          STEP   STATUS   DURATION   WHY
          ✖ train   Failed   <span>   BackoffLimitExceeded: Error: container 'main' ended with exit code 3
          ⊘ report   Skipped   DependencyFailed: train

        Next try:
          none by itself: `jobflow retry jobflow/nightly` tries again what failed

        Events:
          TYPE   REASON   AGE   MESSAGE
          Normal   JobCreated   <span>   creates job 'nightly-fetch'
          Normal   JobCompleted   <span>   succeeded: flow 'fetch'
          Normal   JobCreated   <span>   creates job 'nightly-train'
          Normal   Skipped   <span>   skipped flow 'report'
          Warning   Failed   <span>   flow 'train' failed: BackoffLimitExceeded: Error: container 'main' ended with exit code 3
          Warning   JobFailed   <span>   flow 'train' failed: BackoffLimitExceeded: Error: container 'main' ended with exit code 3
        exit 0
    "#]].assert_eq(&told(&["describe", "nightly"]));
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_pipe_gets_a_line_for_each_transition_until_the_end() {
    let namespace = arena("watch");
    let manifest = job_flow(&json!({"name": "n"}), &[good("a", &[]), good("b", &["a"])]);
    let mut manifest: Value = serde_json::from_str(&manifest).unwrap();
    manifest["spec"]["suspend"] = json!(true);
    namespace.apply(&manifest.to_string()).unwrap();
    wait_for_state(&namespace, "n", "Suspended");
    let mut child = start(&namespace, &["watch", "jobflow/n"]);
    // Once the first line is there, nothing that comes is missed.
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "jobflow/n Suspended 0/2");
    assert_eq!(jobflow(&namespace, &["resume", "n"]).status, 0);
    let stdout: String = lines.map(|line| line.unwrap() + "\n").collect();
    let watched = Told { stdout, ..ended(child) };
    expect![[r#"
        ● a Active
        jobflow/n Running 0/2 for <span>
        ✔ a Succeeded after <span>
        ● b Active
        jobflow/n Running 1/2 for <span>
        ✔ b Succeeded after <span>
        jobflow/n Succeed 2/2 after <span>: 2 of 2 flows succeeded
        exit 0
    "#]]
    .assert_eq(&watched.masked(&namespace));
    assert_eq!(
        jobflow(&namespace, &["wait", "n"]).masked(&namespace),
        "jobflow/n Succeed 2/2 after <span>\nexit 0\n"
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn waiting_ends_with_the_time_the_goal_or_the_object() {
    let namespace = arena("wait");
    apply(&namespace, "n", &[endless("a", &[]), good("b", &["a"])]);
    wait_for_state(&namespace, "n", "Running");
    let told = |args: &[&str]| jobflow(&namespace, args).masked(&namespace);
    assert_eq!(
        told(&["wait", "n", "--timeout", "1s"]),
        "error: jobflow/n is still Running after <span>\nexit 124\n"
    );
    assert_eq!(
        told(&["wait", "n", "--for=running"]),
        "jobflow/n Running 0/2 for <span>\nexit 0\n"
    );
    assert_eq!(
        told(&["wait", "n", "--for=condition=Reconciling"]),
        "jobflow/n Running 0/2 for <span>\nexit 0\n"
    );
    expect![[r#"
        Name:   n
        Namespace:   <namespace>
        Kind:   JobFlow
        Status:   Running
        Message:   running flow 'a'
        Progress:   0/2
        Started:   <time>
        Ended:   <none>
        Duration:   <span>

        Conditions:
          TYPE   STATUS   REASON   AGE   MESSAGE
          Reconciling   True   Progressing   <span>   running flow 'a'

        Not done:
          STEP   STATUS   DURATION   WHY
          ● a   Active   <span>
          ○ b   Waiting   waits for 'a'

        Events:
          TYPE   REASON   AGE   MESSAGE
          Normal   JobCreated   <span>   creates job 'n-a'
        exit 0
    "#]]
    .assert_eq(&told(&["status", "n"]));
    let deleted = std::thread::scope(|scope| {
        let waits = scope.spawn(|| told(&["wait", "n", "--for=delete", "--timeout", "60s"]));
        let ends = scope.spawn(|| told(&["wait", "n", "--timeout", "60s"]));
        std::thread::sleep(std::time::Duration::from_millis(500));
        namespace
            .kubectl()
            .run(&["delete", "jobflow", "n", "--wait=false"])
            .unwrap()
            .success()
            .unwrap();
        (waits.join().unwrap(), ends.join().unwrap())
    });
    assert_eq!(deleted.0, "jobflow/n deleted\nexit 0\n");
    assert_eq!(deleted.1, "error: jobflow/n was deleted before it ended\nexit 1\n");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_terminal_gets_a_table_that_is_drawn_over() {
    let namespace = arena("terminal");
    let long = flow("a", &[], &json!({"jobflow.test/duration-seconds": "4"}));
    apply(&namespace, "n", &[long, bad("b", &["a"])]);
    let watched = on_terminal(&namespace, &["watch", "n"]);
    assert_eq!(watched.status, 1, "{watched:?}");
    // Each drawing but the first begins with going up over the one before it and clearing it.
    let drawings: Vec<&str> = watched.stdout.split("\u{1b}[").collect();
    assert!(drawings.len() > 2, "{watched:?}");
    let last = watched.stdout.rsplit("\u{1b}[J").next().unwrap().replace('\r', "");
    let last = Told {
        stdout: last,
        ..watched
    };
    expect![[r#"
        jobflow/n Failed 1/2 after <span>
        flow 'b' failed: BackoffLimitExceeded: Error: container 'main' ended with exit code 3

        STEP   STATUS   DURATION   POD   EXIT   MESSAGE
        ├── ✔ a   Succeeded   <span>   <pod of n-a>   0
        └── ✖ b   Failed   <span>   <pod of n-b>   3   BackoffLimitExceeded: Error: container 'main' ended with exit code 3
        exit 1
    "#]].assert_eq(&last.masked(&namespace));
}
