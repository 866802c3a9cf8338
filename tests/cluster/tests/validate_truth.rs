//! What the API server's schema refuses, `jobflow validate` denies without it, at the same place: one object for each
//! constraint and each rule in CEL that the schemas have, and for the forms of metadata.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use test_cluster::{Cluster, Deadline, Namespace, OPERATOR_PROGRAM, until};

/// Refused by a webhook only.
const PROBE: &str = "apiVersion: api.practice.com/v1alpha1
kind: JobFlow
metadata: {name: probe}
spec: {flows: [{name: a, dependencies: [missing], jobTemplateRef: none}]}
";

/// Where something is wrong, by name of the object.
type Places = BTreeMap<String, Vec<String>>;

/// Every object, with one fault each.
fn objects() -> Vec<Value> {
    let mut all = [job_flows(), managed_jobs(), other_jobs(), labelled()].concat();
    for (number, object) in all.iter_mut().enumerate() {
        object["metadata"]["name"] = json!(format!("x{number}x"));
    }
    all
}

fn two_flows() -> Value {
    json!({"flows": [{"name": "a", "jobTemplateRef": "t"}, {"name": "b", "jobTemplateRef": "t"}]})
}

fn job_flows() -> Vec<Value> {
    let text = |bytes: usize| "a".repeat(bytes);
    let mut all = Vec::new();
    let flow = two_flows();
    for (pointer, value) in [
        ("/failurePolicy", json!("Sometimes")),
        ("/flows", json!([])),
        ("/flows/0/name", json!("A")),
        ("/flows/0/name", json!("")),
        ("/flows/0/name", json!(text(64))),
        ("/flows/1/name", json!("a")),
        (
            "/flows/1/dependencies",
            json!((0..1_001).map(|n| format!("d{n}")).collect::<Vec<_>>()),
        ),
        ("/flows/1/dependencies", json!(["b"])),
        ("/flows/1/when", json!("Never")),
        ("/flows/1/jobTemplateRef", json!(text(254))),
        ("/flows/1/jobTemplateRef", json!("")),
        (
            "/flows/1/jobTemplate",
            json!({"template": {"spec": {"containers": [{"name": "main", "image": "i"}]}}}),
        ),
        ("/flows/1", json!({"jobTemplateRef": "t"})),
        ("/parallelism", json!("3")),
        ("/parallelism", json!(4_294_967_296_u64)),
        ("/suspend", json!("yes")),
    ] {
        all.push(object("api.practice.com/v1alpha1", "JobFlow", &flow, pointer, value));
    }
    all
}

fn managed_jobs() -> Vec<Value> {
    let text = |bytes: usize| "a".repeat(bytes);
    let mut all = Vec::new();
    let managed = json!({"groups": [{"name": "g", "jobs": [{"name": "a", "image": "i"}]}], "params": {}});
    for (pointer, value) in [
        ("/retries", json!(101)),
        ("/retries", json!(-1)),
        ("/groups", json!([])),
        ("/groups/0/name", json!("G")),
        ("/groups/0/name", json!(text(41))),
        ("/groups/0/jobs", json!([])),
        ("/groups/0/jobs/0/name", json!("")),
        ("/groups/0/jobs/0/image", json!("")),
        ("/groups/0/dependencies", json!([{"name": ""}])),
        ("/params/restartPolicy", json!("Always")),
        ("/params/imagePullPolicy", json!("Sometimes")),
        ("/params/imagePullSecrets", json!([""])),
    ] {
        all.push(object(
            "jobsmanager.raczylo.com/v1beta1",
            "ManagedJob",
            &managed,
            pointer,
            value,
        ));
    }
    all
}

fn other_jobs() -> Vec<Value> {
    let mut all = Vec::new();
    let daemon =
        json!({"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "i"}]}}});
    for (pointer, value) in [
        ("/nodePolicy", json!("Sometimes")),
        ("/failurePolicy", json!("Sometimes")),
        ("/globalParams", json!({"nodeName": "n"})),
    ] {
        all.push(object(
            "api.practice.com/v1alpha1",
            "DaemonJob",
            &daemon,
            pointer,
            value,
        ));
    }
    let sequential = json!({"containers": [{"name": "a", "image": "i"}]});
    for (pointer, value) in [
        ("/containers", json!([])),
        (
            "/containers",
            json!([{"name": "a", "image": "i"}, {"name": "a", "image": "i"}]),
        ),
        (
            "/template",
            json!({"spec": {"containers": [{"name": "b", "image": "i"}]}}),
        ),
        (
            "/template",
            json!({"spec": {"volumes": [{"name": "v", "emptyDir": {"sizeLimit": 0.5}}]}}),
        ),
        (
            "/template",
            json!({"spec": {"volumes": [{"name": "v", "emptyDir": {"sizeLimit": 1e30}}]}}),
        ),
    ] {
        all.push(object(
            "batch.example.com/v1alpha1",
            "SequentialJob",
            &sequential,
            pointer,
            value,
        ));
    }
    all
}

/// Objects with faults in their metadata.
fn labelled() -> Vec<Value> {
    let mut all = Vec::new();
    let flow = two_flows();
    for (member, value) in [
        ("labels", json!({"team": "a b"})),
        ("labels", json!({"a/b/c": ""})),
        ("annotations", json!({"no way": ""})),
    ] {
        let mut labelled = object("api.practice.com/v1alpha1", "JobFlow", &flow, "/suspend", json!(false));
        labelled["metadata"][member] = value;
        all.push(labelled);
    }
    all
}

/// An object with this spec, in which `value` stands at `pointer`.
fn object(api_version: &str, kind: &str, spec: &Value, pointer: &str, value: Value) -> Value {
    let mut spec = spec.clone();
    let (outer, member) = pointer.rsplit_once('/').unwrap();
    match spec.pointer_mut(outer).unwrap() {
        Value::Array(items) => items[member.parse::<usize>().unwrap()] = value,
        outer => outer[member] = value,
    }
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": ""}, "spec": spec})
}

/// The API server with the schemas and without the webhooks, which would speak first. Whoever needs them installs them anew.
fn serve_schemas_only(cluster: &Cluster) {
    let kubectl = cluster.kubectl();
    kubectl.apply(crds::generate::YAML).unwrap().success().unwrap();
    let established = ["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"];
    kubectl.run(&established).unwrap().success().unwrap();
    let configurations = "mutatingwebhookconfigurations,validatingwebhookconfigurations";
    kubectl
        .run(&["delete", configurations, "--all"])
        .unwrap()
        .success()
        .unwrap();
    until(
        "nobody calls the webhooks",
        Deadline::after(Duration::from_secs(30)),
        || {
            let output = kubectl.run_with_input(&["create", "--dry-run=server", "-f", "-"], PROBE)?;
            output.success().map(drop)
        },
    )
    .unwrap();
}

/// What the API server says.
fn of_the_server(namespace: &Namespace, manifest: &str) -> Places {
    let create = ["create", "--dry-run=server", "--validate=false", "-f", "-"];
    let said = namespace.kubectl().run_with_input(&create, manifest).unwrap().stderr;
    let mut places = Places::new();
    for (head, causes) in said.lines().filter_map(|line| line.split_once("is invalid: ")) {
        // `JobFlow.api.practice.com "x1x" is invalid: [spec.flows: …, spec.parallelism: …]`
        let name = head.rsplit('"').nth(1).unwrap_or_default().to_owned();
        let parts = causes.trim_start_matches('[').split(", ");
        // Of a number that is too large the message says the path, and the field is `<nil>`.
        let path = |part: &str| match part.rsplit_once(" must be of type integer with format int32 in ") {
            Some((_, path)) => path.to_owned(),
            None => part.split(": ").next().unwrap_or_default().to_owned(),
        };
        let paths = parts
            .map(path)
            .filter(|path| path.starts_with("spec") || path.starts_with("metadata"));
        places.entry(name).or_default().extend(paths);
    }
    places
}

/// What `jobflow validate` denies.
fn offline(manifest: &str) -> Places {
    let mut child = Command::new(std::env::var_os(OPERATOR_PROGRAM).unwrap())
        .args(["validate", "--no-config", "-o", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(manifest.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut places = Places::new();
    for finding in printed["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["severity"] == "deny")
    {
        let text = |member: &str| finding[member].as_str().unwrap().to_owned();
        // What the schema says of a spec, a rule with better advice says, and nothing is said twice.
        assert!(
            text("rule") != "XX007" || text("path").starts_with("metadata"),
            "{finding}"
        );
        places.entry(text("name")).or_default().push(text("path"));
    }
    places
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn what_the_schema_refuses_is_denied_offline_at_the_same_place() {
    let cluster = Cluster::shared().unwrap();
    serve_schemas_only(&cluster);
    let namespace = cluster.namespace("truth").unwrap();
    let objects = objects();
    let documents: Vec<String> = objects.iter().map(|object| format!("{object}\n")).collect();
    let manifest = documents.concat();
    let (server, offline) = (of_the_server(&namespace, &manifest), offline(&manifest));
    let mut faults = Vec::new();
    for object in &objects {
        let name = object["metadata"]["name"].as_str().unwrap();
        let (Some(refused), Some(denied)) = (server.get(name), offline.get(name)) else {
            faults.push(format!(
                "{object}: server {:?}, offline {:?}",
                server.get(name),
                offline.get(name)
            ));
            continue;
        };
        let is_there = |place: &String| {
            denied
                .iter()
                .any(|it| it.starts_with(place) || place.starts_with(it.as_str()))
        };
        if refused.is_empty() || !refused.iter().all(is_there) {
            faults.push(format!("{object}: server {refused:?}, offline {denied:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
