//! What a failure means for the other flows: the three policies, and the flows that are there for failures.

use serde_json::json;

use crate::arena::{
    arena, bounded, condition, failing_step, jobs, row, states, step, text, time, wait_for_event, wait_for_state, when,
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
