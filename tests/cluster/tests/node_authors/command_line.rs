//! The page about `kubectl jobflow`, with real containers.

use std::thread;

use documented::{Page, Shell};
use serde_json::{Value, json};
use test_cluster::{Cluster, Deadline, Namespace, reader};

use crate::{LIMIT, namespace};

const TEST: &str = "tests/cluster/tests/node_authors/command_line.rs::the_page_prints_what_it_shows";

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

/// Its three objects at once, each in a namespace of its own: they wait more than they work.
#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn the_page_prints_what_it_shows() {
    let (of_nightly, of_slow, of_import) = (desk(), desk(), desk());
    let mut nightly = Page::open("docs/kubectl-jobflow.md", TEST, &of_nightly.1);
    let slow = nightly.part("slow", &of_slow.1);
    let import = nightly.part("import", &of_import.1);
    thread::scope(|scope| {
        let others = [
            scope.spawn(|| a_flow_is_stopped(slow, &of_slow.0)),
            scope.spawn(|| a_job_waits_for_its_next_try(import, &of_import.0)),
        ];
        a_flow_fails_and_is_tried_again(nightly, &of_nightly.0, &of_nightly.1);
        for other in others {
            other.join().unwrap();
        }
    });
}

fn a_flow_is_stopped(mut page: Page<'_>, namespace: &Namespace) {
    namespace.apply(SLOW).unwrap();
    page.play("kubectl jobflow wait slow --timeout");
    page.play("echo $?");
    page.play("kubectl jobflow suspend");
    page.play("kubectl jobflow wait slow --for=suspended");
    page.play("kubectl jobflow resume");
    page.play("kubectl jobflow cancel");
    page.play("kubectl jobflow wait slow");
}

fn a_job_waits_for_its_next_try(mut page: Page<'_>, namespace: &Namespace) {
    page.stands_for("docs", namespace.name());
    namespace.apply(IMPORT).unwrap();
    page.see("kubectl jobflow get");
    page.see("kubectl jobflow status");
    page.play("kubectl jobflow cancel");
    let left = namespace.kubectl().json(&["get", "jobs,pods"]).unwrap();
    assert_eq!(left["items"], json!([]));
}

fn a_flow_fails_and_is_tried_again(mut page: Page<'_>, namespace: &Namespace, shell: &Shell) {
    shell.write("nightly.yaml", NIGHTLY);
    page.play("kubectl jobflow create");
    page.play("echo $?");
    let name = only_flow(namespace);
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
    let limit = Deadline::after(LIMIT);
    namespace.wait_for("jobflow", &name, limit, train_runs).unwrap();
    page.play("kubectl jobflow watch");
}
