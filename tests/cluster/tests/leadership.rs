//! Several replicas on a real Kubernetes: one works, and another follows it when it dies or stops.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use test_cluster::{Cluster, Deadline, Namespace, Operator, OperatorOptions, until};

/// A leader that died is followed when its Lease has run out after 15 s.
const AFTER_A_DEATH: Duration = Duration::from_secs(20);
/// One that stops gives its Lease back.
const AFTER_A_STOP: Duration = Duration::from_secs(2);

/// The webhook configurations lead to one operator: a test that ends one waits for the other test.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a replica that stands for election in `namespace`. The API server calls the webhook of the one started last.
fn replica(name: &str, namespace: &Namespace) -> Operator {
    let mut options = OperatorOptions::from_environment().unwrap();
    name.clone_into(&mut options.name);
    options.more_args = ["--leader-elect", "--leader-elect-namespace", namespace.name()]
        .map(str::to_owned)
        .to_vec();
    let cluster = Cluster::shared().unwrap();
    cluster.allow_leading(namespace).unwrap();
    cluster.start_operator(&options).unwrap()
}

fn leads(operator: &Operator) -> bool {
    operator.metrics().unwrap().contains("\njobflow_leader 1\n")
}

fn wait_until_it_leads(operator: &Operator, limit: Duration) -> Duration {
    let start = Instant::now();
    until(
        "the replica to lead",
        Deadline::after(limit + Duration::from_secs(20)),
        || {
            anyhow::ensure!(leads(operator), "jobflow_leader is 0");
            Ok(())
        },
    )
    .unwrap();
    start.elapsed()
}

fn lease(namespace: &Namespace) -> Value {
    let name = ["get", "leases", "jobflow-operator"];
    namespace.kubectl().json(&name).unwrap()["spec"].clone()
}

/// A chain of steps, so that there is something to do at every moment.
fn chain(name: &str, length: usize) -> String {
    let step = |at: usize| {
        let pod = json!({"containers": [{"name": "main", "image": "busybox:1.28"}]});
        let before: Vec<String> = at.checked_sub(1).map(|at| format!("s{at}")).into_iter().collect();
        json!({"name": format!("s{at}"), "dependencies": before, "jobTemplate": {"template": {"spec": pod}}})
    };
    let spec = json!({"flows": (0..length).map(step).collect::<Vec<_>>()});
    json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": name}, "spec": spec})
        .to_string()
}

fn wait_for_success(namespace: &Namespace, flow: &str, steps: usize) {
    let succeeded = |flow: &Value| (flow["status"]["state"] == "Succeed").then_some(());
    let limit = Deadline::after(Duration::from_secs(120));
    namespace.wait_for("jobflows", flow, limit, succeeded).unwrap();
    let pods = namespace.kubectl().json(&["get", "pods"]).unwrap();
    let of_flow = |pod: &&Value| {
        pod["metadata"]["name"]
            .as_str()
            .unwrap()
            .starts_with(&format!("{flow}-"))
    };
    let pods = pods["items"].as_array().unwrap().iter().filter(of_flow).count();
    assert_eq!(pods, steps, "each step of '{flow}' ran once");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_replica_follows_a_leader_that_dies_or_stops() {
    let _alone = alone();
    let namespace = Cluster::shared().unwrap().namespace("leadership").unwrap();
    // Under this name it replaces the operator that an earlier test program left: that one stands for no election.
    let first = replica("operator", &namespace);
    wait_until_it_leads(&first, Duration::from_secs(5));
    let second = replica("second", &namespace);
    assert!(!leads(&second), "there is a leader");
    namespace.apply(&chain("one", 12)).unwrap();
    let begun = |flow: &Value| (flow["status"]["succeeded"].as_u64() >= Some(1)).then_some(());
    let limit = Deadline::after(Duration::from_secs(60));
    namespace.wait_for("jobflows", "one", limit, begun).unwrap();

    first.kill();
    // Admission goes on while nobody leads.
    namespace.apply(&chain("two", 12)).unwrap();
    let took = wait_until_it_leads(&second, AFTER_A_DEATH);
    println!("a replica leads {took:.1?} after the leader was killed");
    assert!(took < AFTER_A_DEATH, "{took:?}");
    wait_for_success(&namespace, "one", 12);
    wait_for_success(&namespace, "two", 12);
    assert_eq!(lease(&namespace)["leaseTransitions"], 1);

    let third = replica("operator", &namespace);
    namespace.apply(&chain("three", 12)).unwrap();
    let stops = std::thread::spawn(|| second.stop().unwrap());
    let took = wait_until_it_leads(&third, AFTER_A_STOP);
    println!("a replica leads {took:.1?} after the leader was asked to stop");
    assert!(took < AFTER_A_STOP, "{took:?}");
    assert!(stops.join().unwrap().success());
    wait_for_success(&namespace, "three", 12);
    let lease = lease(&namespace);
    assert_eq!(lease["leaseTransitions"], 2);
    assert_eq!(lease["leaseDurationSeconds"], 15);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_leader_whose_lease_was_taken_ends_and_says_why() {
    let _alone = alone();
    let namespace = Cluster::shared().unwrap().namespace("deposed").unwrap();
    let operator = replica("deposed", &namespace);
    wait_until_it_leads(&operator, Duration::from_secs(5));
    let taken = json!({"spec": {"holderIdentity": "somebody-else"}}).to_string();
    let kubectl = namespace.kubectl();
    kubectl
        .run(&["patch", "lease", "jobflow-operator", "--type", "merge", "-p", &taken])
        .unwrap();
    let log = operator.log();
    until("the leader to end", Deadline::after(Duration::from_secs(20)), || {
        anyhow::ensure!(!operator.is_alive(), "it runs");
        Ok(())
    })
    .unwrap();
    let log = std::fs::read_to_string(log).unwrap();
    assert!(
        log.contains("no longer the leader: 'somebody-else' has taken the lease"),
        "{log}"
    );
}
