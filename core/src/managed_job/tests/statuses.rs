//! Statuses that no plan makes, and what statuses remember.

use crds::{ManagedJob, ManagedJobStatus, ManagedState};
use expect_test::{Expect, expect, expect_file};
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use super::super::{examine, invalid_status};
use super::world::{Age, Until, World, object};

fn check(status: &ManagedJobStatus, expected: &Expect) {
    expected.assert_eq(&format!("{:#}\n", serde_json::to_value(status).unwrap()));
}

fn invalid(object: &Value, at: i64) -> ManagedJobStatus {
    let typed: ManagedJob = serde_json::from_value(object.clone()).unwrap();
    let now = Timestamp::from_second(at).unwrap();
    invalid_status(&typed, &examine(object).report, now)
}

fn two_jobs() -> Value {
    object(json!({"groups": [{"name": "g", "jobs": [{"name": "a", "image": "x"}, {"name": "b", "image": "x"}]}]}))
}

#[test]
fn a_stored_object_that_breaks_a_rule_stalls_with_the_report() {
    let mut broken = two_jobs();
    broken["spec"]["groups"][0]["jobs"][0]["dependencies"] = json!([{"name": "z"}]);
    broken["spec"]["groups"][0]["jobs"][1]["image"] = json!("");
    let status = invalid(&broken, 1);
    check(
        &status,
        &expect![[r#"
            {
              "aborted": 0,
              "conditions": [
                {
                  "lastTransitionTime": "1970-01-01T00:00:01Z",
                  "message": "spec.groups[0].jobs[0].dependencies[0].name: Invalid value: \"z\": job 'g/a' depends on it, but no job of its group has this name, no Job has it as full name, and no group (did you mean 'b' or 'g'?) [MJ201]; spec.groups[0].jobs[1].image: Required value: job 'b' must have an image [MJ003]",
                  "observedGeneration": 1,
                  "reason": "Invalid",
                  "status": "True",
                  "type": "Stalled"
                }
              ],
              "failed": 0,
              "message": "invalid: spec.groups[0].jobs[0].dependencies[0].name: Invalid value: \"z\": job 'g/a' depends on it, but no job of its group has this name, no Job has it as full name, and no group (did you mean 'b' or 'g'?) [MJ201] (and 1 more)",
              "observedGeneration": 1,
              "pending": 0,
              "running": 0,
              "state": "pending",
              "succeeded": 0,
              "total": 0
            }
        "#]],
    );
    broken["status"] = serde_json::to_value(&status).unwrap();
    assert_eq!(invalid(&broken, 2), status);
}

#[test]
fn what_was_stored_without_the_webhook_is_told_and_not_run() {
    let mut object = two_jobs();
    object["spec"]["params"] = json!({"serviceAccount": "s"});
    let message = invalid(&object, 1).message.unwrap();
    assert!(
        message.starts_with("invalid: spec.groups[0].jobs[0].compiledParams"),
        "{message}"
    );
}

#[test]
fn a_status_is_read_back_as_it_was_written() {
    let mut world = World::new(&two_jobs());
    world.reconcile(Age::default(), Until::End);
    world.end(
        "demo-g-a",
        "Failed",
        "PodFailurePolicy",
        "Container a failed with exit code 3",
    );
    world.reconcile(Age::default(), Until::End);
    let status = world.status();
    let text = format!("{:#}\n", serde_json::to_value(&status).unwrap());
    expect_file!["golden/failed_status.json"].assert_eq(&text);
    assert_eq!(world.plan(Age::default()).status, status);
}

#[test]
fn deletion_aborts_what_has_not_ended_and_comes_before_every_fault() {
    let mut broken = two_jobs();
    broken["spec"]["groups"][0]["jobs"][1]["image"] = json!("");
    broken["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    let status = invalid(&broken, 1);
    assert_eq!(status.state, Some(ManagedState::Aborted));
    assert!(status.conditions.is_empty());
    broken["status"] = json!({"state": "succeeded", "completionTime": "2026-01-01T00:00:00Z"});
    assert_eq!(invalid(&broken, 1).state, Some(ManagedState::Succeeded));
}
