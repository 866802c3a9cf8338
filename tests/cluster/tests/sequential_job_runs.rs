//! SequentialJobs on a real Kubernetes: order, status, events and columns, and the stop at the first failure.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};
use test_cluster::{Cluster, Deadline, Namespace, Operator, OperatorOptions, until};

/// The operator of this test program.
static OPERATOR: OnceLock<Operator> = OnceLock::new();

/// A namespace of a test's own, with the operator at work.
fn arena(label: &str) -> Namespace {
    OPERATOR.get_or_init(|| {
        let options = OperatorOptions::from_environment().unwrap();
        Cluster::shared().unwrap().start_operator(&options).unwrap()
    });
    Cluster::shared().unwrap().namespace(label).unwrap()
}

fn limit() -> Deadline {
    Deadline::after(Duration::from_secs(60))
}

/// Applies a SequentialJob `s` whose pods run as these annotations ask.
fn apply(namespace: &Namespace, containers: &[&str], annotations: &Value) {
    apply_bounded(namespace, containers, annotations, json!({}));
}

/// The same, with these bounds.
fn apply_bounded(namespace: &Namespace, containers: &[&str], annotations: &Value, bounds: Value) {
    let container = |name: &&str| json!({"name": name, "image": "busybox:1.28", "args": [name]});
    let mut spec = bounds;
    spec["containers"] = containers.iter().map(container).collect();
    spec["template"] = json!({"metadata": {"annotations": annotations, "labels": {"team": "data"}}});
    let manifest = json!({
        "apiVersion": "batch.example.com/v1alpha1", "kind": "SequentialJob", "metadata": {"name": "s"}, "spec": spec,
    });
    namespace.apply(&manifest.to_string()).unwrap();
}

fn wait_for_phase(namespace: &Namespace, phase: &str) -> Value {
    let reached = |object: &Value| (object["status"]["phase"] == phase).then(|| object.clone());
    namespace.wait_for("sequentialjobs", "s", limit(), reached).unwrap()
}

fn jobs(namespace: &Namespace) -> Vec<Value> {
    let list = namespace.kubectl().json(&["get", "jobs"]).unwrap();
    list["items"].as_array().unwrap().clone()
}

fn condition(object: &Value, kind: &str) -> String {
    let conditions = object["status"]["conditions"].as_array().unwrap();
    let held = conditions.iter().find(|held| held["type"] == kind).unwrap();
    format!(
        "{} {}",
        held["status"].as_str().unwrap(),
        held["reason"].as_str().unwrap()
    )
}

/// Waits until an event tells this, and returns its reason.
fn wait_for_event(namespace: &Namespace, note: &str) -> String {
    until(&format!("an event that tells '{note}'"), limit(), || {
        let events = namespace.kubectl().json(&["get", "events.events.k8s.io"])?;
        let mut items = events["items"].as_array().into_iter().flatten();
        let event = items.find(|event| event["note"].as_str().is_some_and(|told| told.starts_with(note)));
        let reason = event.and_then(|event| event["reason"].as_str());
        reason
            .map(str::to_owned)
            .ok_or_else(|| anyhow::anyhow!("there is none"))
    })
    .unwrap()
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn containers_run_in_order_and_the_status_tells_it() {
    let namespace = arena("sequence");
    apply(
        &namespace,
        &["a", "b", "c"],
        &json!({"jobflow.test/duration-seconds": "1"}),
    );
    let object = wait_for_phase(&namespace, "Succeeded");
    let status = &object["status"];
    assert_eq!(
        status["progress"],
        json!({"currentIndex": 3, "completedIndices": [0, 1, 2]})
    );
    assert_eq!(status["state"], json!({"active": 0, "succeeded": 3, "failed": 0}));
    assert_eq!(status["observedGeneration"], object["metadata"]["generation"]);
    assert!(status["startTime"].is_string() && status["completionTime"].is_string());
    assert_eq!(condition(&object, "Available"), "True Completed");
    assert_eq!(condition(&object, "Progressing"), "False Completed");
    assert_eq!(condition(&object, "Failed"), "False Completed");

    let jobs = jobs(&namespace);
    let told = |job: &Value| {
        (
            job["status"]["startTime"].clone(),
            job["status"]["completionTime"].clone(),
        )
    };
    assert_eq!(jobs.len(), 3);
    for (index, pair) in jobs.windows(2).enumerate() {
        assert_eq!(pair[0]["metadata"]["name"], format!("s-{index}"));
        assert!(told(&pair[0]).1.as_str() <= told(&pair[1]).0.as_str(), "{pair:?}");
    }
    assert_eq!(jobs[1]["spec"]["backoffLimit"], 0);
    assert_eq!(jobs[1]["metadata"]["labels"]["team"], "data");
    assert_eq!(
        jobs[1]["spec"]["template"]["spec"]["containers"][0]["args"],
        json!(["b"])
    );
    assert_eq!(wait_for_event(&namespace, "Started job 0"), "JobStarted");
    assert_eq!(
        wait_for_event(&namespace, "Job 2 completed successfully"),
        "JobCompleted"
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn it_stops_at_the_first_failure() {
    let namespace = arena("failure");
    apply(&namespace, &["a", "b"], &json!({"jobflow.test/exit-code": "3"}));
    let object = wait_for_phase(&namespace, "Failed");
    let progress = &object["status"]["progress"];
    assert_eq!(
        (&progress["currentIndex"], &progress["failedIndex"]),
        (&json!(0), &json!(0))
    );
    assert!(
        progress["failureReason"]
            .as_str()
            .unwrap()
            .starts_with("BackoffLimitExceeded"),
        "{progress}"
    );
    assert!(object["status"]["completionTime"].is_string());
    assert_eq!(condition(&object, "Failed"), "True JobFailed");
    assert_eq!(condition(&object, "Stalled"), "True JobFailed");
    assert_eq!(jobs(&namespace).len(), 1);
    assert_eq!(
        wait_for_event(&namespace, "Job 0 failed: BackoffLimitExceeded"),
        "JobFailed"
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn it_is_suspended_from_the_start_and_runs_once_resumed() {
    let namespace = arena("suspended");
    apply_bounded(&namespace, &["a", "b"], &json!({}), json!({"suspend": true}));
    let object = wait_for_phase(&namespace, "Suspended");
    assert_eq!(condition(&object, "Suspended"), "True Suspended");
    assert_eq!(condition(&object, "Progressing"), "False Suspended");
    assert_eq!(
        (jobs(&namespace).len(), &object["status"]["startTime"]),
        (0, &Value::Null)
    );
    let resume = [
        "patch",
        "sequentialjob",
        "s",
        "--type=merge",
        "--patch",
        r#"{"spec":{"suspend":false}}"#,
    ];
    namespace.kubectl().run(&resume).unwrap().success().unwrap();
    wait_for_phase(&namespace, "Succeeded");
    assert_eq!(jobs(&namespace).len(), 2);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn it_is_stopped_when_its_time_is_up() {
    let namespace = arena("deadline");
    let runs_long = json!({"jobflow.test/duration-seconds": "600"});
    apply_bounded(&namespace, &["a", "b"], &runs_long, json!({"activeDeadlineSeconds": 3}));
    let object = wait_for_phase(&namespace, "Failed");
    let progress = &object["status"]["progress"];
    assert_eq!(
        (&progress["failedIndex"], &progress["failureReason"]),
        (&json!(0), &json!("DeadlineExceeded"))
    );
    assert_eq!(condition(&object, "Failed"), "True DeadlineExceeded");
    assert_eq!(jobs(&namespace).len(), 0);
    let told = wait_for_event(&namespace, "was active for longer than `activeDeadlineSeconds` allows");
    assert_eq!(told, "DeadlineExceeded");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn it_is_deleted_with_its_jobs_after_its_time() {
    let namespace = arena("ttl");
    apply_bounded(&namespace, &["a"], &json!({}), json!({"ttlSecondsAfterFinished": 3}));
    wait_for_phase(&namespace, "Succeeded");
    until("nothing is left", limit(), || {
        let left = namespace.kubectl().json(&["get", "sequentialjobs,jobs"])?;
        anyhow::ensure!(left["items"] == json!([]), "there is {}", left["items"]);
        Ok(())
    })
    .unwrap();
}
