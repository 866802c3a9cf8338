//! What an administrator does with the chart: install, upgrade under load, lose the operator, uninstall, install again.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

mod certificates;
#[expect(dead_code, reason = "bursts are for the tests of renewals")]
mod load;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use certificates::own_certificates_survive_upgrades;
use load::{flow, under_creates};
use serde_json::Value;
use test_cluster::{
    CertManager, Chart, Cluster, Deadline, INSTALL_FLAGS, Namespace, PREVIOUS_IMAGE, start_cert_manager, until,
};

const THIS_VERSION: &str = env!("CARGO_PKG_VERSION");

const LIMIT: Duration = Duration::from_secs(120);

fn state(namespace: &Namespace, name: &str, wanted: &str) {
    let is_so = |object: &Value| (object["status"]["state"] == wanted).then_some(());
    namespace
        .wait_for("jobflow", name, Deadline::after(LIMIT), is_so)
        .unwrap();
}

fn kubectl(cluster: &Cluster, line: &str) -> String {
    let args: Vec<&str> = line.split_whitespace().collect();
    cluster.kubectl().run(&args).unwrap().success().unwrap()
}

/// Everything in one test: each part begins with what the one before it has left.
#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn an_operator_is_installed_upgraded_lost_and_removed() {
    let cluster = Cluster::shared_node().unwrap();
    let chart = Chart::of(&cluster).unwrap();
    let previous = previous(&cluster);
    install_waits_for_cert_manager(&cluster, &previous);
    let namespace = cluster.namespace("lifecycle").unwrap();
    pods_are_restricted(&cluster);
    chart.release("test", &[]).unwrap();
    broken_flows_are_refused(&namespace);
    upgrades_fail_no_create(&cluster, &chart, &namespace);
    a_lost_operator_keeps_nobody_from_deleting(&cluster, &namespace);
    uninstall_leaves_what_runs(&cluster, &chart, &namespace);
    own_certificates_survive_upgrades(&cluster, &chart, &namespace);
}

/// The chart of the version before this one, whose image the node has.
fn previous(cluster: &Cluster) -> Chart {
    let (chart, version) = Chart::previous(cluster).unwrap();
    match std::env::var_os(PREVIOUS_IMAGE) {
        Some(archive) => cluster.load_image(Path::new(&archive)).unwrap(),
        None => {
            let image = |tag: &str| format!("docker.io/library/jobflow:{tag}");
            cluster.tag_image(&image(THIS_VERSION), &image(&version)).unwrap();
        }
    }
    eprintln!("the version before this one is {version}");
    chart
}

/// From nothing, with cert-manager's kinds there and its controllers not yet.
fn install_waits_for_cert_manager(cluster: &Cluster, chart: &Chart) {
    CertManager::stop_earlier(cluster).unwrap();
    CertManager::install_crds(cluster).unwrap();
    // Another binary may have left its release, and cert-manager leaves its Secrets.
    let _ = chart.release("uninstall", &["--wait"]);
    kubectl(cluster, "delete namespace jobflow-system --ignore-not-found");
    let start = Instant::now();
    thread::scope(|scope| {
        let install = scope.spawn(|| chart.run("install", &INSTALL_FLAGS));
        until("pods wait for their certificate", Deadline::after(LIMIT), || {
            let events = "--namespace jobflow-system get events -o jsonpath={.items[*].message}";
            let args: Vec<&str> = events.split(' ').collect();
            let told = cluster.kubectl().run(&args)?.success()?;
            anyhow::ensure!(told.contains("secret \"jobflow-tls\" not found"), "they say: {told}");
            Ok(())
        })
        .unwrap();
        start_cert_manager(cluster).unwrap();
        install.join().unwrap().unwrap();
    });
    eprintln!("installed from nothing after {:.1} s", start.elapsed().as_secs_f64());
}

/// The operator's own namespace may demand what the strictest level of pod security demands.
fn pods_are_restricted(cluster: &Cluster) {
    let dry_run =
        "label --dry-run=server --overwrite namespace jobflow-system pod-security.kubernetes.io/enforce=restricted";
    let args: Vec<&str> = dry_run.split(' ').collect();
    let output = cluster.kubectl().run(&args).unwrap();
    assert!(!output.stderr.contains("Warning"), "{output:?}");
    output.success().unwrap();
}

fn broken_flows_are_refused(namespace: &Namespace) {
    let broken = include_str!("../../../../examples/broken/everything-wrong.yaml");
    let output = namespace.try_apply(broken).unwrap();
    assert_ne!(output.status, 0);
    for rule in ["[JF102]", "[JF201]", "[JF203]", "[JF301]"] {
        assert!(output.stderr.contains(rule), "{output:?}");
    }
}

/// From the version before this one to this one and back, with flows in every state, and then to this one for good.
fn upgrades_fail_no_create(cluster: &Cluster, chart: &Chart, namespace: &Namespace) {
    let images = || {
        kubectl(
            cluster,
            "--namespace jobflow-system get deployment jobflow -o jsonpath={.spec.template.spec.containers[0].image}",
        )
    };
    let before = images();
    for (name, script) in [("ended", "echo done"), ("across", "sleep 40; echo done")] {
        namespace.apply(&flow(name, script).to_string()).unwrap();
    }
    let mut suspended = flow("suspended", "echo done");
    suspended["spec"]["suspend"] = true.into();
    namespace.apply(&suspended.to_string()).unwrap();
    state(namespace, "ended", "Succeed");
    state(namespace, "across", "Running");
    state(namespace, "suspended", "Suspended");
    let (images, count, failures) = under_creates(cluster, namespace.name(), || {
        chart.run("upgrade", &INSTALL_FLAGS).unwrap();
        let upgraded = images();
        chart.release("rollback", &["--wait", "--timeout=4m"]).unwrap();
        let rolled_back = images();
        chart.run("upgrade", &INSTALL_FLAGS).unwrap();
        [upgraded, rolled_back, images()]
    });
    eprintln!(
        "{count} creates during two upgrades and a rollback, {} failed",
        failures.len()
    );
    let this = format!("jobflow:{THIS_VERSION}");
    assert_ne!(before, this);
    assert_eq!(images, [this.clone(), before, this]);
    assert!(count > 50, "only {count} creates");
    assert_eq!(failures, Vec::<String>::new());
    state(namespace, "ended", "Succeed");
    state(namespace, "across", "Succeed");
    let resume = [
        "patch",
        "jobflow",
        "suspended",
        "--type=merge",
        "-p",
        r#"{"spec":{"suspend":false}}"#,
    ];
    namespace.kubectl().run(&resume).unwrap().success().unwrap();
    state(namespace, "suspended", "Succeed");
    let pods = ["get", "pods", "-o", "name"];
    let pods = namespace.kubectl().run(&pods).unwrap().success().unwrap();
    assert_eq!(pods.lines().count(), 3, "each step ran once: {pods}");
}

fn a_lost_operator_keeps_nobody_from_deleting(cluster: &Cluster, namespace: &Namespace) {
    let kubectl_in = namespace.kubectl();
    namespace.apply(&flow("held", "true").to_string()).unwrap();
    kubectl_in
        .run(&[
            "patch",
            "jobflow",
            "held",
            "--type=merge",
            "-p",
            r#"{"metadata":{"finalizers":["example.com/hold"]}}"#,
        ])
        .unwrap()
        .success()
        .unwrap();
    kubectl(
        cluster,
        "--namespace jobflow-system scale deployment jobflow --replicas=0",
    );
    kubectl(
        cluster,
        "--namespace jobflow-system wait --for=delete pod --selector app.kubernetes.io/name=jobflow-operator --timeout=100s",
    );
    let refused = namespace.try_apply(&flow("lost", "true").to_string()).unwrap();
    let told = "failed calling webhook \"mutate.api.practice.com\": failed to call webhook: ";
    assert!(refused.stderr.contains(told), "{refused:?}");
    kubectl_in
        .run(&["delete", "jobflow", "held", "--wait=false"])
        .unwrap()
        .success()
        .unwrap();
    let free = [
        "patch",
        "jobflow",
        "held",
        "--type=merge",
        "-p",
        r#"{"metadata":{"finalizers":null}}"#,
    ];
    kubectl_in.run(&free).unwrap().success().unwrap();
    kubectl_in
        .run(&["wait", "--for=delete", "jobflow/held", "--timeout=60s"])
        .unwrap()
        .success()
        .unwrap();
    kubectl(
        cluster,
        "--namespace jobflow-system scale deployment jobflow --replicas=2",
    );
    kubectl(
        cluster,
        "--namespace jobflow-system rollout status deployment jobflow --timeout=100s",
    );
}

fn uninstall_leaves_what_runs(cluster: &Cluster, chart: &Chart, namespace: &Namespace) {
    until("a flow is admitted again", Deadline::after(LIMIT), || {
        namespace
            .apply(&flow("stays", "sleep 5; echo done").to_string())
            .map(drop)
    })
    .unwrap();
    state(namespace, "stays", "Running");
    let job = "jsonpath={.metadata.uid}";
    let uid = || {
        namespace
            .kubectl()
            .run(&["get", "job", "stays-work", "-o", job])
            .unwrap()
            .success()
            .unwrap()
    };
    let before = uid();
    chart.release("uninstall", &["--wait"]).unwrap();
    let crds = kubectl(cluster, "get crd -o name");
    for crd in [
        "jobflows.api.practice.com",
        "sequentialjobs.batch.example.com",
        "managedjobs.jobsmanager.raczylo.com",
    ] {
        assert!(crds.contains(crd), "{crds}");
    }
    let left = kubectl(
        cluster,
        "get validatingwebhookconfigurations,mutatingwebhookconfigurations,validatingadmissionpolicies -o name",
    );
    assert!(!left.contains("api.practice.com"), "{left}");
    assert_eq!(uid(), before);
    let complete = ["wait", "--for=condition=Complete", "job/stays-work", "--timeout=60s"];
    namespace.kubectl().run(&complete).unwrap().success().unwrap();
    let flags = [INSTALL_FLAGS.as_slice(), &["--set", "certificates.mode=self-signed"]].concat();
    chart.run("install", &flags).unwrap();
    state(namespace, "stays", "Succeed");
}

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn a_node_runs_a_container_whose_output_is_seen() {
    let cluster = Cluster::shared_node().unwrap();
    let namespace = cluster.namespace("container").unwrap();
    let line = "create job hello --image=busybox:1.28 -- echo hello";
    let args: Vec<&str> = line.split(' ').collect();
    namespace.kubectl().run(&args).unwrap().success().unwrap();
    let complete = ["wait", "--for=condition=Complete", "job/hello", "--timeout=60s"];
    namespace.kubectl().run(&complete).unwrap().success().unwrap();
    let said = namespace
        .kubectl()
        .run(&["logs", "job/hello"])
        .unwrap()
        .success()
        .unwrap();
    assert_eq!(said, "hello\n");
}
