//! JobFlows on a real Kubernetes: what runs, in which order, what the status says, and what survives.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

use std::path::Path;
use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use serde_json::{Value, json};
use test_cluster::{Cluster, Deadline, Namespace, Operator, OperatorOptions, until};

/// The operator of this test program. Who kills it takes the lock for writing, and so waits for all other tests.
static OPERATOR: OnceLock<RwLock<Option<Operator>>> = OnceLock::new();

fn operator() -> &'static RwLock<Option<Operator>> {
    OPERATOR.get_or_init(|| RwLock::new(Some(start_operator())))
}

fn start_operator() -> Operator {
    let options = OperatorOptions::from_environment().unwrap();
    Cluster::shared().unwrap().start_operator(&options).unwrap()
}

/// A namespace of a test's own, and the promise that the operator runs as long as the test does.
fn arena(label: &str) -> (Namespace, RwLockReadGuard<'static, Option<Operator>>) {
    let guard = operator().read().unwrap_or_else(PoisonError::into_inner);
    (Cluster::shared().unwrap().namespace(label).unwrap(), guard)
}

fn limit() -> Deadline {
    Deadline::after(Duration::from_secs(60))
}

/// A Job template whose pod runs as its annotations ask.
fn template(annotations: &Value) -> Value {
    let pod = json!({"containers": [{"name": "main", "image": "busybox:1.28"}]});
    json!({"template": {"metadata": {"annotations": annotations}, "spec": pod}})
}

/// A step whose pod runs for this long.
fn step(name: &str, dependencies: &[&str], duration_seconds: u32) -> Value {
    let annotations = json!({"jobflow.test/duration-seconds": duration_seconds.to_string()});
    json!({"name": name, "dependencies": dependencies, "jobTemplate": template(&annotations)})
}

fn object(kind: &str, name: &str, spec: &Value) -> String {
    json!({"apiVersion": "api.practice.com/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec})
        .to_string()
}

fn job_flow(steps: &[Value]) -> String {
    object("JobFlow", "f", &json!({"flows": steps}))
}

fn wait_for_state(namespace: &Namespace, name: &str, state: &str) -> Value {
    let reached = |flow: &Value| (flow["status"]["state"] == state).then(|| flow.clone());
    namespace.wait_for("jobflows", name, limit(), reached).unwrap()
}

/// Waits until the row of a step is in a state, and returns the row.
fn wait_for_row(namespace: &Namespace, step: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let found = |flow: &Value| Some(row(flow, step)).filter(|row| wanted(row));
    namespace.wait_for("jobflows", "f", limit(), found).unwrap()
}

fn row(flow: &Value, step: &str) -> Value {
    let rows = flow["status"]["flows"].as_array().cloned().unwrap_or_default();
    rows.into_iter().find(|row| row["name"] == step).unwrap_or_default()
}

fn states(flow: &Value) -> Vec<String> {
    let rows = flow["status"]["flows"].as_array().cloned().unwrap_or_default();
    rows.iter()
        .map(|row| format!("{} {}", text(&row["name"]), text(&row["state"])))
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn condition(flow: &Value, kind: &str) -> Option<Value> {
    let conditions = flow["status"]["conditions"].as_array()?;
    conditions
        .iter()
        .find(|condition| condition["type"] == kind && condition["status"] == "True")
        .cloned()
}

fn get(namespace: &Namespace, kind: &str, name: &str) -> Value {
    namespace.kubectl().json(&["get", kind, name]).unwrap()
}

fn jobs(namespace: &Namespace) -> Vec<String> {
    let list = namespace.kubectl().json(&["get", "jobs"]).unwrap();
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| text(&job["metadata"]["name"]).to_owned())
        .collect()
}

fn delete(namespace: &Namespace, kind: &str, name: &str) {
    let arguments = ["delete", kind, name, "--cascade=foreground", "--timeout=60s"];
    namespace.kubectl().run(&arguments).unwrap().success().unwrap();
}

fn wait_for_event(namespace: &Namespace, reason: &str) -> Value {
    until(&format!("an event '{reason}'"), limit(), || {
        let selector = format!("--field-selector=reason={reason}");
        let events = namespace.kubectl().json(&["get", "events.events.k8s.io", &selector])?;
        events
            .pointer("/items/0")
            .cloned()
            .ok_or_else(|| anyhow::anyhow!("there is none"))
    })
    .unwrap()
}

fn has_event(namespace: &Namespace, reason: &str) -> bool {
    let selector = format!("--field-selector=reason={reason}");
    let events = namespace
        .kubectl()
        .json(&["get", "events.events.k8s.io", &selector])
        .unwrap();
    events["items"] != json!([])
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn the_example_of_five_jobs_runs_in_order_to_its_end() {
    let (namespace, _running) = arena("five");
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/jobflow/five-jobs.yaml");
    namespace.apply(&std::fs::read_to_string(example).unwrap()).unwrap();
    let flow = wait_for_state(&namespace, "jobflow-example", "Succeed");

    assert_eq!(flow["status"]["progress"], "5/5");
    assert_eq!(flow["status"]["observedGeneration"], flow["metadata"]["generation"]);
    assert!(condition(&flow, "Complete").is_some(), "{}", flow["status"]);
    for step in flow["spec"]["flows"].as_array().unwrap() {
        let start = row(&flow, text(&step["name"]))["start"].clone();
        for dependency in step["dependencies"].as_array().into_iter().flatten() {
            let end = row(&flow, text(dependency))["end"].clone();
            assert!(
                text(&end) <= text(&start),
                "{step} started at {start}, and {dependency} ended at {end}"
            );
        }
    }
    let names = ["job1", "job2", "job3", "job4", "job5"].map(|name| format!("jobflow-example-{name}"));
    assert_eq!(jobs(&namespace), names);
    assert_job_is_of(&get(&namespace, "job", "jobflow-example-job2"), &flow, "job2");
    wait_for_event(&namespace, "Completed");
}

fn assert_job_is_of(job: &Value, flow: &Value, step: &str) {
    let owner = &job["metadata"]["ownerReferences"][0];
    assert_eq!(
        (&owner["kind"], &owner["uid"]),
        (&json!("JobFlow"), &flow["metadata"]["uid"])
    );
    assert_eq!(
        (&owner["controller"], &owner["blockOwnerDeletion"]),
        (&json!(true), &json!(true))
    );
    let labels = &job["metadata"]["labels"];
    assert_eq!(labels["app.kubernetes.io/managed-by"], "jobflow");
    assert_eq!(labels["api.practice.com/owner-name"], flow["metadata"]["name"]);
    assert_eq!(labels["api.practice.com/owner-uid"], flow["metadata"]["uid"]);
    assert_eq!(labels["api.practice.com/step"], step);
    assert_eq!(
        (&labels["key1"], &job["metadata"]["annotations"]["key1"]),
        (&json!("value1"), &json!("value1"))
    );
    assert_eq!(job["spec"]["backoffLimit"], 0);
    let pod = &job["spec"]["template"]["spec"];
    assert_eq!(pod["restartPolicy"], "Never");
    let env = pod["containers"][0]["env"].as_array().unwrap();
    assert!(env.contains(&json!({"name": "FOO", "value": "bar"})), "{env:?}");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_failed_step_fails_the_flow_and_skips_what_depends_on_it() {
    let (namespace, _running) = arena("fails");
    let failing = template(&json!({"jobflow.test/exit-code": "3"}));
    let steps = [
        json!({"name": "a", "jobTemplate": failing}),
        step("b", &["a"], 1),
        step("c", &["b"], 1),
        step("d", &[], 3),
    ];
    namespace.apply(&job_flow(&steps)).unwrap();
    let flow = wait_for_state(&namespace, "f", "Failed");
    assert_eq!(states(&flow), ["a Failed", "b Skipped", "c Skipped", "d Succeeded"]);
    assert_eq!(jobs(&namespace), ["f-a", "f-d"]);
    let message = text(&flow["status"]["message"]);
    assert!(message.contains("flow 'a' failed: BackoffLimitExceeded"), "{message}");
    assert!(condition(&flow, "Failed").is_some(), "{}", flow["status"]);
    wait_for_event(&namespace, "JobFailed");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_late_template_starts_the_step_that_waits_for_it() {
    let (namespace, _running) = arena("late");
    let steps = [
        json!({"name": "a", "jobTemplateRef": "late"}),
        json!({"name": "b", "jobTemplateRef": "late", "dependencies": ["a"]}),
    ];
    namespace.apply(&job_flow(&steps)).unwrap();
    let waiting = wait_for_row(&namespace, "a", |row| row["reason"] == "TemplateNotFound");
    assert_eq!(waiting["state"], "Waiting");
    assert_eq!(jobs(&namespace), [""; 0]);

    namespace
        .apply(&object(
            "JobTemplate",
            "late",
            &json!({"jobTemplate": template(&json!({}))}),
        ))
        .unwrap();
    wait_for_state(&namespace, "f", "Succeed");
    let used = |template: &Value| (template["status"]["used"] == 2).then(|| template["status"].clone());
    let status = namespace.wait_for("jobtemplate", "late", limit(), used).unwrap();
    assert_eq!(
        status["dependencyList"],
        json!([{"jobFlow": "f", "job": "f-b"}, {"jobFlow": "f", "job": "f-a"}])
    );
    assert_eq!(status["observedGeneration"], 1);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_job_of_somebody_else_is_never_touched() {
    let (namespace, _running) = arena("conflict");
    let theirs = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "f-a"}, "spec": {
        "suspend": true,
        "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "theirs", "image": "busybox:1.28"}]}},
    }});
    namespace.apply(&theirs.to_string()).unwrap();
    let before = get(&namespace, "job", "f-a");
    namespace
        .apply(&job_flow(&[step("a", &[], 1), step("b", &[], 1)]))
        .unwrap();
    wait_for_row(&namespace, "a", |row| row["reason"] == "NameConflict");
    wait_for_row(&namespace, "b", |row| row["state"] == "Succeeded");
    let stalled = condition(&get(&namespace, "jobflows", "f"), "Stalled").unwrap();
    assert_eq!(stalled["reason"], "NameConflict");
    assert!(text(&stalled["message"]).contains("'f-a'"), "{stalled}");
    wait_for_event(&namespace, "NameConflict");
    let after = get(&namespace, "job", "f-a");
    assert_eq!(
        (&before["metadata"], &before["spec"]),
        (&after["metadata"], &after["spec"])
    );

    delete(&namespace, "job", "f-a");
    let flow = wait_for_state(&namespace, "f", "Succeed");
    assert_eq!(condition(&flow, "Stalled"), None);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_job_that_the_api_server_refuses_is_told_and_tried_again() {
    let (namespace, _running) = arena("quota");
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": {"hard": {"count/jobs.batch": "0"}}});
    namespace.apply(&quota.to_string()).unwrap();
    // A quota counts only once its controller has seen it.
    let counts = |quota: &Value| quota.pointer("/status/hard").map(drop);
    namespace.wait_for("resourcequota", "few", limit(), counts).unwrap();
    namespace.apply(&job_flow(&[step("a", &[], 1)])).unwrap();
    wait_for_row(&namespace, "a", |row| row["reason"] == "JobRefused");
    let flow = get(&namespace, "jobflows", "f");
    assert!(
        text(&flow["status"]["message"]).contains("exceeded quota"),
        "{}",
        flow["status"]
    );
    delete(&namespace, "resourcequota", "few");
    wait_for_state(&namespace, "f", "Succeed");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_running_job_that_is_deleted_is_made_again() {
    let (namespace, _running) = arena("deleted");
    namespace.apply(&job_flow(&[step("a", &[], 600)])).unwrap();
    wait_for_row(&namespace, "a", |row| row["start"].is_string());
    let first = get(&namespace, "job", "f-a")["metadata"]["uid"].clone();
    delete(&namespace, "job", "f-a");
    let is_another = |job: &Value| (job["metadata"]["uid"] != first).then_some(());
    namespace.wait_for("job", "f-a", limit(), is_another).unwrap();
    wait_for_event(&namespace, "JobRecreated");
    assert_eq!(
        wait_for_row(&namespace, "a", |row| row["start"].is_string())["state"],
        "Active"
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_finished_job_that_is_deleted_stays_finished() {
    let (namespace, _running) = arena("finished");
    namespace
        .apply(&job_flow(&[step("a", &[], 1), step("b", &["a"], 6)]))
        .unwrap();
    wait_for_row(&namespace, "a", |row| row["state"] == "Succeeded");
    delete(&namespace, "job", "f-a");
    let flow = wait_for_state(&namespace, "f", "Succeed");
    assert_eq!(states(&flow), ["a Succeeded", "b Succeeded"]);
    assert_eq!(jobs(&namespace), ["f-b"]);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_job_that_goes_in_the_moment_of_its_end_counts_as_ended() {
    let (namespace, _running) = arena("gone");
    let steps = ["a", "b", "c", "d"].map(|name| {
        let mut step = step(name, &[], 1);
        step["jobTemplate"]["ttlSecondsAfterFinished"] = json!(0);
        step
    });
    namespace.apply(&job_flow(&steps)).unwrap();
    let flow = wait_for_state(&namespace, "f", "Succeed");
    assert_eq!(
        states(&flow),
        ["a Succeeded", "b Succeeded", "c Succeeded", "d Succeeded"]
    );
    assert!(!has_event(&namespace, "JobRecreated"));
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn global_params_and_shared_volumes_reach_the_job() {
    let (namespace, _running) = arena("params");
    let nodes = namespace.kubectl().json(&["get", "nodes"]).unwrap();
    let node = nodes.pointer("/items/0/metadata/name").cloned().unwrap();
    let mut shared = step("a", &[], 1);
    shared["shareVolumeMounts"] = json!([{"name": "data", "mountPath": "/data"}]);
    let pod = &mut shared["jobTemplate"]["template"]["spec"];
    pod["initContainers"] = json!([{"name": "init", "image": "busybox:1.28"}]);
    pod["containers"][0]["env"] = json!([{"name": "MODE", "value": "own"}]);
    let spec = json!({
        "globalParams": {"env": [{"name": "MODE", "value": "global"}], "labels": {"team": "x"}, "annotations": {"note": "y"}, "nodeName": node},
        "shareVolumes": [{"name": "data", "emptyDir": {}}],
        "flows": [shared, step("b", &[], 1)],
    });
    namespace.apply(&object("JobFlow", "f", &spec)).unwrap();
    wait_for_state(&namespace, "f", "Succeed");

    let job = get(&namespace, "job", "f-a");
    let (metadata, pod) = (&job["spec"]["template"]["metadata"], &job["spec"]["template"]["spec"]);
    assert_eq!(
        (&metadata["labels"]["team"], &metadata["annotations"]["note"]),
        (&json!("x"), &json!("y"))
    );
    assert_eq!(
        pod["initContainers"][0]["env"],
        json!([{"name": "MODE", "value": "global"}])
    );
    assert_eq!(pod["containers"][0]["env"], json!([{"name": "MODE", "value": "own"}]));
    for container in [&pod["initContainers"][0], &pod["containers"][0]] {
        assert_eq!(
            container["volumeMounts"],
            json!([{"name": "data", "mountPath": "/data"}])
        );
    }
    assert_eq!(pod["volumes"], json!([{"name": "data", "emptyDir": {}}]));
    let pods = namespace.kubectl().json(&["get", "pods"]).unwrap();
    let pods = pods["items"].as_array().unwrap();
    assert!(
        pods.len() == 2 && pods.iter().all(|pod| pod["spec"]["nodeName"] == node),
        "{pods:?}"
    );
    assert_eq!(
        get(&namespace, "job", "f-b")["spec"]["template"]["spec"].get("volumes"),
        None
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn deleting_a_flow_deletes_its_jobs_and_pods() {
    let (namespace, _running) = arena("removed");
    namespace
        .apply(&job_flow(&[step("a", &[], 600), step("b", &[], 600)]))
        .unwrap();
    wait_for_row(&namespace, "b", |row| row["start"].is_string());
    delete(&namespace, "jobflows", "f");
    until("no job and no pod is left", limit(), || {
        let left = namespace.kubectl().json(&["get", "jobs,pods"])?;
        anyhow::ensure!(left["items"] == json!([]), "there is {}", left["items"]);
        Ok(())
    })
    .unwrap();
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_killed_operator_goes_on_where_it_was() {
    let mut running = operator().write().unwrap_or_else(PoisonError::into_inner);
    let namespace = Cluster::shared().unwrap().namespace("killed").unwrap();
    let fan = ["b", "c", "d", "e"].map(|name| step(name, &["a"], 2));
    let steps: Vec<Value> = [step("a", &[], 3)]
        .into_iter()
        .chain(fan)
        .chain([step("z", &["b", "c", "d", "e"], 1)])
        .collect();
    namespace.apply(&job_flow(&steps)).unwrap();
    wait_for_row(&namespace, "a", |row| row["start"].is_string());
    let first = get(&namespace, "job", "f-a")["metadata"]["uid"].clone();

    running.take().unwrap().kill();
    // 'a' ends while nobody looks.
    let ended = |job: &Value| job.pointer("/status/completionTime").map(drop);
    namespace.wait_for("job", "f-a", limit(), ended).unwrap();
    assert_eq!(jobs(&namespace), ["f-a"]);
    *running = Some(start_operator());
    wait_for_row(&namespace, "b", |row| row["state"] == "Active");
    running.take().unwrap().kill();
    *running = Some(start_operator());

    let flow = wait_for_state(&namespace, "f", "Succeed");
    assert_eq!(flow["status"]["progress"], "6/6");
    assert_eq!(get(&namespace, "job", "f-a")["metadata"]["uid"], first);
    let pods = namespace.kubectl().json(&["get", "pods"]).unwrap();
    assert_eq!(pods["items"].as_array().unwrap().len(), 6, "each step ran once");
    assert!(!has_event(&namespace, "JobRecreated"));
}
