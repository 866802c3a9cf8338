//! What users ask of a flow that is there.

use serde_json::Value;

use crate::arena::{apply, arena, bad, endless, good, jobflow, limit, wait_for_state};

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_flow_is_suspended_resumed_and_cancelled() {
    let namespace = arena("suspend");
    apply(&namespace, "n", &[endless("a", &[]), good("b", &["a"])]);
    wait_for_state(&namespace, "n", "Running");
    let told = |args: &[&str]| jobflow(&namespace, args).masked(&namespace);
    assert_eq!(
        told(&["suspend", "n", "--dry-run"]),
        "jobflow/n suspended (server dry run)\nexit 0\n"
    );
    assert_eq!(
        told(&["suspend", "n", "--dry-run=client"]),
        "jobflow/n suspended (dry run)\nexit 0\n"
    );
    assert_eq!(told(&["resume", "n"]), "jobflow/n is not suspended\nexit 0\n");
    assert_eq!(told(&["suspend", "n"]), "jobflow/n suspended\nexit 0\n");
    assert!(told(&["wait", "n", "--for=suspended", "--timeout", "60s"]).ends_with("exit 0\n"));
    assert_eq!(told(&["suspend", "n"]), "jobflow/n is suspended already\nexit 0\n");
    assert_eq!(told(&["resume", "n"]), "jobflow/n resumed\nexit 0\n");
    wait_for_state(&namespace, "n", "Running");
    assert_eq!(told(&["cancel", "n"]), "jobflow/n cancelled\nexit 0\n");
    wait_for_state(&namespace, "n", "Failed");
    assert_eq!(told(&["cancel", "n"]), "jobflow/n has ended already (Failed)\nexit 0\n");
    assert_eq!(
        told(&["suspend", "n"]),
        "error: jobflow/n has ended (Failed): there is nothing to be suspended\nexit 1\n"
    );
    // What was cancelled can be tried again: the deadline that ended it is taken back.
    assert_eq!(told(&["retry", "n"]), "jobflow/n is to try 2 flows again\nexit 0\n");
    wait_for_state(&namespace, "n", "Running");
    let flow = namespace.kubectl().json(&["get", "jobflow", "n"]).unwrap();
    assert_eq!(flow["spec"]["activeDeadlineSeconds"], Value::Null);
    assert_eq!(
        flow["metadata"]["annotations"]["api.practice.com/deadline-before-cancel"],
        Value::Null
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn what_failed_is_tried_again_once() {
    let namespace = arena("retry");
    apply(&namespace, "n", &[good("a", &[]), bad("b", &["a"])]);
    wait_for_state(&namespace, "n", "Failed");
    let uid = |job: &str| namespace.kubectl().json(&["get", "job", job]).unwrap()["metadata"]["uid"].clone();
    let (a, b) = (uid("n-a"), uid("n-b"));
    let told = |args: &[&str]| jobflow(&namespace, args).masked(&namespace);
    let retried = told(&["retry", "n", "--wait", "--timeout", "60s"]);
    assert!(
        retried.starts_with("jobflow/n is to try flow 'b' again\nerror: jobflow/n has failed: "),
        "{retried}"
    );
    assert!(retried.ends_with("exit 1\n"), "{retried}");
    assert_eq!(uid("n-a"), a, "what succeeded stays");
    assert_ne!(uid("n-b"), b, "what failed was made again");
    apply(&namespace, "fine", &[good("a", &[])]);
    wait_for_state(&namespace, "fine", "Succeed");
    assert_eq!(
        told(&["retry", "fine"]),
        "error: jobflow/fine is Succeed: nothing of it failed, so there is nothing to try again\nexit 1\n"
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_managed_job_is_cancelled_only_by_deleting_it() {
    let namespace = arena("cancel");
    let pod = r#"{"jobflow.test/duration-seconds": "600"}"#;
    let manifest = format!(
        "apiVersion: jobsmanager.raczylo.com/v1beta1
kind: ManagedJob
metadata: {{name: m}}
spec:
  params: {{annotations: {pod}}}
  groups: [{{name: g, jobs: [{{name: a, image: 'busybox:1.28'}}]}}]
"
    );
    namespace.apply(&manifest).unwrap();
    let runs = |object: &Value| (object["status"]["state"] == "running").then_some(());
    namespace.wait_for("managedjob", "m", limit(), runs).unwrap();
    let told = |args: &[&str]| jobflow(&namespace, args).masked(&namespace);
    assert_eq!(
        told(&["suspend", "m"]),
        "error: a ManagedJob cannot be suspended: `jobflow cancel managedjob/m --delete` stops it for good\nexit 1\n"
    );
    assert_eq!(
        told(&["retry", "m"]),
        "error: a ManagedJob cannot be tried again: create it again under another name, or after deleting managedjob/m\n\
         exit 1\n"
    );
    assert_eq!(
        told(&["cancel", "mj/m"]),
        "error: a ManagedJob cannot be stopped and kept: add --delete to delete managedjob/m with its Jobs and pods\n\
         exit 1\n"
    );
    assert_eq!(
        told(&["cancel", "m", "--delete", "--dry-run"]),
        "managedjob/m deleted with its Jobs and pods (server dry run)\nexit 0\n"
    );
    assert_eq!(
        told(&["cancel", "m", "--delete"]),
        "managedjob/m deleted with its Jobs and pods\nexit 0\n"
    );
    crate::arena::wait_until_nothing_is_left(&namespace);
}
