//! What Argo CD and tools that know kstatus make of real statuses: nothing is healthy before it ran.

#![expect(
    clippy::unwrap_used,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

use std::path::Path;
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use mlua::{Lua, LuaSerdeExt, Table};
use serde_json::{Value, json};
use test_cluster::{Cluster, Deadline, Helm, Namespace, Operator, OperatorOptions};

/// What `docs/operators/gitops.md` tells users to install.
const ARGO_CD: &str = include_str!("../../../docs/operators/argocd-health.lua");

/// The operator of this test program.
static OPERATOR: OnceLock<Operator> = OnceLock::new();

fn arena(label: &str) -> Namespace {
    OPERATOR.get_or_init(|| {
        let options = OperatorOptions::from_environment().unwrap();
        Cluster::shared().unwrap().start_operator(&options).unwrap()
    });
    Cluster::shared().unwrap().namespace(label).unwrap()
}

/// Argo CD's word and message for an object: it runs the script with the object as `obj`.
fn argo_cd(object: &Value) -> (String, String) {
    let lua = Lua::new();
    lua.globals().set("obj", lua.to_value(object).unwrap()).unwrap();
    let health: Table = lua.load(ARGO_CD).eval().unwrap();
    (health.get("status").unwrap(), health.get("message").unwrap())
}

fn until_health(namespace: &Namespace, kind: &str, name: &str, wanted: &str) -> String {
    let found = |object: &Value| {
        let (word, message) = argo_cd(object);
        (word == wanted).then_some(message)
    };
    let limit = Deadline::after(Duration::from_secs(60));
    namespace.wait_for(kind, name, limit, found).unwrap()
}

fn template(annotations: &Value) -> Value {
    json!({"metadata": {"annotations": annotations}, "spec": {"containers": [{"name": "main", "image": "busybox:1.28"}]}})
}

fn job_flow(name: &str, annotations: &Value) -> Value {
    let step = json!({"name": "a", "jobTemplate": {"template": template(annotations)}});
    json!({
        "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": name},
        "spec": {"flows": [step]},
    })
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn argo_cd_tells_the_health_of_each_kind() {
    let namespace = arena("argo-cd");
    let quick = json!({});
    let pod = |image: &str| json!({"name": "main", "image": image});
    let objects = [
        job_flow("o", &quick),
        json!({
            "apiVersion": "api.practice.com/v1alpha1", "kind": "DaemonJob", "metadata": {"name": "o"},
            "spec": {"template": template(&quick)},
        }),
        json!({
            "apiVersion": "jobsmanager.raczylo.com/v1beta1", "kind": "ManagedJob", "metadata": {"name": "o"},
            "spec": {"groups": [{"name": "g", "jobs": [{"name": "j", "image": "busybox:1.28"}]}]},
        }),
        json!({
            "apiVersion": "batch.example.com/v1alpha1", "kind": "SequentialJob", "metadata": {"name": "o"},
            "spec": {"containers": [pod("busybox:1.28")], "template": {"spec": {}}},
        }),
    ];
    for object in &objects {
        namespace.apply(&object.to_string()).unwrap();
    }
    for kind in ["jobflow", "daemonjob", "managedjob", "sequentialjob"] {
        until_health(&namespace, kind, "o", "Healthy");
    }
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn argo_cd_tells_what_is_fresh_runs_waits_and_failed() {
    let namespace = arena("argo-cd-states");
    let mut fresh = job_flow("fresh", &json!({}));
    fresh["metadata"]["generation"] = json!(1);
    fresh["status"] = json!({"observedGeneration": -1});
    assert_eq!(argo_cd(&fresh).0, "Progressing");

    let long = json!({"jobflow.test/duration-seconds": "600"});
    let mut flow = job_flow("f", &long);
    namespace.apply(&flow.to_string()).unwrap();
    let message = until_health(&namespace, "jobflow", "f", "Progressing");
    assert_ne!(message, "");
    flow["spec"]["suspend"] = json!(true);
    namespace.apply(&flow.to_string()).unwrap();
    until_health(&namespace, "jobflow", "f", "Suspended");

    let fails = json!({"jobflow.test/exit-code": "3"});
    namespace.apply(&job_flow("g", &fails).to_string()).unwrap();
    let message = until_health(&namespace, "jobflow", "g", "Degraded");
    assert!(
        message.contains('a') && message.contains("BackoffLimitExceeded"),
        "{message}"
    );
}

/// helm's `--wait` is kstatus, as it is in Flux.
#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn helm_waits_for_a_flow_to_succeed_and_fails_with_one_that_does() {
    let namespace = arena("kstatus");
    let helm = Helm::of(&Cluster::shared().unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let install = |chart: &str, annotations: &Value| {
        let templates = folder.path().join(chart).join("templates");
        std::fs::create_dir_all(&templates).unwrap();
        let about = format!("apiVersion: v2\nname: {chart}\nversion: 1.0.0\n");
        std::fs::write(templates.with_file_name("Chart.yaml"), about).unwrap();
        std::fs::write(templates.join("flow.yaml"), job_flow(chart, annotations).to_string()).unwrap();
        let path = folder.path().join(chart);
        run_helm(
            &helm,
            &namespace,
            &["install", chart, text(&path), "--wait", "--timeout", "60s"],
        )
    };
    let (success, output) = install("good", &json!({"jobflow.test/duration-seconds": "3"}));
    assert!(success, "{output}");
    let state = namespace.kubectl().json(&["get", "jobflow", "good"]).unwrap()["status"]["state"].clone();
    assert_eq!(state, "Succeed", "helm came back when all was done, and not before");

    let (success, output) = install("bad", &json!({"jobflow.test/exit-code": "1"}));
    assert!(!success, "{output}");
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn run_helm(helm: &Helm, namespace: &Namespace, args: &[&str]) -> (bool, String) {
    let mut command = helm.command(namespace.name(), args);
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}
