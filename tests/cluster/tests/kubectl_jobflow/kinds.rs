//! The other kinds.

use expect_test::expect;
use serde_json::Value;

use crate::arena::{arena, fed, jobflow, limit};

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_managed_job_is_shown_with_its_groups() {
    let namespace = arena("managed");
    let manifest = "apiVersion: jobsmanager.raczylo.com/v1beta1
kind: ManagedJob
metadata: {name: m}
spec:
  retries: 0
  groups:
    - name: first
      jobs: [{name: a, image: 'busybox:1.28'}, {name: b, image: 'busybox:1.28'}]
    - name: second
      params: {annotations: {jobflow.test/exit-code: '3'}}
      jobs: [{name: c, image: 'busybox:1.28'}, {name: d, image: 'busybox:1.28'}]
";
    let told = |args: &[&str]| jobflow(&namespace, args).masked(&namespace);
    let created = fed(
        &namespace,
        &["create", "-f", "-", "--wait", "--timeout", "60s"],
        manifest,
    );
    assert_eq!(created.status, 1, "{created:?}");
    expect![[r#"
        managedjob/m failed 2/4 after <span>
        job 'second/c' failed: BackoffLimitExceeded: Error: container 'c' ended with exit code 3

        STEP   STATUS   DURATION   POD   EXIT   MESSAGE
        ├── first
        │   ├── ✔ a   succeeded   <span>   <pod of m-first-a>   0
        │   └── ✔ b   succeeded   <span>   <pod of m-first-b>   0
        └── second
            ├── ✖ c   failed   <span>   <pod of m-second-c>   3   BackoffLimitExceeded: Error: container 'c' ended with exit code 3
            └── ⊘ d   aborted   DependencyFailed: second/c
        exit 0
    "#]].assert_eq(&told(&["get", "mj/m"]));
    expect![[r#"
        m
        ├── first (succeeded)
        │   ├── a (succeeded)
        │   └── b (succeeded)
        │       └── Depends on: m-first-a
        └── second (failed)
            ├── c (failed)
            ├── d (aborted)
            │   └── Depends on: m-second-c
            └── Depends on group: first
        exit 0
    "#]]
    .assert_eq(&told(&["tree", "mj/m"]));
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_sequential_job_is_shown_with_the_times_of_its_jobs() {
    let namespace = arena("sequence");
    let manifest = "apiVersion: batch.example.com/v1alpha1
kind: SequentialJob
metadata: {name: s}
spec: {containers: [{name: a, image: 'busybox:1.28'}, {name: b, image: 'busybox:1.28'}]}
";
    let told = |args: &[&str]| jobflow(&namespace, args).masked(&namespace);
    let created = fed(
        &namespace,
        &["create", "-f", "-", "--wait", "--timeout", "60s"],
        manifest,
    );
    assert_eq!(created.status, 0, "{created:?}");
    expect![[r#"
        sequentialjob/s Succeeded 2/2 after <span>
        2 of 2 containers succeeded

        STEP   STATUS   DURATION   POD   EXIT   MESSAGE
        ├── ✔ a   Succeeded   <span>   <pod of s-0>   0
        └── ✔ b   Succeeded   <span>   <pod of s-1>   0
        exit 0
    "#]]
    .assert_eq(&told(&["get", "s"]));
    expect![[r#"
        s
        ├── a (Succeeded)
        └── b (Succeeded)
            └── Depends on: s-0
        exit 0
    "#]]
    .assert_eq(&told(&["tree", "s"]));
    assert_eq!(
        told(&["get", "sj", "--no-headers"]),
        "s   Succeeded   2/2   <span>   <span>\nexit 0\n"
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_daemon_job_is_shown_with_its_nodes() {
    let namespace = arena("daemon");
    let manifest = "apiVersion: api.practice.com/v1alpha1
kind: DaemonJob
metadata: {name: d}
spec:
  excludeNodeList: kwok-node-1
  template: {spec: {containers: [{name: main, image: 'busybox:1.28'}]}}
";
    namespace.apply(manifest).unwrap();
    let told = |args: &[&str]| jobflow(&namespace, args).masked(&namespace);
    let waited = told(&["wait", "dj/d", "--timeout", "60s"]);
    assert!(
        waited.starts_with("daemonjob/d Succeed ") && waited.ends_with("exit 0\n"),
        "{waited}"
    );
    let nodes = namespace.kubectl().json(&["get", "daemonjob", "d"]).unwrap();
    let rows = nodes["status"]["nodes"].as_array().unwrap().clone();
    let shown = told(&["get", "d"]);
    for row in &rows {
        let (name, job) = (row["name"].as_str().unwrap(), row["job"].as_str().unwrap());
        let line = format!("✔ {name}   Succeeded   <span>   <pod of {job}>   0\n");
        assert!(shown.contains(&line), "{shown}");
    }
    let continuous = manifest
        .replace("name: d}", "name: c}")
        .replace("  exclude", "  nodePolicy: Continuous\n  exclude");
    namespace.apply(&continuous).unwrap();
    let runs = |object: &Value| (object["status"]["state"] == "Running").then_some(());
    namespace.wait_for("daemonjob", "c", limit(), runs).unwrap();
    assert_eq!(
        told(&["wait", "dj/c"]),
        "error: daemonjob/c has the node policy 'Continuous' and never ends: use --for=running or --for=condition=TYPE\n\
         exit 2\n"
    );
    assert_eq!(
        told(&["cancel", "dj/c"]),
        "error: a DaemonJob cannot be stopped and kept: add --delete to delete daemonjob/c with its Jobs and pods\nexit 1\n"
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn job_templates_are_listed_and_do_not_run() {
    let namespace = arena("template");
    let manifest = "apiVersion: api.practice.com/v1alpha1
kind: JobTemplate
metadata: {name: t}
spec: {jobTemplate: {template: {spec: {containers: [{name: main, image: 'busybox:1.28'}]}}}}
";
    namespace.apply(manifest).unwrap();
    let told = |args: &[&str]| jobflow(&namespace, args).masked(&namespace);
    assert_eq!(told(&["get", "jt"]), "NAME   USED   AGE\nt   0   <span>\nexit 0\n");
    assert_eq!(
        told(&["wait", "jt/t"]),
        "error: a JobTemplate does not run by itself: name the object that uses it\nexit 2\n"
    );
}
