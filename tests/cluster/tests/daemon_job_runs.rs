//! DaemonJobs on a real Kubernetes: which nodes get a Job, what happens when nodes come, go and change, and what is told.
//!
//! Nodes belong to no namespace, so each test makes nodes of its own. They have a label that only the test's DaemonJob selects,
//! and a taint that only its pods tolerate: what others run never lands on a node that a test is about to delete.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use serde_json::{Value, json};
use test_cluster::{Cluster, Deadline, Kubectl, Namespace, Operator, OperatorOptions, until};

/// The operator of this test program.
static OPERATOR: OnceLock<Operator> = OnceLock::new();

/// Label and taint of the nodes of one test, with its namespace as the value.
const ARENA: &str = "jobflow.test/arena";

fn limit() -> Deadline {
    Deadline::after(Duration::from_secs(90))
}

/// A namespace and nodes of a test's own, with the operator at work.
struct Arena {
    namespace: Namespace,
    kubectl: Kubectl,
    /// The nodes that it made.
    nodes: Mutex<Vec<String>>,
}

impl Arena {
    fn new(label: &str) -> Self {
        let cluster = Cluster::shared().unwrap();
        OPERATOR.get_or_init(|| {
            let options = OperatorOptions::from_environment().unwrap();
            cluster.start_operator(&options).unwrap()
        });
        Self {
            namespace: cluster.namespace(label).unwrap(),
            kubectl: cluster.kubectl().clone(),
            nodes: Mutex::default(),
        }
    }

    /// The full name of a node.
    fn node(&self, name: &str) -> String {
        format!("{}-{name}", self.namespace.name())
    }

    /// Makes nodes of these names and waits until they are ready.
    fn add_nodes(&self, names: &[&str]) {
        let items: Vec<Value> = names
            .iter()
            .map(|name| node(&self.node(name), self.namespace.name()))
            .collect();
        self.nodes
            .lock()
            .unwrap()
            .extend(names.iter().map(|name| self.node(name)));
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
        self.kubectl.apply(&list).unwrap().success().unwrap();
        for name in names {
            let node = format!("node/{}", self.node(name));
            self.run(&["wait", "--for=condition=Ready", "--timeout=60s", &node]);
        }
    }

    fn delete_node(&self, name: &str) {
        self.run(&["delete", "node", &self.node(name), "--wait=true"]);
    }

    fn run(&self, arguments: &[&str]) {
        self.kubectl.run(arguments).unwrap().success().unwrap();
    }

    /// Applies the DaemonJob `d` whose pods run for so long, with these members of its spec.
    fn apply(&self, duration_seconds: u32, members: &Value) {
        let annotations = json!({"jobflow.test/duration-seconds": duration_seconds.to_string()});
        self.apply_with(&annotations, members);
    }

    /// Applies the DaemonJob `d` whose pods run as these annotations ask, with these members of its spec.
    fn apply_with(&self, annotations: &Value, members: &Value) {
        let arena = self.namespace.name();
        let pod = json!({
            "nodeSelector": {ARENA: arena},
            "tolerations": [{"key": ARENA, "value": arena}],
            "containers": [{"name": "main", "image": "busybox:1.28"}],
        });
        let mut spec = members.clone();
        spec["template"] = json!({"metadata": {"annotations": annotations}, "spec": pod});
        let object = json!({
            "apiVersion": "api.practice.com/v1alpha1", "kind": "DaemonJob", "metadata": {"name": "d"}, "spec": spec,
        });
        self.namespace.apply(&object.to_string()).unwrap();
    }

    fn patch(&self, spec: &Value) {
        let patch = json!({"spec": spec}).to_string();
        let arguments = ["patch", "daemonjob", "d", "--type=merge", "-p", &patch];
        self.namespace.kubectl().run(&arguments).unwrap().success().unwrap();
    }

    fn wait_for(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let found = |object: &Value| wanted(object).then(|| object.clone());
        self.namespace.wait_for("daemonjobs", "d", limit(), found).unwrap()
    }

    fn wait_for_state(&self, state: &str) -> Value {
        self.wait_for(|object| object["status"]["state"] == state)
    }

    fn wait_for_row(&self, node: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let name = self.node(node);
        row(&self.wait_for(|object| wanted(&row(object, &name))), &name)
    }

    /// The rows without what differs from run to run: `a Succeeded`, `b Skipped NodeGone`.
    fn rows(&self, object: &Value) -> Vec<String> {
        let prefix = self.node("");
        let rows = object["status"]["nodes"].as_array().cloned().unwrap_or_default();
        let told = |row: &Value| {
            let name = text(&row["name"]).trim_start_matches(&prefix).to_owned();
            let line = format!("{name} {} {}", text(&row["state"]), text(&row["reason"]));
            line.trim_end().to_owned()
        };
        rows.iter().map(told).collect()
    }

    fn jobs(&self) -> Vec<Value> {
        let list = self.namespace.kubectl().json(&["get", "jobs"]).unwrap();
        list["items"].as_array().unwrap().clone()
    }

    fn job_names(&self) -> Vec<String> {
        let jobs = self.jobs();
        jobs.iter()
            .map(|job| text(&job["metadata"]["name"]).to_owned())
            .collect()
    }

    /// Waits until an event with this reason is told, and returns its text.
    fn wait_for_event(&self, reason: &str) -> String {
        until(&format!("an event '{reason}'"), limit(), || {
            let selector = format!("--field-selector=reason={reason}");
            let events = self
                .namespace
                .kubectl()
                .json(&["get", "events.events.k8s.io", &selector])?;
            let note = events.pointer("/items/0/note").and_then(Value::as_str);
            note.map(str::to_owned).ok_or_else(|| anyhow::anyhow!("there is none"))
        })
        .unwrap()
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        let nodes = self.nodes.lock().unwrap();
        let names = nodes.iter().map(String::as_str);
        let arguments: Vec<&str> = ["delete", "nodes", "--wait=false", "--ignore-not-found"]
            .into_iter()
            .chain(names)
            .collect();
        let _ = self.kubectl.run(&arguments);
    }
}

/// A node that KWOK plays the kubelet of.
fn node(name: &str, arena: &str) -> Value {
    let resources = json!({"cpu": "8", "memory": "32Gi", "pods": "100"});
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {ARENA: arena, "kubernetes.io/hostname": name}},
        "spec": {"taints": [{"key": ARENA, "value": arena, "effect": "NoSchedule"}]},
        "status": {"capacity": resources, "allocatable": resources},
    })
}

fn row(object: &Value, name: &str) -> Value {
    let rows = object["status"]["nodes"].as_array().cloned().unwrap_or_default();
    rows.into_iter().find(|row| row["name"] == name).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn counts(object: &Value) -> [i64; 5] {
    ["desired", "active", "succeeded", "failed", "skipped"].map(|name| object["status"][name].as_i64().unwrap())
}

fn condition(object: &Value, kind: &str) -> Option<Value> {
    let conditions = object["status"]["conditions"].as_array()?;
    conditions
        .iter()
        .find(|held| held["type"] == kind && held["status"] == "True")
        .cloned()
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn one_job_runs_on_each_node_that_fits_and_is_bound_to_it() {
    let arena = Arena::new("fits");
    arena.add_nodes(&["a", "b", "c", "tainted", "unlabelled"]);
    let tainted = arena.node("tainted");
    arena.run(&["taint", "node", &tainted, "dedicated=gpu:NoSchedule"]);
    arena.run(&[
        "label",
        "node",
        &arena.node("unlabelled"),
        &format!("{ARENA}=other"),
        "--overwrite",
    ]);
    let excluded = format!(" {} , no-such-node ", arena.node("c"));
    let globals =
        json!({"env": [{"name": "FOO", "value": "bar"}], "labels": {"team": "x"}, "annotations": {"note": "y"}});
    arena.apply(1, &json!({"excludeNodeList": excluded, "globalParams": globals}));

    let object = arena.wait_for_state("Succeed");
    assert_eq!(arena.rows(&object), ["a Succeeded", "b Succeeded"]);
    assert_eq!(counts(&object), [2, 0, 2, 0, 0]);
    assert_eq!(object["status"]["done"], "2/2");
    assert_eq!(object["status"]["observedGeneration"], object["metadata"]["generation"]);
    assert!(object["status"]["startTime"].is_string() && object["status"]["completionTime"].is_string());
    assert_eq!(
        condition(&object, "Complete").unwrap()["message"],
        "2 of 2 nodes succeeded"
    );
    let unknown = condition(&object, "ExcludedNodesNotFound").unwrap();
    assert!(text(&unknown["message"]).contains("'no-such-node'"), "{unknown}");
    assert_eq!(
        arena.job_names(),
        ["a", "b"].map(|name| format!("d-{}", arena.node(name)))
    );
    for (job, node) in arena.jobs().iter().zip(["a", "b"]) {
        assert_job_is_of(job, &object, &arena.node(node));
    }
    let pods = arena.namespace.kubectl().json(&["get", "pods"]).unwrap();
    let mut at: Vec<&str> = pods["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pod| text(&pod["spec"]["nodeName"]))
        .collect();
    at.sort_unstable();
    assert_eq!(at, [arena.node("a"), arena.node("b")]);
    arena.wait_for_event("Completed");
    arena.wait_for_event("ExcludedNodesNotFound");
    let table = arena
        .namespace
        .kubectl()
        .run(&["get", "dj"])
        .unwrap()
        .success()
        .unwrap();
    let words: Vec<&str> = table.split_whitespace().take(7).collect();
    assert_eq!(words, ["NAME", "STATUS", "DONE", "AGE", "d", "Succeed", "2/2"]);
}

fn assert_job_is_of(job: &Value, object: &Value, node: &str) {
    let owner = &job["metadata"]["ownerReferences"][0];
    assert_eq!(
        (&owner["kind"], &owner["uid"], &owner["controller"]),
        (&json!("DaemonJob"), &object["metadata"]["uid"], &json!(true))
    );
    assert_eq!(job["metadata"]["labels"]["api.practice.com/step"], node);
    assert_eq!(
        (
            &job["metadata"]["labels"]["team"],
            &job["metadata"]["annotations"]["note"]
        ),
        (&json!("x"), &json!("y"))
    );
    assert_eq!(job["spec"]["backoffLimit"], 0);
    let pod = &job["spec"]["template"]["spec"];
    assert_eq!(pod["containers"][0]["env"], json!([{"name": "FOO", "value": "bar"}]));
    let terms = "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    let bound = json!([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}]);
    assert_eq!(pod.pointer(terms), Some(&bound));
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_cordoned_node_gets_its_job_which_waits() {
    let arena = Arena::new("cordoned");
    arena.add_nodes(&["a", "b"]);
    arena.run(&["cordon", &arena.node("b")]);
    arena.apply(1, &json!({}));
    let a_ended = |object: &Value| object["status"]["done"] == "1/2";
    let object = arena.wait_for(a_ended);
    assert_eq!(arena.rows(&object), ["a Succeeded", "b Active NodeCordoned"]);
    let message = text(&object["status"]["message"]);
    let told = format!("node '{}' takes no new pods: it is cordoned", arena.node("b"));
    assert!(message.contains(&told), "{message}");
    assert_eq!(arena.job_names().len(), 2);
    arena.run(&["uncordon", &arena.node("b")]);
    let object = arena.wait_for_state("Succeed");
    assert_eq!(arena.rows(&object), ["a Succeeded", "b Succeeded"]);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_node_that_leaves_before_its_job_ended_is_skipped() {
    let arena = Arena::new("leaves");
    arena.add_nodes(&["a", "b"]);
    arena.apply(6, &json!({}));
    arena.wait_for_row("b", |row| row["start"].is_string());
    arena.delete_node("b");
    let object = arena.wait_for_state("Succeed");
    assert_eq!(arena.rows(&object), ["a Succeeded", "b Skipped NodeGone"]);
    assert_eq!(counts(&object), [2, 0, 1, 0, 1]);
    assert!(arena.wait_for_event("NodeGone").contains(&arena.node("b")));
    // Nothing is left that would wait for a node of this name for ever.
    until("the job of the node is gone", limit(), || {
        anyhow::ensure!(arena.job_names().len() == 1, "there are {:?}", arena.job_names());
        Ok(())
    })
    .unwrap();
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_snapshot_leaves_a_late_node_alone_and_a_continuous_daemon_job_serves_it() {
    for (policy, ended) in [("Snapshot", "Succeed"), ("Continuous", "Running")] {
        let arena = Arena::new(&policy.to_lowercase());
        arena.add_nodes(&["a"]);
        arena.apply(3, &json!({"nodePolicy": policy}));
        arena.wait_for_row("a", |row| row["start"].is_string());
        arena.add_nodes(&["late"]);
        let object = arena.wait_for(|object| {
            let status = &object["status"];
            status["state"] == ended && status["succeeded"] == status["desired"] && status["active"] == 0
        });
        if policy == "Snapshot" {
            assert_eq!(arena.rows(&object), ["a Succeeded"]);
            continue;
        }
        let object = arena.wait_for(|object| object["status"]["done"] == "2/2");
        assert_eq!(arena.rows(&object), ["a Succeeded", "late Succeeded"]);
        assert_eq!(object["status"]["state"], "Running");
        assert_eq!(object["status"].get("completionTime"), None);
        // A node of the same name that comes back is a new node.
        arena.delete_node("a");
        arena.wait_for(|object| object["status"]["done"] == "1/1");
        arena.add_nodes(&["a"]);
        arena.wait_for(|object| object["status"]["done"] == "2/2");
    }
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn never_more_nodes_at_once_than_asked_for() {
    let arena = Arena::new("few");
    arena.add_nodes(&["a", "b", "c", "d", "e"]);
    // 30 % of 5 nodes are 1.5, rounded up.
    arena.apply(2, &json!({"nodeParallelism": "30%"}));
    arena.wait_for_state("Succeed");
    let jobs = arena.jobs();
    let spans: Vec<(&str, &str)> = jobs
        .iter()
        .map(|job| {
            (
                text(&job["metadata"]["creationTimestamp"]),
                text(&job["status"]["completionTime"]),
            )
        })
        .collect();
    let at_once = |(start, _): &(&str, &str)| spans.iter().filter(|(from, to)| from <= start && *start < *to).count();
    let most = spans.iter().map(at_once).max();
    assert_eq!((spans.len(), most), (5, Some(2)), "{spans:?}");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn without_a_node_it_is_pending_until_there_is_one() {
    let arena = Arena::new("nowhere");
    arena.apply(1, &json!({}));
    let object = arena.wait_for_state("Pending");
    let message = text(&object["status"]["message"]);
    assert!(message.starts_with("no node is eligible: "), "{message}");
    assert_eq!(condition(&object, "Reconciling").unwrap()["reason"], "NoEligibleNode");
    assert_eq!(arena.job_names(), [""; 0]);
    arena.add_nodes(&["a"]);
    let object = arena.wait_for_state("Succeed");
    assert_eq!(arena.rows(&object), ["a Succeeded"]);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_suspended_daemon_job_runs_nothing_and_goes_on_when_it_is_resumed() {
    let arena = Arena::new("suspended");
    arena.add_nodes(&["a", "b"]);
    arena.apply(5, &json!({"nodeParallelism": 1}));
    arena.wait_for_row("a", |row| row["start"].is_string());
    arena.patch(&json!({"suspend": true}));
    arena.wait_for_state("Suspended");
    until("the job is suspended", limit(), || {
        let jobs = arena.jobs();
        anyhow::ensure!(jobs.len() == 1 && jobs[0]["spec"]["suspend"] == true, "{jobs:?}");
        Ok(())
    })
    .unwrap();
    arena.patch(&json!({"suspend": false}));
    let object = arena.wait_for_state("Succeed");
    assert_eq!(arena.rows(&object), ["a Succeeded", "b Succeeded"]);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_failure_stops_what_has_not_started_if_asked_to_and_the_whole_is_deleted_later() {
    let arena = Arena::new("failfast");
    arena.add_nodes(&["a", "b"]);
    let members = json!({"nodeParallelism": 1, "failurePolicy": "FailFast"});
    arena.apply_with(&json!({"jobflow.test/exit-code": "3"}), &members);
    let object = arena.wait_for_state("Failed");
    let rows = arena.rows(&object);
    assert!(rows[0].starts_with("a Failed BackoffLimitExceeded"), "{rows:?}");
    assert!(rows[1].starts_with("b Skipped FailurePolicy"), "{rows:?}");
    assert_eq!(condition(&object, "Stalled").unwrap()["reason"], "JobFailed");
    assert_eq!(arena.job_names().len(), 1);
    arena.patch(&json!({"ttlSecondsAfterFinished": 0}));
    until("the daemon job and its job are gone", limit(), || {
        let left = arena.namespace.kubectl().json(&["get", "daemonjobs,jobs"])?;
        anyhow::ensure!(left["items"] == json!([]), "there is {}", left["items"]);
        Ok(())
    })
    .unwrap();
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn names_that_differ_only_by_dots_get_jobs_of_their_own() {
    let arena = Arena::new("dots");
    arena.add_nodes(&["a.b", "a-b"]);
    arena.apply(1, &json!({}));
    let object = arena.wait_for_state("Succeed");
    assert_eq!(arena.rows(&object), ["a-b Succeeded", "a.b Succeeded"]);
    let names = arena.job_names();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.iter().all(|name| !name.contains('.')), "{names:?}");
    let pods = arena.namespace.kubectl().json(&["get", "pods"]).unwrap();
    let mut at: Vec<&str> = pods["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pod| text(&pod["spec"]["nodeName"]))
        .collect();
    at.sort_unstable();
    assert_eq!(at, [arena.node("a-b"), arena.node("a.b")]);
}
