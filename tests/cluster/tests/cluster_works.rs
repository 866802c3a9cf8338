//! The cluster itself: Jobs run on KWOK nodes, and end as their annotations ask.

use std::time::Duration;

use serde_json::Value;
use test_cluster::{Cluster, Deadline};

fn job(name: &str, annotations: &str) -> String {
    format!(
        "apiVersion: batch/v1
kind: Job
metadata: {{name: {name}}}
spec:
  backoffLimit: 0
  template:
    metadata: {{annotations: {{{annotations}}}}}
    spec:
      restartPolicy: Never
      containers: [{{name: main, image: 'busybox:1.28', command: [sh, -c, 'exit 0']}}]
"
    )
}

/// The type of the condition that ended the Job, if one did.
fn end_of(job: &Value) -> Option<String> {
    let conditions = job.pointer("/status/conditions")?.as_array()?;
    let is_end = |condition: &&Value| {
        condition["status"] == "True" && (condition["type"] == "Complete" || condition["type"] == "Failed")
    };
    let ended = conditions.iter().find(is_end)?;
    Some(ended["type"].as_str()?.to_owned())
}

fn limit() -> Deadline {
    Deadline::after(Duration::from_secs(60))
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_plain_job_completes() {
    let cluster = Cluster::shared().unwrap();
    let namespace = cluster.namespace("plain").unwrap();
    namespace.apply(&job("plain", "")).unwrap();
    assert_eq!(namespace.wait_for("job", "plain", limit(), end_of).unwrap(), "Complete");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_pod_that_is_told_to_fail_fails_its_job_with_that_exit_code() {
    let cluster = Cluster::shared().unwrap();
    let namespace = cluster.namespace("fails").unwrap();
    namespace
        .apply(&job(
            "fails",
            "jobflow.test/exit-code: '3', jobflow.test/reason: OOMKilled",
        ))
        .unwrap();
    assert_eq!(namespace.wait_for("job", "fails", limit(), end_of).unwrap(), "Failed");
    let pods = namespace.kubectl().json(&["get", "pods"]).unwrap();
    let terminated = &pods["items"][0]["status"]["containerStatuses"][0]["state"]["terminated"];
    assert_eq!(
        (&terminated["exitCode"], &terminated["reason"]),
        (&Value::from(3), &Value::from("OOMKilled"))
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_pod_that_is_told_to_last_is_still_running_meanwhile_and_can_be_deleted() {
    let cluster = Cluster::shared().unwrap();
    let namespace = cluster.namespace("lasts").unwrap();
    namespace
        .apply(&job("lasts", "jobflow.test/duration-seconds: '600'"))
        .unwrap();
    let is_ready = |job: &Value| (job.pointer("/status/ready")? == 1).then_some(());
    namespace.wait_for("job", "lasts", limit(), is_ready).unwrap();
    namespace
        .kubectl()
        .run(&["delete", "job", "lasts", "--cascade=foreground", "--timeout=60s"])
        .unwrap()
        .success()
        .unwrap();
    let pods = namespace.kubectl().json(&["get", "pods"]).unwrap();
    assert_eq!(pods["items"], serde_json::json!([]));
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_pod_that_is_told_to_wait_never_starts() {
    let cluster = Cluster::shared().unwrap();
    let namespace = cluster.namespace("waits").unwrap();
    namespace
        .apply(&job("waits", "jobflow.test/waiting-reason: ImagePullBackOff"))
        .unwrap();
    let reason = |pods: &Value| {
        let waiting = pods.pointer("/items/0/status/containerStatuses/0/state/waiting/reason")?;
        waiting.as_str().map(str::to_owned)
    };
    let waits = test_cluster::until("the pod waits", limit(), || {
        let pods = namespace.kubectl().json(&["get", "pods"])?;
        reason(&pods).ok_or_else(|| anyhow::anyhow!("not yet: {pods}"))
    });
    assert_eq!(waits.unwrap(), "ImagePullBackOff");
}
