//! What bounds a whole JobFlow: suspension, parallelism, deadline, time to live.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::arena::{
    arena, bounded, condition, get, jobs, patch_spec, states, step, text, time, wait_for_event, wait_for_row,
    wait_for_state, wait_until_gone, when,
};

fn suspended(job: &Value) -> bool {
    job["spec"]["suspend"] == json!(true)
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_running_job_is_suspended_and_resumed_with_its_flow() {
    let (namespace, _running) = arena("suspend");
    let mut foreign = step("foreign", &[], 2);
    foreign["jobTemplate"]["suspend"] = json!(true);
    let steps = [step("a", &[], 6), step("b", &["a"], 1), foreign];
    namespace.apply(&bounded(&steps, &json!({}))).unwrap();
    wait_for_row(&namespace, "a", |row| row["start"].is_string());
    wait_for_row(&namespace, "foreign", |row| row["start"].is_string());
    let first_start = time(&get(&namespace, "jobflow", "f")["status"]["startTime"]);

    patch_spec(&namespace, &json!({"suspend": true}));
    let flow = wait_for_state(&namespace, "f", "Suspended");
    assert_eq!(condition(&flow, "Suspended").unwrap()["reason"], "Suspended");
    assert!(condition(&flow, "Reconciling").is_some(), "{}", flow["status"]);
    // The Job controller has taken the pod away.
    let without_pods =
        |job: &Value| (suspended(job) && job["status"]["active"].as_i64().unwrap_or(0) == 0).then_some(());
    namespace
        .wait_for("job", "f-a", crate::arena::limit(), without_pods)
        .unwrap();
    wait_for_event(&namespace, "Suspended");
    assert_eq!(jobs(&namespace), ["f-a", "f-foreign"]);

    patch_spec(&namespace, &json!({"suspend": false}));
    wait_for_row(&namespace, "b", |row| row["state"] == "Succeeded");
    let foreign = get(&namespace, "job", "f-foreign");
    assert!(suspended(&foreign), "its template suspends it: {foreign}");
    let flow = get(&namespace, "jobflow", "f");
    assert!(
        time(&flow["status"]["startTime"]) > first_start,
        "the clock restarts with the resumption"
    );
    assert_eq!(
        (&flow["status"]["state"], condition(&flow, "Suspended")),
        (&json!("Running"), None)
    );

    let resume = [
        "patch",
        "job",
        "f-foreign",
        "--type=merge",
        "--patch",
        r#"{"spec":{"suspend":false}}"#,
    ];
    namespace.kubectl().run(&resume).unwrap().success().unwrap();
    wait_for_state(&namespace, "f", "Succeed");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn no_more_jobs_run_at_once_than_parallelism_allows() {
    let (namespace, _running) = arena("parallel");
    let names = ["a", "b", "c", "d", "e", "f"];
    let steps = names.map(|name| step(name, &[], 1));
    namespace.apply(&bounded(&steps, &json!({"parallelism": 2}))).unwrap();
    let flow = wait_for_state(&namespace, "f", "Succeed");

    // Jobs that the API server made before another ended ran at the same time as it: times on the wire are whole
    // seconds, and one of them may be the end of the one and the start of the other.
    let rows = flow["status"]["flows"].as_array().unwrap();
    for row in rows {
        let start = time(&row["start"]);
        let at_once = rows
            .iter()
            .filter(|other| time(&other["start"]) <= start && time(&other["end"]) > start);
        assert!(at_once.count() <= 2, "{rows:?}");
    }
    let mut starts: Vec<(String, &str)> = rows
        .iter()
        .map(|row| (time(&row["start"]), text(&row["name"])))
        .collect();
    starts.sort();
    let order: Vec<&str> = starts.into_iter().map(|(_, name)| name).collect();
    assert_eq!(order, names, "places are given in the order of the manifest");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_flow_that_runs_for_too_long_is_stopped() {
    let (namespace, _running) = arena("deadline");
    let steps = [
        step("quick", &[], 1),
        step("long", &[], 600),
        step("after", &["long"], 1),
        when(step("finally", &["long"], 1), "Always"),
    ];
    namespace
        .apply(&bounded(&steps, &json!({"activeDeadlineSeconds": 5})))
        .unwrap();
    let flow = wait_for_state(&namespace, "f", "Failed");
    assert_eq!(
        states(&flow),
        ["quick Succeeded", "long Failed", "after Skipped", "finally Skipped"]
    );
    let rows = flow["status"]["flows"].as_array().unwrap();
    assert!(
        rows[1..].iter().all(|row| row["reason"] == "DeadlineExceeded"),
        "{rows:?}"
    );
    assert_eq!(condition(&flow, "Failed").unwrap()["reason"], "DeadlineExceeded");
    assert_eq!(jobs(&namespace), ["f-quick"]);
    wait_for_event(&namespace, "JobStopped");
    wait_for_event(&namespace, "DeadlineExceeded");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_flow_that_has_ended_is_deleted_after_its_time_with_its_jobs() {
    let (namespace, _running) = arena("ttl");
    namespace
        .apply(&bounded(&[step("a", &[], 1)], &json!({"ttlSecondsAfterFinished": 4})))
        .unwrap();
    wait_for_state(&namespace, "f", "Succeed");
    let ended = Instant::now();
    wait_until_gone(&namespace, "jobflow", "f");
    wait_until_gone(&namespace, "job", "f-a");
    // The end is told in whole seconds, and seen a moment later.
    assert!(
        ended.elapsed() > Duration::from_secs(2),
        "it was gone after {:?}",
        ended.elapsed()
    );
}
