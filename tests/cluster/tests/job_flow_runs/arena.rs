//! What the tests of this program share: the operator, flows, and what they became.

use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use serde_json::{Value, json};
use test_cluster::{Cluster, Deadline, Namespace, Operator, OperatorOptions, until};

/// The operator of this test program. Who kills it takes the lock for writing, and so waits for all other tests.
pub static OPERATOR: OnceLock<RwLock<Option<Operator>>> = OnceLock::new();

pub fn operator() -> &'static RwLock<Option<Operator>> {
    OPERATOR.get_or_init(|| RwLock::new(Some(start_operator())))
}

pub fn start_operator() -> Operator {
    let options = OperatorOptions::from_environment().unwrap();
    Cluster::shared().unwrap().start_operator(&options).unwrap()
}

/// A namespace of a test's own, and the promise that the operator runs as long as the test does.
pub fn arena(label: &str) -> (Namespace, RwLockReadGuard<'static, Option<Operator>>) {
    let guard = operator().read().unwrap_or_else(PoisonError::into_inner);
    (Cluster::shared().unwrap().namespace(label).unwrap(), guard)
}

pub fn limit() -> Deadline {
    Deadline::after(Duration::from_secs(60))
}

/// A Job template whose pod runs as its annotations ask.
pub fn template(annotations: &Value) -> Value {
    let pod = json!({"containers": [{"name": "main", "image": "busybox:1.28"}]});
    json!({"template": {"metadata": {"annotations": annotations}, "spec": pod}})
}

/// A step whose pod runs for this long.
pub fn step(name: &str, dependencies: &[&str], duration_seconds: u32) -> Value {
    let annotations = json!({"jobflow.test/duration-seconds": duration_seconds.to_string()});
    json!({"name": name, "dependencies": dependencies, "jobTemplate": template(&annotations)})
}

pub fn object(kind: &str, name: &str, spec: &Value) -> String {
    json!({"apiVersion": "api.practice.com/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec})
        .to_string()
}

pub fn job_flow(steps: &[Value]) -> String {
    object("JobFlow", "f", &json!({"flows": steps}))
}

pub fn wait_for_state(namespace: &Namespace, name: &str, state: &str) -> Value {
    let reached = |flow: &Value| (flow["status"]["state"] == state).then(|| flow.clone());
    namespace.wait_for("jobflows", name, limit(), reached).unwrap()
}

/// Waits until the row of a step is in a state, and returns the row.
pub fn wait_for_row(namespace: &Namespace, step: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let found = |flow: &Value| Some(row(flow, step)).filter(|row| wanted(row));
    namespace.wait_for("jobflows", "f", limit(), found).unwrap()
}

pub fn row(flow: &Value, step: &str) -> Value {
    let rows = flow["status"]["flows"].as_array().cloned().unwrap_or_default();
    rows.into_iter().find(|row| row["name"] == step).unwrap_or_default()
}

pub fn states(flow: &Value) -> Vec<String> {
    let rows = flow["status"]["flows"].as_array().cloned().unwrap_or_default();
    rows.iter()
        .map(|row| format!("{} {}", text(&row["name"]), text(&row["state"])))
        .collect()
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub fn condition(flow: &Value, kind: &str) -> Option<Value> {
    let conditions = flow["status"]["conditions"].as_array()?;
    conditions
        .iter()
        .find(|condition| condition["type"] == kind && condition["status"] == "True")
        .cloned()
}

pub fn get(namespace: &Namespace, kind: &str, name: &str) -> Value {
    namespace.kubectl().json(&["get", kind, name]).unwrap()
}

pub fn jobs(namespace: &Namespace) -> Vec<String> {
    let list = namespace.kubectl().json(&["get", "jobs"]).unwrap();
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| text(&job["metadata"]["name"]).to_owned())
        .collect()
}

pub fn delete(namespace: &Namespace, kind: &str, name: &str) {
    let arguments = ["delete", kind, name, "--cascade=foreground", "--timeout=60s"];
    namespace.kubectl().run(&arguments).unwrap().success().unwrap();
}

pub fn wait_for_event(namespace: &Namespace, reason: &str) -> Value {
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

pub fn has_event(namespace: &Namespace, reason: &str) -> bool {
    let selector = format!("--field-selector=reason={reason}");
    let events = namespace
        .kubectl()
        .json(&["get", "events.events.k8s.io", &selector])
        .unwrap();
    events["items"] != json!([])
}

/// A namespace of a test's own, and the operator, which the test may kill: no other test runs meanwhile.
pub fn arena_alone(label: &str) -> (Namespace, RwLockWriteGuard<'static, Option<Operator>>) {
    let guard = operator().write().unwrap_or_else(PoisonError::into_inner);
    (Cluster::shared().unwrap().namespace(label).unwrap(), guard)
}

/// A step whose pod fails after this long.
pub fn failing_step(name: &str, dependencies: &[&str], duration_seconds: u32) -> Value {
    let annotations = json!({
        "jobflow.test/duration-seconds": duration_seconds.to_string(), "jobflow.test/exit-code": "3",
    });
    json!({"name": name, "dependencies": dependencies, "jobTemplate": template(&annotations)})
}

/// The step, to be started under this condition.
pub fn when(mut step: Value, condition: &str) -> Value {
    step["when"] = json!(condition);
    step
}

/// A JobFlow `f` with these bounds.
pub fn bounded(steps: &[Value], bounds: &Value) -> String {
    let mut spec = bounds.clone();
    spec["flows"] = json!(steps);
    object("JobFlow", "f", &spec)
}

/// Changes the spec of the JobFlow `f`.
pub fn patch_spec(namespace: &Namespace, members: &Value) {
    let patch = json!({"spec": members}).to_string();
    let arguments = ["patch", "jobflow", "f", "--type=merge", "--patch", &patch];
    namespace.kubectl().run(&arguments).unwrap().success().unwrap();
}

/// Waits until there is no object of this kind and name.
pub fn wait_until_gone(namespace: &Namespace, kind: &str, name: &str) {
    until(&format!("{kind} '{name}' is gone"), limit(), || {
        let found = namespace
            .kubectl()
            .run(&["get", kind, name, "--ignore-not-found", "-o", "name"])?;
        let found = found.success()?;
        anyhow::ensure!(found.trim().is_empty(), "there is {found}");
        Ok(())
    })
    .unwrap();
}

/// When something happened, as the API server tells it: such times compare like their texts.
pub fn time(value: &Value) -> String {
    assert!(value.is_string(), "{value} is no time");
    text(value).to_owned()
}
