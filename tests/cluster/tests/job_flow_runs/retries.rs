//! Retries of what failed, also by an operator that is killed meanwhile.

use serde_json::{Value, json};
use test_cluster::Namespace;

use crate::arena::{
    arena, arena_alone, get, jobs, limit, object, start_operator, states, step, template, time, wait_for_event,
    wait_for_row, wait_for_state,
};

/// A JobTemplate whose Jobs end with this exit code. A step that refers to it can fail at first and succeed when it is
/// tried again, for the template is read when the Job is made.
fn apply_template(namespace: &Namespace, exit_code: &str) {
    let annotations = json!({"jobflow.test/exit-code": exit_code, "jobflow.test/duration-seconds": "1"});
    let spec = json!({"jobTemplate": template(&annotations)});
    namespace.apply(&object("JobTemplate", "fickle", &spec)).unwrap();
}

/// `a`, then `b` by the template, then `c`.
fn apply_chain(namespace: &Namespace) {
    let b = json!({"name": "b", "dependencies": ["a"], "jobTemplateRef": "fickle"});
    let steps = [step("a", &[], 1), b, step("c", &["b"], 1)];
    let flow = object("JobFlow", "f", &json!({"flows": steps}));
    namespace.apply(&flow).unwrap();
}

fn retry(namespace: &Namespace, value: &str) {
    let annotation = format!("api.practice.com/retry={value}");
    let arguments = ["annotate", "jobflow", "f", "--overwrite", &annotation];
    namespace.kubectl().run(&arguments).unwrap().success().unwrap();
}

fn uid(namespace: &Namespace, job: &str) -> Value {
    get(namespace, "job", job)["metadata"]["uid"].clone()
}

fn handled(flow: &Value) -> &Value {
    &flow["status"]["lastHandledRetry"]
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_retry_runs_what_failed_again_and_keeps_what_succeeded() {
    let (namespace, _running) = arena("retry");
    apply_template(&namespace, "3");
    apply_chain(&namespace);
    let failed = wait_for_state(&namespace, "f", "Failed");
    assert_eq!(states(&failed), ["a Succeeded", "b Failed", "c Skipped"]);
    let (first_a, first_b) = (uid(&namespace, "f-a"), uid(&namespace, "f-b"));

    apply_template(&namespace, "0");
    retry(&namespace, "1");
    let flow = wait_for_state(&namespace, "f", "Succeed");
    assert_eq!(states(&flow), ["a Succeeded", "b Succeeded", "c Succeeded"]);
    assert_eq!(handled(&flow), "1");
    assert_eq!(uid(&namespace, "f-a"), first_a);
    assert_ne!(uid(&namespace, "f-b"), first_b);
    assert!(time(&flow["status"]["startTime"]) > time(&failed["status"]["startTime"]));
    wait_for_event(&namespace, "Retried");

    // The same value again, and a new one where nothing failed, do nothing.
    let made = uid(&namespace, "f-b");
    retry(&namespace, "2");
    let is_handled = |flow: &Value| (handled(flow) == "2").then(|| flow.clone());
    let flow = namespace.wait_for("jobflow", "f", limit(), is_handled).unwrap();
    assert_eq!(flow["status"]["state"], "Succeed");
    assert_eq!(uid(&namespace, "f-b"), made);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_retry_is_carried_through_by_the_operator_that_follows_a_killed_one() {
    let (namespace, mut running) = arena_alone("retrykill");
    apply_template(&namespace, "3");
    apply_chain(&namespace);
    wait_for_state(&namespace, "f", "Failed");
    let (first_a, first_b) = (uid(&namespace, "f-a"), uid(&namespace, "f-b"));
    // Its old Job cannot go yet, so that the retry stays half done.
    let hold = r#"{"metadata":{"finalizers":["jobflow.test/hold"]}}"#;
    let patch = |patch: &str| {
        let arguments = ["patch", "job", "f-b", "--type=merge", "--patch", patch];
        namespace.kubectl().run(&arguments).unwrap().success().unwrap();
    };
    patch(hold);
    apply_template(&namespace, "0");
    retry(&namespace, "1");
    let row = wait_for_row(&namespace, "b", |row| row["state"] == "Waiting");
    assert_eq!(row["supersededUid"], first_b);
    running.take().unwrap().kill();

    *running = Some(start_operator());
    let is_deleted = |job: &Value| job["metadata"]["deletionTimestamp"].is_string().then_some(());
    namespace.wait_for("job", "f-b", limit(), is_deleted).unwrap();
    let waits = wait_for_row(&namespace, "b", |row| row["reason"] == "JobTerminating");
    assert_eq!(waits["state"], "Waiting");
    running.take().unwrap().kill();
    patch(r#"{"metadata":{"finalizers":null}}"#);
    *running = Some(start_operator());

    let flow = wait_for_state(&namespace, "f", "Succeed");
    assert_eq!(states(&flow), ["a Succeeded", "b Succeeded", "c Succeeded"]);
    assert_eq!(uid(&namespace, "f-a"), first_a);
    assert_ne!(uid(&namespace, "f-b"), first_b);
    assert_eq!(jobs(&namespace), ["f-a", "f-b", "f-c"]);
    let pods = namespace.kubectl().json(&["get", "pods"]).unwrap();
    assert_eq!(
        pods["items"].as_array().unwrap().len(),
        3,
        "each ran once since: {pods}"
    );
}
