//! ManagedJobs on a real Kubernetes: the order at both levels, parameters, failures, retries, and what survives.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use jobflow_core::admission::{self, NoTemplates};
use jobflow_core::managed_job;
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
    Deadline::after(Duration::from_secs(90))
}

/// A job whose pod runs as these annotations ask.
fn job(name: &str, parallel: bool, annotations: &Value) -> Value {
    let params = json!({"annotations": annotations});
    json!({"name": name, "image": "busybox:1.28", "parallel": parallel, "params": params})
}

fn lasting(seconds: u32) -> Value {
    json!({"jobflow.test/duration-seconds": seconds.to_string()})
}

fn group(name: &str, parallel: bool, jobs: &[Value]) -> Value {
    json!({"name": name, "parallel": parallel, "jobs": jobs})
}

/// Applies a ManagedJob `m`.
fn apply(namespace: &Namespace, spec: &Value) {
    let manifest = json!({
        "apiVersion": "jobsmanager.raczylo.com/v1beta1", "kind": "ManagedJob", "metadata": {"name": "m"}, "spec": spec,
    });
    namespace.apply(&manifest.to_string()).unwrap();
}

fn wait_for_state(namespace: &Namespace, name: &str, state: &str) -> Value {
    let reached = |object: &Value| (object["status"]["state"] == state).then(|| object.clone());
    namespace.wait_for("managedjobs", name, limit(), reached).unwrap()
}

/// Waits until the row of a job, `group/job`, is as wanted, and returns the row.
fn wait_for_row(namespace: &Namespace, title: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let found = |object: &Value| Some(row(object, title)).filter(|row| wanted(row));
    namespace.wait_for("managedjobs", "m", limit(), found).unwrap()
}

fn row(object: &Value, title: &str) -> Value {
    let (group, job) = title.split_once('/').unwrap();
    let named = |list: &Value, name: &str| {
        let rows = list.as_array().cloned().unwrap_or_default();
        rows.into_iter().find(|row| row["name"] == name).unwrap_or_default()
    };
    named(&named(&object["status"]["groups"], group)["jobs"], job)
}

/// Groups and jobs with their states, one a line.
fn states(object: &Value) -> String {
    let mut lines = String::new();
    for group in object["status"]["groups"].as_array().into_iter().flatten() {
        lines += &format!("{} {}\n", text(&group["name"]), text(&group["state"]));
        for job in group["jobs"].as_array().into_iter().flatten() {
            lines += &format!("- {} {}\n", text(&job["name"]), text(&job["state"]));
        }
    }
    lines
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn condition(object: &Value, kind: &str) -> Option<Value> {
    let conditions = object["status"]["conditions"].as_array()?;
    let held = |condition: &&Value| condition["type"] == kind && condition["status"] == "True";
    conditions.iter().find(held).cloned()
}

fn get(namespace: &Namespace, kind: &str, name: &str) -> Value {
    namespace.kubectl().json(&["get", kind, name]).unwrap()
}

fn jobs(namespace: &Namespace) -> Vec<String> {
    let list = namespace.kubectl().json(&["get", "jobs"]).unwrap();
    let names = list["items"].as_array().unwrap().iter();
    names.map(|job| text(&job["metadata"]["name"]).to_owned()).collect()
}

/// Waits until an event has this reason and tells this.
fn wait_for_event(namespace: &Namespace, reason: &str, note: &str) {
    until(&format!("an event {reason} that tells '{note}'"), limit(), || {
        let selector = format!("--field-selector=reason={reason}");
        let events = namespace.kubectl().json(&["get", "events.events.k8s.io", &selector])?;
        let notes: Vec<&str> = events["items"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|event| text(&event["note"]))
            .collect();
        anyhow::ensure!(notes.iter().any(|told| told.contains(note)), "there are {notes:?}");
        Ok(())
    })
    .unwrap();
}

/// When the row of a job began and ended.
fn times(object: &Value, title: &str) -> (String, String) {
    let row = row(object, title);
    (text(&row["start"]).to_owned(), text(&row["end"]).to_owned())
}

fn assert_waited(object: &Value, title: &str, before: &[&str]) {
    let (start, _) = times(object, title);
    for before in before {
        let (_, end) = times(object, before);
        assert!(
            end <= start && !end.is_empty(),
            "{title} began at {start}, {before} ended at {end}"
        );
    }
}

fn assert_did_not_wait(object: &Value, title: &str, other: &str) {
    let ((start, _), (_, end)) = (times(object, title), times(object, other));
    assert!(
        start < end && !start.is_empty(),
        "{title} began at {start}, {other} ended at {end}"
    );
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples/managedjob")
        .join(name)
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn the_documented_example_applies_unchanged_and_runs_to_its_end() {
    let (namespace, _running) = arena("documented");
    namespace
        .apply(&std::fs::read_to_string(example("sample.yaml")).unwrap())
        .unwrap();
    let object = wait_for_state(&namespace, "managedjob-sample", "succeeded");
    let status = &object["status"];
    assert_eq!(
        states(&object),
        "first-group succeeded\n- first-job succeeded\n- second-job succeeded\n- second-half-job succeeded\n\
         second-group succeeded\n- third-job succeeded\n- fourth-job succeeded\nthird-group succeeded\n- fifth-job succeeded\n"
    );
    assert_eq!(
        (&status["progress"], &status["total"], &status["succeeded"]),
        (&json!("6/6"), &json!(6), &json!(6))
    );
    assert_eq!(status["observedGeneration"], object["metadata"]["generation"]);
    assert!(
        condition(&object, "Complete").is_some() && status["completionTime"].is_string(),
        "{status}"
    );
    assert_eq!(
        row(&object, "first-group/second-half-job")["dependencies"],
        json!([
            "managedjob-sample-first-group-first-job",
            "managedjob-sample-first-group-second-job"
        ])
    );
    assert_eq!(
        status["groups"][2]["dependencies"],
        json!(["first-group", "second-group"])
    );
    assert_order_of_the_example(&object);
    assert_job_of_the_example(&namespace, &object);
    let columns = namespace
        .kubectl()
        .run(&["get", "mj", "--no-headers"])
        .unwrap()
        .success()
        .unwrap();
    let columns: Vec<&str> = columns.split_whitespace().collect();
    assert_eq!(&columns[..3], ["managedjob-sample", "succeeded", "6/6"]);
    wait_for_event(&namespace, "Completed", "6 of 6 jobs succeeded");
    wait_for_event(&namespace, "JobCreated", "managedjob-sample-third-group-fifth-job");
}

fn assert_order_of_the_example(object: &Value) {
    assert_waited(object, "first-group/second-job", &["first-group/first-job"]);
    assert_waited(object, "first-group/second-half-job", &["first-group/second-job"]);
    assert_waited(object, "second-group/fourth-job", &["second-group/third-job"]);
    assert_waited(
        object,
        "third-group/fifth-job",
        &["first-group/second-half-job", "second-group/fourth-job"],
    );
}

fn assert_job_of_the_example(namespace: &Namespace, object: &Value) {
    let job = get(namespace, "job", "managedjob-sample-first-group-first-job");
    let container = &job["spec"]["template"]["spec"]["containers"][0];
    let compiled = &object["spec"]["groups"][0]["jobs"][0]["compiledParams"]["env"];
    assert_eq!(&container["env"], compiled);
    let variable = |name, value| json!({"name": name, "value": value});
    assert_eq!(
        compiled,
        &json!([
            variable("FOO", "bar"),
            variable("QUE", "pasa"),
            variable("FEE", "bee"),
            variable("POO", "paz")
        ])
    );
    assert_eq!(container["args"], json!(["echo", "Hello world!"]));
    assert_eq!(
        (&container["name"], container.get("command")),
        (&json!("first-job"), None)
    );
    assert_eq!(job["spec"]["backoffLimit"], 3);
    assert_eq!(job["spec"]["template"]["spec"]["restartPolicy"], "Never");
    let owner = &job["metadata"]["ownerReferences"][0];
    assert_eq!(
        (&owner["kind"], &owner["uid"]),
        (&json!("ManagedJob"), &object["metadata"]["uid"])
    );
    assert_eq!(
        (&owner["controller"], &owner["blockOwnerDeletion"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        job["metadata"]["labels"]["api.practice.com/step"],
        "first-group-first-job"
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn the_tree_of_a_stored_object_is_that_of_its_manifest() {
    let (namespace, _running) = arena("tree");
    namespace
        .apply(&std::fs::read_to_string(example("sample.yaml")).unwrap())
        .unwrap();
    let stored = get(&namespace, "managedjobs", "managedjob-sample");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stored.json");
    std::fs::write(&file, stored.to_string()).unwrap();
    let tree = |file: &Path| {
        let program = std::env::var("JOBFLOW_BIN").expect("the test harness names the program");
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(program);
        Command::new(program).args(["tree", "-f"]).arg(file).output().unwrap()
    };
    let (of_stored, of_manifest) = (tree(&file), tree(&example("sample.yaml")));
    assert!(of_stored.status.success() && of_stored.stdout.len() > 100);
    assert_eq!(of_stored.stdout, of_manifest.stdout);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn parallel_means_the_same_for_jobs_and_for_groups() {
    let (namespace, _running) = arena("parallel");
    let brief = lasting(1);
    let spec = json!({"groups": [
        group("one", false, &[job("a", false, &lasting(6)), job("b", true, &brief), job("c", false, &brief)]),
        group("two", true, &[job("a", false, &lasting(2)), job("b", false, &brief)]),
        group("three", false, &[job("a", true, &lasting(4)), job("b", true, &brief)]),
    ]});
    apply(&namespace, &spec);
    let object = wait_for_state(&namespace, "m", "succeeded");
    assert_did_not_wait(&object, "one/b", "one/a");
    assert_waited(&object, "one/c", &["one/a", "one/b"]);
    assert_did_not_wait(&object, "two/a", "one/a");
    assert_waited(&object, "two/b", &["two/a"]);
    for title in ["three/a", "three/b"] {
        assert_waited(&object, title, &["one/a", "one/b", "one/c", "two/a", "two/b"]);
    }
    assert_did_not_wait(&object, "three/b", "three/a");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn explicit_dependencies_are_waited_for_too() {
    let (namespace, _running) = arena("explicit");
    let mut by_short_name = job("b", true, &lasting(1));
    by_short_name["dependencies"] = json!([{"name": "a", "status": "succeeded"}]);
    let mut by_full_name = job("c", true, &lasting(1));
    by_full_name["dependencies"] = json!([{"name": "m-two-a"}]);
    let mut by_group = group("three", true, &[job("a", false, &lasting(1))]);
    by_group["dependencies"] = json!([{"name": "two"}]);
    let spec = json!({"groups": [
        group("one", true, &[job("a", true, &lasting(2)), by_short_name, by_full_name]),
        group("two", true, &[job("a", true, &lasting(10))]),
        by_group,
    ]});
    apply(&namespace, &spec);
    let object = wait_for_state(&namespace, "m", "succeeded");
    assert_waited(&object, "one/b", &["one/a"]);
    assert_did_not_wait(&object, "one/b", "two/a");
    assert_waited(&object, "one/c", &["two/a"]);
    assert_waited(&object, "three/a", &["two/a"]);
    assert_eq!(row(&object, "one/c")["dependencies"], json!(["m-two-a"]));
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_failed_job_aborts_what_depends_on_it_and_fails_the_object_once_nothing_runs() {
    let (namespace, _running) = arena("failure");
    let failing = json!({"jobflow.test/exit-code": "3"});
    let spec = json!({"retries": 0, "groups": [
        group("one", true, &[job("a", false, &failing), job("b", false, &json!({})), job("c", true, &lasting(5))]),
        group("two", false, &[job("a", false, &json!({}))]),
    ]});
    apply(&namespace, &spec);
    wait_for_row(&namespace, "one/a", |row| row["state"] == "failed");
    let object = get(&namespace, "managedjobs", "m");
    assert_eq!(object["status"]["state"], "running", "one/c still runs");
    assert_eq!(row(&object, "two/a")["reason"], "DependencyFailed: one/a");
    let object = wait_for_state(&namespace, "m", "failed");
    assert_eq!(
        states(&object),
        "one failed\n- a failed\n- b aborted\n- c succeeded\ntwo aborted\n- a aborted\n"
    );
    let counts = ["pending", "running", "succeeded", "failed", "aborted"].map(|count| object["status"][count].clone());
    assert_eq!(counts, [0, 0, 1, 1, 2].map(|count| json!(count)));
    let message = text(&object["status"]["message"]);
    assert!(
        message.contains("job 'one/a' failed: BackoffLimitExceeded"),
        "{message}"
    );
    assert!(condition(&object, "Failed").is_some() && condition(&object, "Stalled").is_some());
    assert_eq!(jobs(&namespace), ["m-one-a", "m-one-c"]);
    assert_eq!(get(&namespace, "job", "m-one-a")["spec"]["backoffLimit"], 0);
    wait_for_event(&namespace, "JobFailed", "job 'one/a' failed");
    wait_for_event(&namespace, "Aborted", "aborted 2 jobs: 'one/b', 'two/a'");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_failed_pod_with_retries_left_is_no_failed_job() {
    let (namespace, _running) = arena("retries");
    let failing = json!({"jobflow.test/exit-code": "3", "jobflow.test/duration-seconds": "3"});
    apply(
        &namespace,
        &json!({"groups": [group("g", false, &[job("a", false, &failing), job("b", false, &json!({}))])]}),
    );
    let failed = |job: &Value| (job["status"]["failed"] == 1).then(|| job["spec"]["backoffLimit"].clone());
    assert_eq!(
        namespace.wait_for("job", "m-g-a", limit(), failed).unwrap(),
        json!(1),
        "the default of retries"
    );
    let object = get(&namespace, "managedjobs", "m");
    assert_eq!(states(&object), "g running\n- a running\n- b pending\n");
    // The second pod does better.
    until("the second pod succeeds", limit(), || {
        let pods = namespace
            .kubectl()
            .json(&["get", "pods", "--field-selector=status.phase=Running"])?;
        let pod = pods.pointer("/items/0/metadata/name").and_then(Value::as_str);
        let pod = pod.ok_or_else(|| anyhow::anyhow!("no pod runs"))?;
        let annotation = ["annotate", "pod", pod, "--overwrite", "jobflow.test/exit-code=0"];
        namespace.kubectl().run(&annotation)?.success()
    })
    .unwrap();
    wait_for_state(&namespace, "m", "succeeded");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn parameters_of_all_levels_reach_the_job() {
    let (namespace, _running) = arena("params");
    for object in [
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"LEVEL": "debug"}}),
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "runner"}}),
    ] {
        namespace.apply(&object.to_string()).unwrap();
    }
    let mut near = job("a", false, &json!({"note": "job"}));
    near["params"]["restartPolicy"] = json!("OnFailure");
    near["params"]["resources"] = json!({"requests": {"cpu": "20m"}});
    near["command"] = json!(["sh", "-c", "true"]);
    let spec = json!({
        "params": {
            "fromEnv": [{"configMapRef": {"name": "settings"}, "key": "LEVEL"}],
            "env": [{"name": "WHERE", "value": "spec"}, {"name": "FAR", "value": "spec"}],
            "volumes": [{"name": "data", "emptyDir": {}}], "volumeMount": [{"name": "data", "mountPath": "/data"}],
            "labels": {"team": "x"}, "annotations": {"note": "spec"}, "resources": {"requests": {"cpu": "10m"}},
            "imagePullPolicy": ["IfNotPresent"], "imagePullSecrets": ["one", {"name": "two"}],
        },
        "groups": [{
            "name": "g", "jobs": [near, job("b", true, &json!({}))],
            "params": {
                "fromEnv": [{"configMapRef": {"name": "settings"}, "prefix": "ALL_"}], "serviceAccount": "runner",
                "env": [{"name": "WHERE", "value": "group"}],
            },
        }],
    });
    apply(&namespace, &spec);
    wait_for_state(&namespace, "m", "succeeded");
    let job = get(&namespace, "job", "m-g-a");
    let (metadata, pod) = (&job["spec"]["template"]["metadata"], &job["spec"]["template"]["spec"]);
    let container = &pod["containers"][0];
    assert_eq!(
        container["env"],
        json!([
            {"name": "LEVEL", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "LEVEL"}}},
            {"name": "FAR", "value": "spec"}, {"name": "WHERE", "value": "group"},
        ])
    );
    assert_eq!(
        container["envFrom"],
        json!([{"configMapRef": {"name": "settings"}, "prefix": "ALL_"}])
    );
    assert_eq!(
        container["volumeMounts"],
        json!([{"name": "data", "mountPath": "/data"}])
    );
    assert_eq!(pod["volumes"], json!([{"name": "data", "emptyDir": {}}]));
    assert_eq!(container["resources"], json!({"requests": {"cpu": "20m"}}));
    assert_eq!(container["imagePullPolicy"], "IfNotPresent");
    assert_eq!(container["command"], json!(["sh", "-c", "true"]));
    assert_eq!(pod["imagePullSecrets"], json!([{"name": "one"}, {"name": "two"}]));
    assert_eq!(
        (&pod["serviceAccountName"], &pod["restartPolicy"]),
        (&json!("runner"), &json!("OnFailure"))
    );
    for metadata in [metadata, &job["metadata"]] {
        assert_eq!(
            (&metadata["labels"]["team"], &metadata["annotations"]["note"]),
            (&json!("x"), &json!("job"))
        );
    }
    let other = get(&namespace, "job", "m-g-b");
    let pod = &other["spec"]["template"]["spec"];
    assert_eq!(
        (&pod["restartPolicy"], &pod["containers"][0]["resources"]),
        (&json!("Never"), &json!({"requests": {"cpu": "10m"}}))
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_running_job_that_is_deleted_is_made_again_and_an_ended_one_is_not() {
    let (namespace, _running) = arena("deleted");
    apply(
        &namespace,
        &json!({"groups": [group("g", false, &[job("a", false, &lasting(1)), job("b", false, &lasting(6))])]}),
    );
    wait_for_row(&namespace, "g/b", |row| row["start"].is_string());
    let first = get(&namespace, "job", "m-g-b")["metadata"]["uid"].clone();
    for name in ["m-g-a", "m-g-b"] {
        let deletion = ["delete", "job", name, "--cascade=foreground", "--timeout=60s"];
        namespace.kubectl().run(&deletion).unwrap().success().unwrap();
    }
    let is_another = |job: &Value| (job["metadata"]["uid"] != first).then_some(());
    namespace.wait_for("job", "m-g-b", limit(), is_another).unwrap();
    wait_for_event(&namespace, "JobRecreated", "job 'm-g-b'");
    wait_for_state(&namespace, "m", "succeeded");
    assert_eq!(jobs(&namespace), ["m-g-b"]);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn deleting_the_object_deletes_its_jobs_and_pods() {
    let (namespace, _running) = arena("removed");
    apply(
        &namespace,
        &json!({"groups": [group("g", false, &[job("a", true, &lasting(600)), job("b", true, &lasting(600))])]}),
    );
    wait_for_row(&namespace, "g/b", |row| row["start"].is_string());
    let deletion = ["delete", "managedjobs", "m", "--cascade=foreground", "--timeout=60s"];
    namespace.kubectl().run(&deletion).unwrap().success().unwrap();
    until("no job and no pod is left", limit(), || {
        let left = namespace.kubectl().json(&["get", "jobs,pods"])?;
        anyhow::ensure!(left["items"] == json!([]), "there is {}", left["items"]);
        Ok(())
    })
    .unwrap();
}

/// A ManagedJob `m` of 2,000 jobs that wait for each other, with arguments of so many bytes.
fn of_arguments(bytes: usize) -> Value {
    let argument = "<".repeat(bytes / 2) + &"x".repeat(bytes - bytes / 2);
    let mut jobs: Vec<Value> = (0..2_000)
        .map(|at| json!({"name": format!("job-{at}"), "image": "busybox:1.28"}))
        .collect();
    jobs.iter_mut().for_each(|job| job["args"] = json!([argument]));
    jobs[0]["params"] = json!({"annotations": lasting(600)});
    let spec = json!({"params": {"env": [{"name": "FOO", "value": "bar"}]}, "groups": [group("g", false, &jobs)]});
    json!({"apiVersion": "jobsmanager.raczylo.com/v1beta1", "kind": "ManagedJob", "metadata": {"name": "m"}, "spec": spec})
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn the_largest_object_that_is_admitted_is_stored_with_its_status() {
    let (namespace, _running) = arena("large");
    let is_accepted = |bytes: usize| {
        let report = admission::check(&managed_job::KIND, &of_arguments(bytes), &NoTemplates);
        !report.denies()
    };
    let sizes: Vec<usize> = (0..2_000).collect();
    let largest = sizes.partition_point(|&bytes| is_accepted(bytes)) - 1;
    // Not client-side, which would write the manifest into an annotation too.
    let apply = |object: &Value| {
        let arguments = ["apply", "--server-side", "-f", "-"];
        namespace
            .kubectl()
            .run_with_input(&arguments, &object.to_string())
            .unwrap()
    };
    let refused = apply(&of_arguments(largest + 1));
    assert!(refused.stderr.contains("[MJ903]"), "{}", refused.stderr);
    apply(&of_arguments(largest)).success().unwrap();
    wait_for_row(&namespace, "g/job-0", |row| row["start"].is_string());

    // Every job has failed, with a long reason.
    let mut status = get(&namespace, "managedjobs", "m")["status"].clone();
    for row in status["groups"][0]["jobs"].as_array_mut().unwrap() {
        row["job"] = json!(format!("m-g-{}", text(&row["name"])));
        row["state"] = json!("failed");
        row["start"] = json!("2026-01-01T00:00:00Z");
        row["end"] = json!("2026-01-01T00:00:00Z");
        row["reason"] = json!("BackoffLimitExceeded");
    }
    for row in status["groups"][0]["jobs"].as_array_mut().unwrap().iter_mut().take(500) {
        row["reason"] = json!(format!("BackoffLimitExceeded: {}", "x".repeat(98)));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("status.json");
    std::fs::write(&file, json!({"status": status}).to_string()).unwrap();
    let file = format!("--patch-file={}", file.display());
    let patch = [
        "patch",
        "managedjobs",
        "m",
        "--subresource=status",
        "--type=merge",
        &file,
    ];
    namespace.kubectl().run(&patch).unwrap().success().unwrap();
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn an_operator_that_is_killed_midway_goes_on_where_it_was() {
    let mut guard = operator().write().unwrap_or_else(PoisonError::into_inner);
    let namespace = Cluster::shared().unwrap().namespace("killed").unwrap();
    let brief = lasting(1);
    let spec = json!({"groups": [
        group("one", false, &[job("a", false, &brief), job("b", false, &lasting(4)), job("c", false, &brief)]),
        group("two", false, &[job("a", false, &brief)]),
    ]});
    apply(&namespace, &spec);
    wait_for_row(&namespace, "one/b", |row| row["start"].is_string());
    guard.take().unwrap().kill();
    let before = get(&namespace, "job", "m-one-b")["metadata"]["uid"].clone();
    // It ends while nobody looks.
    let ended = |job: &Value| job["status"]["completionTime"].is_string().then_some(());
    namespace.wait_for("job", "m-one-b", limit(), ended).unwrap();
    assert_eq!(jobs(&namespace), ["m-one-a", "m-one-b"]);
    *guard = Some(start_operator());
    let object = wait_for_state(&namespace, "m", "succeeded");
    assert_waited(&object, "one/c", &["one/b"]);
    assert_waited(&object, "two/a", &["one/c"]);
    assert_eq!(get(&namespace, "job", "m-one-b")["metadata"]["uid"], before);
    assert_eq!(jobs(&namespace), ["m-one-a", "m-one-b", "m-one-c", "m-two-a"]);
}
