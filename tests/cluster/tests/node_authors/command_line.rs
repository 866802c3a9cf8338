//! The page about `kubectl jobflow`, with real containers.

use documented::{Page, Shell};
use serde_json::{Value, json};
use test_cluster::{Cluster, Deadline, Namespace, reader};

use crate::{LIMIT, namespace};

const PAGE: &str = "docs/kubectl-jobflow.md";
const FLOW_TEST: &str =
    "tests/cluster/tests/node_authors/command_line.rs::a_flow_is_followed_tried_again_and_stopped_as_shown";
const JOB_TEST: &str = "tests/cluster/tests/node_authors/command_line.rs::a_job_that_waits_for_its_next_try_is_shown";

/// The name that the page shows for what is created from [`NIGHTLY`].
const SHOWN: &str = "nightly-bw4xg";

const NIGHTLY: &str = "apiVersion: api.practice.com/v1alpha1
kind: JobFlow
metadata: {generateName: nightly-}
spec:
  flows:
    - name: fetch
      jobTemplate: {template: {spec: {containers: [{name: main, image: 'busybox:1.28', command: [sh, -c, echo 3 files; echo fetched]}]}}}
    - name: train
      dependencies: [fetch]
      jobTemplate: {template: {spec: {containers: [{name: main, image: 'busybox:1.28', command: [sh, -c, echo training; sleep 4; echo out of data; exit 3]}]}}}
    - name: report
      dependencies: [train]
      jobTemplate: {template: {spec: {containers: [{name: main, image: 'busybox:1.28', command: [echo, reported]}]}}}
";

/// A pod that dies as soon as it is told to: the first process of a container does not by itself.
const SLOW: &str = "apiVersion: api.practice.com/v1alpha1
kind: JobFlow
metadata: {name: slow}
spec:
  flows:
    - name: a
      jobTemplate: &sleeps
        template:
          spec:
            terminationGracePeriodSeconds: 0
            containers: [{name: main, image: 'busybox:1.28', command: [sleep, '600']}]
    - {name: b, dependencies: [a], jobTemplate: *sleeps}
    - {name: c, dependencies: [b], jobTemplate: *sleeps}
";

const IMPORT: &str = "apiVersion: jobsmanager.raczylo.com/v1beta1
kind: ManagedJob
metadata: {name: import}
spec:
  retries: 2
  groups:
    - name: load
      jobs:
        - {name: customers, image: 'busybox:1.28', args: [sh, -c, exit 1]}
        - {name: orders, image: 'busybox:1.28', args: [echo, orders]}
    - name: check
      jobs:
        - {name: counts, image: 'busybox:1.28', args: [echo, counts]}
";

/// A namespace, and the shell of somebody who works in it.
fn desk() -> (Namespace, Shell) {
    let namespace = namespace("page");
    let shell = reader(&Cluster::shared_node().unwrap(), namespace.name()).unwrap();
    (namespace, shell)
}

/// The only JobFlow.
fn only_flow(namespace: &Namespace) -> String {
    let flows = namespace.kubectl().json(&["get", "jobflows"]).unwrap();
    assert_eq!(flows["items"].as_array().map(Vec::len), Some(1), "{flows}");
    flows["items"][0]["metadata"]["name"].as_str().unwrap().to_owned()
}

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn a_flow_is_followed_tried_again_and_stopped_as_shown() {
    let (namespace, shell) = desk();
    shell.write("nightly.yaml", NIGHTLY);
    let mut page = Page::open(PAGE, FLOW_TEST, &shell);
    namespace.apply(SLOW).unwrap();
    page.play("kubectl jobflow wait slow --timeout");
    page.play("echo $?");
    page.play("kubectl jobflow suspend");
    page.play("kubectl jobflow wait slow --for=suspended");
    page.play("kubectl jobflow resume");
    page.play("kubectl jobflow cancel");
    page.play("kubectl jobflow wait slow");
    let delete = ["delete", "jobflow", "slow"];
    namespace.kubectl().run(&delete).unwrap().success().unwrap();

    page.play("kubectl jobflow create");
    page.play("echo $?");
    let name = only_flow(&namespace);
    page.stands_for(SHOWN, &name);
    page.play("kubectl jobflow get");
    page.play("kubectl jobflow get jf -o wide");
    page.play("kubectl jobflow get @latest");
    page.play("kubectl jobflow tree @latest");
    page.play("kubectl jobflow logs");
    page.play("kubectl jobflow retry");
    let train_runs = |flow: &Value| {
        let flows = flow["status"]["flows"].as_array()?;
        flows
            .iter()
            .any(|flow| flow["name"] == "train" && flow["state"] == "Active")
            .then_some(())
    };
    namespace
        .wait_for("jobflow", &name, Deadline::after(LIMIT), train_runs)
        .unwrap();
    page.play("kubectl jobflow watch");
}

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn a_job_that_waits_for_its_next_try_is_shown() {
    let (namespace, shell) = desk();
    let mut page = Page::open(PAGE, JOB_TEST, &shell);
    page.stands_for("docs", namespace.name());
    namespace.apply(IMPORT).unwrap();
    page.see("kubectl jobflow get");
    page.see("kubectl jobflow status");
    page.play("kubectl jobflow cancel");
    let left = namespace.kubectl().json(&["get", "jobs,pods"]).unwrap();
    assert_eq!(left["items"], json!([]));
}
