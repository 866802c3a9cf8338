//! Statuses that no plan makes: of an object that breaks a rule; and how large one becomes.

use std::fmt::Write;

use crds::DaemonJob;
use expect_test::expect;
use k8s_openapi::jiff::Timestamp;
use serde_json::json;

use super::world::{Age, Until, World, node, object};
use crate::daemon_job::{examine, invalid_status};
use crate::limits::DAEMON_NODES_MAX;

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[test]
fn a_stored_object_that_breaks_a_rule_stalls_with_the_report_and_keeps_its_rows() {
    let mut world = World::new(&json!({}), &[("a", node(&[]))]);
    world.reconcile(Age::default(), Until::End);
    let mut broken = object(&json!({"nodeParallelism": 0, "nodePolicy": "never"}));
    broken["status"] = serde_json::to_value(world.status()).unwrap();
    let stored: DaemonJob = serde_json::from_value(broken.clone()).unwrap();
    let status = invalid_status(&stored, &examine(&broken).report, second(5));
    assert_eq!(status.nodes, world.status().nodes);
    let mut told = String::new();
    writeln!(told, "{:?} {}", status.state.unwrap(), status.message.unwrap()).unwrap();
    for held in status.conditions {
        writeln!(told, "{}={} {}: {}", held.type_, held.status, held.reason, held.message).unwrap();
    }
    expect![[r#"
        Running invalid: spec.nodeParallelism: Invalid value: 0: must be a whole number of at least 1, or a percentage from 1% to 100% [DJ302] (and 1 more)
        Stalled=True Invalid: spec.nodeParallelism: Invalid value: 0: must be a whole number of at least 1, or a percentage from 1% to 100% [DJ302]; spec.nodePolicy: Unsupported value: "never": supported values: "Snapshot", "Continuous" [DJ303]
    "#]].assert_eq(&told);
    broken["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    let stored: DaemonJob = serde_json::from_value(broken.clone()).unwrap();
    let status = invalid_status(&stored, &examine(&broken).report, second(6));
    assert_eq!(status.state, Some(crds::JobFlowState::Terminating));
}

/// A cluster of so many nodes with names of 40 bytes.
fn large(members: &serde_json::Value, count: usize) -> World {
    let mut world = World::new(members, &[]);
    world.keeps_past = false;
    for number in 0..count {
        world.change_node(&format!("ip-10-0-0-0-{number:06}-compute-internal-zone"), |_| {});
    }
    world
}

#[test]
fn as_many_nodes_as_kubernetes_supports_fit_an_object_of_etcd() {
    let mut world = large(&json!({}), DAEMON_NODES_MAX);
    let planned = world.reconcile(Age::default(), Until::End).unwrap();
    assert_eq!(planned.actions.len(), DAEMON_NODES_MAX);
    world.seconds += 1_000;
    for name in world.jobs().keys().cloned().collect::<Vec<_>>() {
        world.end(&name, "Complete", "", "");
    }
    world.reconcile(Age::default(), Until::End);
    let status = world.status();
    assert_eq!(status.done.as_deref(), Some("5000/5000"));
    let bytes = serde_json::to_vec(&status).unwrap().len();
    assert!(bytes < 1_300_000, "{bytes}");
}

#[test]
fn a_snapshot_of_too_many_nodes_runs_nowhere_and_a_continuous_one_on_as_many_as_it_can() {
    let mut world = large(&json!({}), DAEMON_NODES_MAX + 2);
    let planned = world.reconcile(Age::default(), Until::End).unwrap();
    assert!(planned.actions.is_empty());
    expect!["2 more nodes are eligible than the 5000 that one DaemonJob serves: choose fewer by the template's node selector"].assert_eq(&planned.status.message.unwrap());
    assert_eq!(planned.status.conditions[0].reason, "TooManyNodes");
    let mut world = large(&json!({"nodePolicy": "Continuous"}), DAEMON_NODES_MAX + 2);
    let planned = world.reconcile(Age::default(), Until::End).unwrap();
    assert_eq!(planned.actions.len(), DAEMON_NODES_MAX);
    assert_eq!(planned.status.conditions[0].reason, "TooManyNodes");
}

#[test]
fn nodes_that_come_and_go_do_not_let_a_status_grow_for_ever() {
    let mut world = World::new(&json!({"nodePolicy": "Continuous"}), &[]);
    for number in 0..250 {
        let name = format!("spot-{number:04}");
        world.change_node(&name, |_| {});
        world.reconcile(Age::default(), Until::End);
        world.seconds += 1;
        world.part.nodes.remove(&name);
        world.reconcile(Age::default(), Until::End);
        world.remove(&world.job_of(&name));
    }
    world.reconcile(Age::default(), Until::End);
    let rows = world.status().nodes;
    assert_eq!((rows.len(), rows[0].name.as_str()), (100, "spot-0150"));
    assert!(world.jobs().is_empty());
}
