//! Statuses that no plan makes: of an object that breaks a rule, and of one that is being deleted.

use crds::{JobFlow, JobFlowState, JobFlowStatus};
use expect_test::{Expect, expect};
use k8s_openapi::jiff::Timestamp;
use serde_json::json;

use super::world::{Age, Node, Until, World, stored};
use crate::admission::NoTemplates;
use crate::job_flow::{examine, invalid_status};

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A flow `a` with these dependencies.
fn node(dependencies: &[&str]) -> Node {
    Node {
        name: "a".to_owned(),
        dependencies: dependencies.iter().map(|&name| name.to_owned()).collect(),
        ..Node::default()
    }
}

/// A stored JobFlow with two faults, and its status.
fn broken(status: &JobFlowStatus, at: i64) -> JobFlowStatus {
    let mut object = stored(&[node(&["x", "a"])]);
    object["status"] = serde_json::to_value(status).unwrap();
    let flow: JobFlow = serde_json::from_value(object.clone()).unwrap();
    invalid_status(&flow, &examine(&object, &NoTemplates).report, second(at))
}

fn check(status: &JobFlowStatus, expected: &Expect) {
    expected.assert_eq(&format!("{:#}\n", serde_json::to_value(status).unwrap()));
}

#[test]
fn a_stored_object_that_breaks_a_rule_stalls_with_the_report() {
    let status = broken(&JobFlowStatus::default(), 1);
    check(
        &status,
        &expect![[r#"
        {
          "active": 0,
          "conditions": [
            {
              "lastTransitionTime": "1970-01-01T00:00:01Z",
              "message": "spec.flows[0].dependencies[0]: Invalid value: \"x\": flow 'a' depends on it, but no flow has this name [JF201]; spec.flows[0].dependencies[1]: Invalid value: \"a\": a flow may not depend on itself [JF202]",
              "observedGeneration": 1,
              "reason": "Invalid",
              "status": "True",
              "type": "Stalled"
            }
          ],
          "failed": 0,
          "message": "invalid: spec.flows[0].dependencies[0]: Invalid value: \"x\": flow 'a' depends on it, but no flow has this name [JF201] (and 1 more)",
          "observedGeneration": 1,
          "skipped": 0,
          "state": "Pending",
          "succeeded": 0,
          "total": 0,
          "waiting": 0
        }
    "#]],
    );
    assert_eq!(broken(&status, 2), status);
}

#[test]
fn a_mended_object_goes_on_from_the_rows_it_had() {
    let mut world = World::new(&stored(&[node(&[])]));
    world.reconcile(Age::default(), Until::End);
    let stalled = broken(&world.status(), 2);
    assert_eq!(stalled.flows, world.status().flows);
    assert_eq!(stalled.state, Some(JobFlowState::Running));
    let mut object = stored(&[node(&[])]);
    object["status"] = serde_json::to_value(&stalled).unwrap();
    let mended = World::new(&object).plan(Age::default()).status;
    assert_eq!(
        mended
            .conditions
            .iter()
            .map(|held| held.type_.as_str())
            .collect::<Vec<_>>(),
        ["Reconciling"]
    );
}

#[test]
fn deletion_comes_before_every_fault() {
    let mut object = stored(&[node(&["x"])]);
    object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    let flow: JobFlow = serde_json::from_value(object.clone()).unwrap();
    let status = invalid_status(&flow, &examine(&object, &NoTemplates).report, second(1));
    assert_eq!(status.state, Some(JobFlowState::Terminating));
    assert!(status.conditions.is_empty());
}
