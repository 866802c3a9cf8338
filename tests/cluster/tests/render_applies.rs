//! What `jobflow render` prints, on a real Kubernetes: the API server takes it, and it is what the controller makes.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Map, Value, json};
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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What `jobflow render` prints of an example.
fn rendered(arguments: &[&str]) -> String {
    let program = std::env::var("JOBFLOW_BIN").unwrap();
    let output = Command::new(program)
        .arg("render")
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

const EXAMPLES: [&[&str]; 6] = [
    &["examples/jobflow/five-jobs.yaml"],
    &["examples/jobflow/clean-up.yaml"],
    &["examples/jobflow/by-template.yaml"],
    &["examples/managedjob/sample.yaml"],
    &["examples/sequentialjob/data-processing-pipeline.yaml"],
    &[
        "examples/daemonjob/example.yaml",
        "--node",
        "node3",
        "--node",
        "ip-10-0-0-1.eu.compute.internal",
    ],
];

#[test]
#[ignore = "needs a cluster"]
fn the_api_server_takes_what_is_rendered_of_every_example() {
    let namespace = Cluster::shared().unwrap().namespace("render").unwrap();
    let mut jobs = 0;
    for arguments in EXAMPLES {
        let yaml = rendered(arguments);
        let arguments = [
            "apply",
            "--dry-run=server",
            "--validate=strict",
            "-o",
            "name",
            "-f",
            "-",
        ];
        let answer = namespace
            .kubectl()
            .run_with_input(&arguments, &yaml)
            .unwrap()
            .success()
            .unwrap();
        assert!(answer.lines().all(|line| line.starts_with("job.batch/")), "{answer}");
        assert_eq!(answer.lines().count(), yaml.matches("\n---\n").count() + 1);
        jobs += answer.lines().count();
    }
    assert!(jobs >= 20, "only {jobs} Jobs");
}

#[test]
#[ignore = "needs a cluster"]
fn what_is_rendered_is_what_the_controller_makes() {
    let namespace = arena("render-same");
    let example = "examples/jobflow/five-jobs.yaml";
    namespace
        .apply(&std::fs::read_to_string(root().join(example)).unwrap())
        .unwrap();
    let live = until("the first Job", Deadline::after(Duration::from_secs(60)), || {
        namespace.kubectl().json(&["get", "job", "jobflow-example-job1"])
    })
    .unwrap();
    // The API server's defaults come to what is rendered as they came to what the controller sent.
    let yaml = rendered(&[example, "--flow", "job1"]).replace("name: jobflow-example-job1", "name: rendered-job1");
    namespace.apply(&yaml).unwrap();
    let ours = namespace.kubectl().json(&["get", "job", "rendered-job1"]).unwrap();
    assert_eq!(essence(&ours, "rendered-job1"), essence(&live, "jobflow-example-job1"));
}

/// A Job without its name and what only one of the two has: uids, what controllers write, and the owner.
fn essence(job: &Value, name: &str) -> Value {
    let text = job.to_string().replace(&format!("\"{name}\""), "\"NAME\"");
    let mut job: Value = serde_json::from_str(&text).unwrap();
    let metadata =
        Map::from_iter(["labels", "annotations"].map(|member| (member.to_owned(), job["metadata"][member].take())));
    let mut essence = json!({"metadata": metadata, "spec": job["spec"].take()});
    for labels in ["/metadata/labels", "/spec/template/metadata/labels"] {
        let labels = essence.pointer_mut(labels).unwrap().as_object_mut().unwrap();
        labels.retain(|key, _| !key.ends_with("owner-uid") && !key.ends_with("controller-uid"));
    }
    let annotations = essence["metadata"]["annotations"].as_object_mut().unwrap();
    annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    essence["spec"]["selector"].take();
    essence
}
