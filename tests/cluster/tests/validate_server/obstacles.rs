//! Clusters that cannot be asked, or not about everything; and names that are taken.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use test_cluster::Cluster;

use crate::arena::{Arena, flow, job_flow};

/// Has a finding that needs no cluster.
fn repeated() -> String {
    let first = flow("a", "busybox");
    job_flow(&format!(
        "{first}    - name: b\n      dependencies: [a, a]\n      jobTemplateRef: t\n"
    ))
}

const OFFLINE: &str = "flow.yaml:15:25: warning[JF204]: spec.flows[1].dependencies[1]: ";

/// A KUBECONFIG of a service account of the namespace, which may do nothing, with its token.
fn limited(arena: &Arena) -> PathBuf {
    let kubectl = arena.namespace.kubectl();
    kubectl
        .run(&["create", "serviceaccount", "eve"])
        .unwrap()
        .success()
        .unwrap();
    let token = kubectl.run(&["create", "token", "eve"]).unwrap().success().unwrap();
    let admin = fs::read_to_string(Cluster::shared().unwrap().kubeconfig()).unwrap();
    let mut config: Value = serde_json::from_str(&admin).unwrap();
    config["users"][0]["user"] = json!({"token": token.trim()});
    config["contexts"][0]["context"]["namespace"] = json!(arena.namespace.name());
    let path = arena.folder.path().join("eve.kubeconfig");
    fs::write(&path, config.to_string()).unwrap();
    path
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn without_the_right_to_create_jobs_it_is_told_once_and_ends_as_not_checked() {
    let steps = flow("a", "busybox") + &flow("b", "busybox");
    let arena = Arena::new("rights", &[("flow.yaml", &job_flow(&steps))]);
    let eve = limited(&arena);
    let told = arena.validate_with(&eve, &["flow.yaml"]);
    assert_eq!(
        told.stdout,
        "flow.yaml:3:1: warning[XX803]: metadata.namespace: the API server could not be asked about the Job: jobs.batch is \
         forbidden: User \"system:serviceaccount:NAMESPACE:eve\" cannot create resource \"jobs\" in API group \"batch\" in the \
         namespace \"NAMESPACE\" (ask who runs the cluster for the right to create Jobs in the namespace 'NAMESPACE', or use -n, \
         --as or --context)\n"
    );
    assert_eq!(told.status, 2);
    let kubectl = |args: &[&str]| arena.namespace.kubectl().run(args).unwrap().success().unwrap();
    let user = format!("--serviceaccount={}:eve", arena.namespace.name());
    kubectl(&["create", "role", "jobs", "--verb=create", "--resource=jobs.batch"]);
    kubectl(&["create", "rolebinding", "jobs", "--role=jobs", &user]);
    let told = arena.validate_with(&eve, &["flow.yaml"]);
    assert_eq!(
        (told.stdout.as_str(), told.status),
        ("", 0),
        "to create Jobs is all it takes"
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn the_namespace_of_the_object_counts_and_one_that_is_not_there_is_denied_at_its_line() {
    let flow = job_flow(&flow("a", "busybox")).replace("  name: nightly\n", "  name: nightly\n  namespace: nowhere\n");
    let arena = Arena::new("nowhere", &[("flow.yaml", &flow)]);
    let told = arena.validate(&["flow.yaml"]);
    assert_eq!(
        (told.stdout.as_str(), told.status),
        (
            "flow.yaml:5:14: error[XX801]: metadata.namespace: the API server refuses the Job: there is no namespace 'nowhere' in \
             the cluster\n",
            1
        )
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_cluster_that_cannot_be_asked_is_one_sentence_beside_the_offline_findings() {
    let arena = Arena::new("unreached", &[("flow.yaml", &repeated())]);
    let config = Cluster::shared().unwrap().kubeconfig();
    let check = |args: &[&str], sentence: &str| {
        let told = arena.validate_with(&config, args);
        assert!(told.stdout.starts_with(OFFLINE), "{told:?}");
        let said: Vec<&str> = told.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert!(said.len() == 1 && said[0].starts_with(sentence), "{told:?}");
        assert_eq!(told.status, 2);
    };
    check(
        &["--server=https://127.0.0.1:1", "flow.yaml"],
        "error: cannot reach the API server at 'https://127.0.0.1:1' (Connection refused (os error 111)): check that the cluster \
         runs and that --context or KUBECONFIG names the right one",
    );
    check(
        &["--token", "wrong", "flow.yaml"],
        "error: the API server at 'https://127.0.0.1:",
    );
    check(
        &["--context", "elsewhere", "flow.yaml"],
        "error: cannot use the kubeconfig (",
    );
    check(
        &["--kubeconfig", "missing", "flow.yaml"],
        "error: cannot read the kubeconfig 'missing' (No such file or directory (os error 2)): check --kubeconfig or KUBECONFIG",
    );
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("--server=https://{}", listener.local_addr().unwrap());
    check(
        &[&silent, "--request-timeout", "1s", "flow.yaml"],
        "error: cannot reach the API server at 'https://127.0.0.1:",
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_job_of_this_name_that_runs_already_is_no_fault() {
    let arena = Arena::new("taken", &[("flow.yaml", &job_flow(&flow("a", "busybox")))]);
    let create = ["create", "job", "nightly-a", "--image=busybox"];
    arena.namespace.kubectl().run(&create).unwrap().success().unwrap();
    let told = arena.validate(&["-v", "flow.yaml"]);
    assert_eq!((told.stdout.as_str(), told.status), ("", 0), "{told:?}");
    assert!(told.stderr.contains("\n1 Job shown to the API server at "), "{told:?}");
}
