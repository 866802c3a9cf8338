//! What an administrator does with the chart, by the commands that the documents show: install, upgrade under load, lose the
//! operator, change its certificates, take admission out of the way, uninstall, install again, remove all.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

mod certificates;
mod emergency;
mod installation;
#[expect(dead_code, reason = "bursts are for the tests of renewals")]
mod load;
mod loss;
mod pages;
mod removal;
mod upgrades;

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use test_cluster::{Chart, Cluster, Deadline, Namespace, PREVIOUS_IMAGE, reader};

use pages::Pages;

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
    let namespace = cluster.namespace("lifecycle").unwrap();
    let shell = reader(&cluster, namespace.name()).unwrap();
    let mut pages = Pages::open(&shell);
    pages.use_chart(&previous);
    installation::takes_over_and_waits_for_cert_manager(&cluster, &previous, &mut pages);
    pages.use_chart(&chart);
    installation::pods_are_restricted(&cluster);
    chart.release("test", &[]).unwrap();
    broken_flows_are_refused(&namespace);
    upgrades::fail_no_create(&cluster, &chart, &namespace, &mut pages);
    loss::keeps_nobody_from_deleting(&cluster, &chart, &namespace, &mut pages);
    certificates::of_our_own_survive_upgrades(&cluster, &chart, &namespace, &mut pages);
    emergency::lets_everything_in_and_ends(&namespace, &mut pages);
    removal::leaves_what_runs(&cluster, &namespace, &mut pages);
    removal::takes_everything(&cluster, &chart, &namespace, &mut pages);
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

fn broken_flows_are_refused(namespace: &Namespace) {
    let broken = include_str!("../../../../examples/broken/everything-wrong.yaml");
    let output = namespace.try_apply(broken).unwrap();
    assert_ne!(output.status, 0);
    for rule in ["[JF102]", "[JF201]", "[JF203]", "[JF301]"] {
        assert!(output.stderr.contains(rule), "{output:?}");
    }
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
