//! What a failure means for the other flows: the three policies, and the flows that are there for failures.

use serde_json::{Value, json};

use crate::arena::{
    arena, bounded, condition, failing_step, get, job_flow, jobs, row, states, step, template, text, time,
    wait_for_event, wait_for_row, wait_for_state, when,
};

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn under_continue_branches_go_on_and_handlers_run() {
    let (namespace, _running) = arena("continue");
    let steps = [
        failing_step("a", &[], 1),
        step("b", &["a"], 1),
        step("other", &[], 3),
        step("after-other", &["other"], 1),
        when(step("handler", &["b"], 1), "OnFailure"),
        when(step("needless", &["other"], 1), "OnFailure"),
        when(step("finally", &["b", "after-other"], 1), "Always"),
    ];
    namespace
        .apply(&bounded(&steps, &json!({"failurePolicy": "Continue"})))
        .unwrap();
    let flow = wait_for_state(&namespace, "f", "Failed");
    assert_eq!(
        states(&flow),
        [
            "a Failed",
            "b Skipped",
            "other Succeeded",
            "after-other Succeeded",
            "handler Succeeded",
            "needless Skipped",
            "finally Succeeded"
        ]
    );
    assert_eq!(row(&flow, "needless")["reason"], "NothingFailed");
    assert!(time(&row(&flow, "finally")["start"]) >= time(&row(&flow, "after-other")["end"]));
    // The handler waits for what it depends on only.
    assert!(time(&row(&flow, "handler")["start"]) <= time(&row(&flow, "other")["end"]));
    assert_eq!(condition(&flow, "Failed").unwrap()["reason"], "JobFailed");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn under_fail_fast_nothing_new_starts_but_handlers_at_the_end() {
    let (namespace, _running) = arena("failfast");
    let steps = [
        failing_step("a", &[], 1),
        step("b", &[], 5),
        step("c", &["b"], 1),
        when(step("handler", &["a"], 1), "OnFailure"),
    ];
    namespace
        .apply(&bounded(&steps, &json!({"failurePolicy": "FailFast"})))
        .unwrap();
    let flow = wait_for_state(&namespace, "f", "Failed");
    assert_eq!(
        states(&flow),
        ["a Failed", "b Succeeded", "c Skipped", "handler Succeeded"]
    );
    assert_eq!(row(&flow, "c")["reason"], "FailurePolicy: a");
    assert!(time(&row(&flow, "handler")["start"]) >= time(&row(&flow, "b")["end"]));
    let message = text(&flow["status"]["message"]);
    assert!(
        message.starts_with("flow 'a' failed: BackoffLimitExceeded"),
        "{message}"
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn under_terminate_running_jobs_are_stopped_too() {
    let (namespace, _running) = arena("terminate");
    let steps = [
        failing_step("a", &[], 2),
        step("b", &[], 600),
        step("c", &["b"], 1),
        when(step("finally", &["b"], 1), "Always"),
    ];
    namespace
        .apply(&bounded(&steps, &json!({"failurePolicy": "Terminate"})))
        .unwrap();
    let flow = wait_for_state(&namespace, "f", "Failed");
    assert_eq!(
        states(&flow),
        ["a Failed", "b Failed", "c Skipped", "finally Succeeded"]
    );
    assert_eq!(row(&flow, "b")["reason"], "FailurePolicy: a");
    assert!(time(&row(&flow, "finally")["start"]) >= time(&row(&flow, "b")["end"]));
    assert_eq!(jobs(&namespace), ["f-a", "f-finally"]);
    wait_for_event(&namespace, "JobStopped");
}

/// A step whose pod is told by these annotations what befalls it.
fn befallen(annotations: &Value) -> Value {
    json!({"name": "a", "jobTemplate": template(annotations)})
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn the_status_tells_which_container_ended_how() {
    let (namespace, _running) = arena("exit-code");
    let step = befallen(&json!({"jobflow.test/exit-code": "137", "jobflow.test/reason": "OOMKilled"}));
    namespace.apply(&job_flow(&[step])).unwrap();
    let flow = wait_for_state(&namespace, "f", "Failed");
    let why = "BackoffLimitExceeded: OOMKilled: container 'main' ended with exit code 137";
    assert_eq!(row(&flow, "a")["reason"], why);
    assert_eq!(flow["status"]["message"], format!("flow 'a' failed: {why}"));
    assert_eq!(
        condition(&flow, "Failed").unwrap()["message"],
        flow["status"]["message"]
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn the_status_tells_what_a_pod_waits_for_and_forgets_it_when_it_passes() {
    let (namespace, _running) = arena("image-pull");
    let mut step = befallen(&json!({"jobflow.test/waiting-reason": "ImagePullBackOff"}));
    step["jobTemplate"]["backoffLimit"] = json!(3);
    namespace.apply(&job_flow(&[step])).unwrap();
    let told = wait_for_row(&namespace, "a", |row| row["reason"].is_string());
    let reason = text(&told["reason"]);
    assert!(
        reason.starts_with("ImagePullBackOff: container 'main' cannot start"),
        "{reason}"
    );
    assert_eq!(told["state"], "Active");
    let flow = get(&namespace, "jobflow", "f");
    assert_eq!(flow["status"]["message"], format!("flow 'a': {reason}"));
    assert_eq!(condition(&flow, "Reconciling").unwrap()["status"], "True");

    // The Job makes another pod after ten seconds, and meanwhile nothing is the matter.
    namespace
        .kubectl()
        .run(&["delete", "pods", "--all", "--wait=false"])
        .unwrap()
        .success()
        .unwrap();
    wait_for_row(&namespace, "a", |row| row["reason"].is_null());
}
