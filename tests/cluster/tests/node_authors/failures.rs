//! Why a step failed, as the status tells it.

use serde_json::Value;
use test_cluster::{Deadline, Namespace};

use crate::{LIMIT, ended, job_flow, namespace, script};

/// Runs a flow of one step that fails, and returns it.
fn failed(namespace: &Namespace, step: &str) -> Value {
    namespace.apply(&job_flow("", &[("work", "", step)])).unwrap();
    let flow = ended(namespace, "jobflow", "demo");
    assert_eq!(flow["status"]["state"], "Failed", "{flow}");
    flow
}

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn a_failing_container_is_not_restarted_and_its_flow_fails() {
    let namespace = namespace("exit");
    let step = script("exit 7").replace("{containers:", "{restartPolicy: OnFailure, containers:");
    let flow = failed(&namespace, &step);
    assert_eq!(
        flow["status"]["message"],
        "flow 'work' failed: BackoffLimitExceeded: Error: container 'main' ended with exit code 7"
    );
    let restarts = "jsonpath={range .items[*]}{.spec.restartPolicy} {.status.containerStatuses[0].restartCount} \
                    {.status.containerStatuses[0].state.terminated.exitCode}{end}";
    let pods = namespace
        .kubectl()
        .run(&["get", "pods", "-o", restarts])
        .unwrap()
        .success()
        .unwrap();
    assert_eq!(pods, "Never 0 7", "one pod, one container, one end");
}

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn a_container_that_takes_too_much_memory_is_killed_and_its_flow_fails() {
    let namespace = namespace("memory");
    let step = script("tail /dev/zero").replace("command:", "resources: {limits: {memory: 16Mi}}, command:");
    let flow = failed(&namespace, &step);
    assert_eq!(
        flow["status"]["message"],
        "flow 'work' failed: BackoffLimitExceeded: OOMKilled: container 'main' ended with exit code 137"
    );
}

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn a_flow_whose_image_cannot_be_pulled_says_so_until_its_deadline() {
    let namespace = namespace("image");
    let step = script("true").replace("busybox:1.28", "jobflow.test/missing:1");
    namespace
        .apply(&job_flow("  activeDeadlineSeconds: 15\n", &[("work", "", &step)]))
        .unwrap();
    let told = |flow: &Value| {
        let message = flow["status"]["message"].as_str()?;
        let reasons = ["ErrImagePull", "ImagePullBackOff"];
        let begins =
            |reason: &&str| message.starts_with(&format!("flow 'work': {reason}: container 'main' cannot start"));
        (flow["status"]["state"] == "Running" && reasons.iter().any(begins)).then_some(())
    };
    namespace
        .wait_for("jobflow", "demo", Deadline::after(LIMIT), told)
        .unwrap();
    let flow = ended(&namespace, "jobflow", "demo");
    assert_eq!(flow["status"]["state"], "Failed", "{flow}");
}
