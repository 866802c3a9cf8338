//! Scenarios: what happens to a SequentialJob over time, as golden text. `UPDATE_EXPECT=1 cargo test` writes them anew.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use k8s_openapi::api::batch::v1::Job;
use proptest::prelude::*;
use serde_json::json;

use super::super::{examine, invalid_status};
use super::world::{Age, Until, World, run};
use crate::engine::Action;
use crate::testing::sequential_job;

fn check(containers: &[&str], commands: &str, expected: &Expect) {
    expected.assert_eq(&run(containers, commands));
}

#[test]
fn containers_run_one_after_the_other() {
    check(
        &["a", "b"],
        "plan\nplan\ncomplete demo-0\nplan\nplan\ncomplete demo-1\nplan\nplan",
        &expect![[r#"
            1> plan
              create demo-0
              Normal JobStarted: Started job 0
              message: "running container 'a'"
              phase: "Running"
              progress: {"currentIndex":0}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False Progressing: running container 'a'
              Progressing=True JobStarted: Started job 0
              Failed=False Progressing: running container 'a'
              Reconciling=True Progressing: running container 'a'
            2> plan
              message: "running container 'a'"
              phase: "Running"
              progress: {"currentIndex":0,"currentStartTime":"1970-01-01T00:00:01Z"}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False Progressing: running container 'a'
              Progressing=True JobStarted: Started job 0
              Failed=False Progressing: running container 'a'
              Reconciling=True Progressing: running container 'a'
            3> complete demo-0
            4> plan
              create demo-1
              Normal JobCompleted: Job 0 completed successfully
              Normal JobStarted: Started job 1
              message: "running container 'b'"
              phase: "Running"
              progress: {"completedIndices":[0],"currentIndex":1}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":1,"failed":0,"succeeded":1}
              Available=False Progressing: running container 'b'
              Progressing=True JobCompleted: Job 0 completed successfully
              Failed=False Progressing: running container 'b'
              Reconciling=True Progressing: running container 'b'
            5> plan
              message: "running container 'b'"
              phase: "Running"
              progress: {"completedIndices":[0],"currentIndex":1,"currentStartTime":"1970-01-01T00:00:04Z"}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":1,"failed":0,"succeeded":1}
              Available=False Progressing: running container 'b'
              Progressing=True JobCompleted: Job 0 completed successfully
              Failed=False Progressing: running container 'b'
              Reconciling=True Progressing: running container 'b'
            6> complete demo-1
            7> plan
              Normal JobCompleted: Job 1 completed successfully
              completionTime: "1970-01-01T00:00:06Z"
              message: "2 of 2 containers succeeded"
              phase: "Succeeded"
              progress: {"completedIndices":[0,1],"currentIndex":2}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":0,"failed":0,"succeeded":2}
              Available=True Completed: 2 of 2 containers succeeded
              Progressing=False Completed: 2 of 2 containers succeeded
              Failed=False Completed: 2 of 2 containers succeeded
            8> plan
              nothing to do
        "#]],
    );
}

#[test]
fn the_first_failure_stops_it() {
    check(
        &["a", "b", "c"],
        "plan\ncomplete demo-0\nplan\nfail demo-1 BackoffLimitExceeded\nplan\ngone demo-1\nplan",
        &expect![[r#"
            1> plan
              create demo-0
              Normal JobStarted: Started job 0
              message: "running container 'a'"
              phase: "Running"
              progress: {"currentIndex":0}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False Progressing: running container 'a'
              Progressing=True JobStarted: Started job 0
              Failed=False Progressing: running container 'a'
              Reconciling=True Progressing: running container 'a'
            2> complete demo-0
            3> plan
              create demo-1
              Normal JobCompleted: Job 0 completed successfully
              Normal JobStarted: Started job 1
              message: "running container 'b'"
              phase: "Running"
              progress: {"completedIndices":[0],"currentIndex":1}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":1,"failed":0,"succeeded":1}
              Available=False Progressing: running container 'b'
              Progressing=True JobCompleted: Job 0 completed successfully
              Failed=False Progressing: running container 'b'
              Reconciling=True Progressing: running container 'b'
            4> fail demo-1 BackoffLimitExceeded
            5> plan
              Warning JobFailed: Job 1 failed: BackoffLimitExceeded
              completionTime: "1970-01-01T00:00:04Z"
              message: "container 'b' failed: BackoffLimitExceeded"
              phase: "Failed"
              progress: {"completedIndices":[0],"currentIndex":1,"failedIndex":1,"failureReason":"BackoffLimitExceeded"}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":0,"failed":1,"succeeded":1}
              Available=False JobFailed: container 'b' failed: BackoffLimitExceeded
              Progressing=False JobFailed: container 'b' failed: BackoffLimitExceeded
              Failed=True JobFailed: container 'b' failed: BackoffLimitExceeded
              Stalled=True JobFailed: container 'b' failed: BackoffLimitExceeded
            6> gone demo-1
            7> plan
              nothing to do
        "#]],
    );
}

#[test]
fn a_running_job_that_is_gone_is_made_again_and_a_finished_one_is_not() {
    check(
        &["a", "b"],
        "plan\ncomplete demo-0\nplan\nplan\ngone demo-0\ngone demo-1\nplan\nplan",
        &expect![[r#"
            1> plan
              create demo-0
              Normal JobStarted: Started job 0
              message: "running container 'a'"
              phase: "Running"
              progress: {"currentIndex":0}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False Progressing: running container 'a'
              Progressing=True JobStarted: Started job 0
              Failed=False Progressing: running container 'a'
              Reconciling=True Progressing: running container 'a'
            2> complete demo-0
            3> plan
              create demo-1
              Normal JobCompleted: Job 0 completed successfully
              Normal JobStarted: Started job 1
              message: "running container 'b'"
              phase: "Running"
              progress: {"completedIndices":[0],"currentIndex":1}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":1,"failed":0,"succeeded":1}
              Available=False Progressing: running container 'b'
              Progressing=True JobCompleted: Job 0 completed successfully
              Failed=False Progressing: running container 'b'
              Reconciling=True Progressing: running container 'b'
            4> plan
              message: "running container 'b'"
              phase: "Running"
              progress: {"completedIndices":[0],"currentIndex":1,"currentStartTime":"1970-01-01T00:00:03Z"}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":1,"failed":0,"succeeded":1}
              Available=False Progressing: running container 'b'
              Progressing=True JobCompleted: Job 0 completed successfully
              Failed=False Progressing: running container 'b'
              Reconciling=True Progressing: running container 'b'
            5> gone demo-0
            6> gone demo-1
            7> plan
              create demo-1
              Warning JobRecreated: creates again, since deleted before the end: job 'demo-1'
              message: "running container 'b'"
              phase: "Running"
              progress: {"completedIndices":[0],"currentIndex":1}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":1,"failed":0,"succeeded":1}
              Available=False Progressing: running container 'b'
              Progressing=True JobCompleted: Job 0 completed successfully
              Failed=False Progressing: running container 'b'
              Reconciling=True Progressing: running container 'b'
            8> plan
              message: "running container 'b'"
              phase: "Running"
              progress: {"completedIndices":[0],"currentIndex":1,"currentStartTime":"1970-01-01T00:00:07Z"}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":1,"failed":0,"succeeded":1}
              Available=False Progressing: running container 'b'
              Progressing=True JobCompleted: Job 0 completed successfully
              Failed=False Progressing: running container 'b'
              Reconciling=True Progressing: running container 'b'
        "#]],
    );
}

#[test]
fn after_a_crash_before_the_create_the_job_is_made_without_a_word() {
    check(
        &["a"],
        "crash after status\nplan",
        &expect![[r#"
            1> crash after status
            2> plan
              create demo-0
              message: "running container 'a'"
              phase: "Running"
              progress: {"currentIndex":0}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False Progressing: running container 'a'
              Progressing=True JobStarted: Started job 0
              Failed=False Progressing: running container 'a'
              Reconciling=True Progressing: running container 'a'
        "#]],
    );
}

#[test]
fn a_job_of_somebody_else_is_told_once_and_never_adopted() {
    check(
        &["a"],
        "occupy demo-0\nplan\nplan\ngone demo-0\nplan",
        &expect![[r#"
            1> occupy demo-0
            2> plan
              Warning NameConflict: container 'a' waits: the job 'demo-0' exists and is not ours: delete it, or choose another name
              message: "container 'a' waits: the job 'demo-0' exists and is not ours: delete it, or choose another name"
              phase: "Pending"
              progress: {"currentIndex":0}
              startTime: "1970-01-01T00:00:02Z"
              state: {"active":0,"failed":0,"succeeded":0}
              Available=False NameConflict: container 'a' waits: the job 'demo-0' exists and is not ours: delete it, or choose another name
              Progressing=False NameConflict: container 'a' waits: the job 'demo-0' exists and is not ours: delete it, or choose another name
              Failed=False NameConflict: container 'a' waits: the job 'demo-0' exists and is not ours: delete it, or choose another name
              Stalled=True NameConflict: container 'a' waits: the job 'demo-0' exists and is not ours: delete it, or choose another name
            3> plan
              nothing to do
            4> gone demo-0
            5> plan
              create demo-0
              Normal JobStarted: Started job 0
              message: "running container 'a'"
              phase: "Running"
              progress: {"currentIndex":0}
              startTime: "1970-01-01T00:00:02Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False Progressing: running container 'a'
              Progressing=True JobStarted: Started job 0
              Failed=False Progressing: running container 'a'
              Reconciling=True Progressing: running container 'a'
        "#]],
    );
}

#[test]
fn while_it_is_deleted_nothing_starts() {
    check(
        &["a", "b"],
        "plan\ncomplete demo-0\ndelete-object\nplan\nplan",
        &expect![[r#"
            1> plan
              create demo-0
              Normal JobStarted: Started job 0
              message: "running container 'a'"
              phase: "Running"
              progress: {"currentIndex":0}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False Progressing: running container 'a'
              Progressing=True JobStarted: Started job 0
              Failed=False Progressing: running container 'a'
              Reconciling=True Progressing: running container 'a'
            2> complete demo-0
            3> delete-object
            4> plan
              message: "is being deleted, and its jobs with it"
              phase: "Terminating"
              progress: {"currentIndex":0}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False Progressing: running container 'a'
              Progressing=True JobStarted: Started job 0
              Failed=False Progressing: running container 'a'
              Reconciling=True Progressing: running container 'a'
            5> plan
              nothing to do
        "#]],
    );
}

#[test]
fn a_suspension_holds_the_running_job_and_a_resumption_gives_it_back() {
    check(
        &["a", "b"],
        "plan\nplan\nset suspend true\nplan\nplan\nset suspend false\nplan\nplan",
        &expect![[r#"
            1> plan
              create demo-0
              Normal JobStarted: Started job 0
              message: "running container 'a'"
              phase: "Running"
              progress: {"currentIndex":0}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False Progressing: running container 'a'
              Progressing=True JobStarted: Started job 0
              Failed=False Progressing: running container 'a'
              Reconciling=True Progressing: running container 'a'
            2> plan
              message: "running container 'a'"
              phase: "Running"
              progress: {"currentIndex":0,"currentStartTime":"1970-01-01T00:00:01Z"}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False Progressing: running container 'a'
              Progressing=True JobStarted: Started job 0
              Failed=False Progressing: running container 'a'
              Reconciling=True Progressing: running container 'a'
            3> set suspend true
            4> plan
              suspend demo-0
              Normal Suspended: no job runs until it is resumed
              message: "suspended: no job runs until it is resumed"
              phase: "Suspended"
              progress: {"currentIndex":0,"currentStartTime":"1970-01-01T00:00:01Z"}
              startTime: "1970-01-01T00:00:01Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False Suspended: suspended: no job runs until it is resumed
              Progressing=False Suspended: suspended: no job runs until it is resumed
              Failed=False Suspended: suspended: no job runs until it is resumed
              Reconciling=True Suspended: suspended: no job runs until it is resumed
              Suspended=True Suspended: suspended: no job runs until it is resumed
            5> plan
              nothing to do
            6> set suspend false
            7> plan
              resume demo-0
              Normal Resumed: goes on after a suspension
              message: "running container 'a'"
              phase: "Running"
              progress: {"currentIndex":0,"currentStartTime":"1970-01-01T00:00:01Z"}
              startTime: "1970-01-01T00:00:07Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False Progressing: running container 'a'
              Progressing=True JobStarted: Started job 0
              Failed=False Progressing: running container 'a'
              Reconciling=True Progressing: running container 'a'
            8> plan
              nothing to do
        "#]],
    );
}

#[test]
fn when_the_time_is_up_the_running_job_is_stopped() {
    check(
        &["a", "b"],
        "set activeDeadlineSeconds 10\nplan\nplan\nat 12\nplan\ngone demo-0\nplan\nplan",
        &expect![[r#"
            1> set activeDeadlineSeconds 10
            2> plan
              create demo-0
              wakes at 12
              Normal JobStarted: Started job 0
              message: "running container 'a'"
              phase: "Running"
              progress: {"currentIndex":0}
              startTime: "1970-01-01T00:00:02Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False Progressing: running container 'a'
              Progressing=True JobStarted: Started job 0
              Failed=False Progressing: running container 'a'
              Reconciling=True Progressing: running container 'a'
            3> plan
              wakes at 12
              message: "running container 'a'"
              phase: "Running"
              progress: {"currentIndex":0,"currentStartTime":"1970-01-01T00:00:02Z"}
              startTime: "1970-01-01T00:00:02Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False Progressing: running container 'a'
              Progressing=True JobStarted: Started job 0
              Failed=False Progressing: running container 'a'
              Reconciling=True Progressing: running container 'a'
            4> at 12
            13> plan
              delete demo-0
              Warning JobStopped: stops job 'demo-0'
              message: "was active for longer than `activeDeadlineSeconds` allows; stopping container 'a'"
              phase: "Terminating"
              progress: {"currentIndex":0,"currentStartTime":"1970-01-01T00:00:02Z"}
              startTime: "1970-01-01T00:00:02Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows; stopping container 'a'
              Progressing=False DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows; stopping container 'a'
              Failed=False DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows; stopping container 'a'
              Reconciling=True DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows; stopping container 'a'
            14> gone demo-0
            15> plan
              Warning DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              completionTime: "1970-01-01T00:00:15Z"
              message: "was active for longer than `activeDeadlineSeconds` allows"
              phase: "Failed"
              progress: {"currentIndex":0,"failedIndex":0,"failureReason":"DeadlineExceeded"}
              startTime: "1970-01-01T00:00:02Z"
              state: {"active":0,"failed":1,"succeeded":0}
              Available=False DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              Progressing=False DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              Failed=True DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              Stalled=True DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
            16> plan
              nothing to do
        "#]],
    );
}

#[test]
fn a_stop_is_carried_through_although_there_is_more_time_by_then() {
    check(
        &["a"],
        "set activeDeadlineSeconds 1\nplan\nplan\nset activeDeadlineSeconds 99\nplan\ngone demo-0\nplan",
        &expect![[r#"
            1> set activeDeadlineSeconds 1
            2> plan
              create demo-0
              wakes at 3
              Normal JobStarted: Started job 0
              message: "running container 'a'"
              phase: "Running"
              progress: {"currentIndex":0}
              startTime: "1970-01-01T00:00:02Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False Progressing: running container 'a'
              Progressing=True JobStarted: Started job 0
              Failed=False Progressing: running container 'a'
              Reconciling=True Progressing: running container 'a'
            3> plan
              delete demo-0
              Warning JobStopped: stops job 'demo-0'
              message: "was active for longer than `activeDeadlineSeconds` allows; stopping container 'a'"
              phase: "Terminating"
              progress: {"currentIndex":0,"currentStartTime":"1970-01-01T00:00:02Z"}
              startTime: "1970-01-01T00:00:02Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows; stopping container 'a'
              Progressing=False DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows; stopping container 'a'
              Failed=False DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows; stopping container 'a'
              Reconciling=True DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows; stopping container 'a'
            4> set activeDeadlineSeconds 99
            5> plan
              wakes at 101
              message: "was active for longer than `activeDeadlineSeconds` allows; stopping container 'a'"
              phase: "Terminating"
              progress: {"currentIndex":0,"currentStartTime":"1970-01-01T00:00:02Z"}
              startTime: "1970-01-01T00:00:02Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows; stopping container 'a'
              Progressing=False DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows; stopping container 'a'
              Failed=False DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows; stopping container 'a'
              Reconciling=True DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows; stopping container 'a'
            6> gone demo-0
            7> plan
              Warning DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              completionTime: "1970-01-01T00:00:07Z"
              message: "was active for longer than `activeDeadlineSeconds` allows"
              phase: "Failed"
              progress: {"currentIndex":0,"failedIndex":0,"failureReason":"DeadlineExceeded"}
              startTime: "1970-01-01T00:00:02Z"
              state: {"active":0,"failed":1,"succeeded":0}
              Available=False DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              Progressing=False DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              Failed=True DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              Stalled=True DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
        "#]],
    );
}

#[test]
fn the_time_passes_also_while_nothing_can_start() {
    check(
        &["a", "b"],
        "occupy demo-0\nset activeDeadlineSeconds 10\nplan\nat 13\nplan\nplan",
        &expect![[r#"
            1> occupy demo-0
            2> set activeDeadlineSeconds 10
            3> plan
              wakes at 13
              Warning NameConflict: container 'a' waits: the job 'demo-0' exists and is not ours: delete it, or choose another name
              message: "container 'a' waits: the job 'demo-0' exists and is not ours: delete it, or choose another name"
              phase: "Pending"
              progress: {"currentIndex":0}
              startTime: "1970-01-01T00:00:03Z"
              state: {"active":0,"failed":0,"succeeded":0}
              Available=False NameConflict: container 'a' waits: the job 'demo-0' exists and is not ours: delete it, or choose another name
              Progressing=False NameConflict: container 'a' waits: the job 'demo-0' exists and is not ours: delete it, or choose another name
              Failed=False NameConflict: container 'a' waits: the job 'demo-0' exists and is not ours: delete it, or choose another name
              Stalled=True NameConflict: container 'a' waits: the job 'demo-0' exists and is not ours: delete it, or choose another name
            4> at 13
            14> plan
              Warning DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              completionTime: "1970-01-01T00:00:14Z"
              message: "was active for longer than `activeDeadlineSeconds` allows"
              phase: "Failed"
              progress: {"currentIndex":0,"failedIndex":0,"failureReason":"DeadlineExceeded"}
              startTime: "1970-01-01T00:00:03Z"
              state: {"active":0,"failed":1,"succeeded":0}
              Available=False DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              Progressing=False DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              Failed=True DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              Stalled=True DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
            15> plan
              nothing to do
        "#]],
    );
}

#[test]
fn what_has_ended_goes_after_its_time() {
    check(
        &["a"],
        "set ttlSecondsAfterFinished 5\nplan\ncomplete demo-0\nplan\nat 8\nplan\nplan",
        &expect![[r#"
            1> set ttlSecondsAfterFinished 5
            2> plan
              create demo-0
              Normal JobStarted: Started job 0
              message: "running container 'a'"
              phase: "Running"
              progress: {"currentIndex":0}
              startTime: "1970-01-01T00:00:02Z"
              state: {"active":1,"failed":0,"succeeded":0}
              Available=False Progressing: running container 'a'
              Progressing=True JobStarted: Started job 0
              Failed=False Progressing: running container 'a'
              Reconciling=True Progressing: running container 'a'
            3> complete demo-0
            4> plan
              wakes at 8
              Normal JobCompleted: Job 0 completed successfully
              completionTime: "1970-01-01T00:00:03Z"
              message: "1 of 1 containers succeeded"
              phase: "Succeeded"
              progress: {"completedIndices":[0],"currentIndex":1}
              startTime: "1970-01-01T00:00:02Z"
              state: {"active":0,"failed":0,"succeeded":1}
              Available=True Completed: 1 of 1 containers succeeded
              Progressing=False Completed: 1 of 1 containers succeeded
              Failed=False Completed: 1 of 1 containers succeeded
            5> at 8
            9> plan
              delete the object
              completionTime: "1970-01-01T00:00:03Z"
              message: "1 of 1 containers succeeded"
              phase: "Succeeded"
              progress: {"completedIndices":[0],"currentIndex":1}
              startTime: "1970-01-01T00:00:02Z"
              state: {"active":0,"failed":0,"succeeded":1}
              Available=True Completed: 1 of 1 containers succeeded
              Progressing=False Completed: 1 of 1 containers succeeded
              Failed=False Completed: 1 of 1 containers succeeded
            10> plan
              completionTime: "1970-01-01T00:00:03Z"
              message: "is being deleted, and its jobs with it"
              phase: "Terminating"
              progress: {"completedIndices":[0],"currentIndex":1}
              startTime: "1970-01-01T00:00:02Z"
              state: {"active":0,"failed":0,"succeeded":1}
              Available=True Completed: 1 of 1 containers succeeded
              Progressing=False Completed: 1 of 1 containers succeeded
              Failed=False Completed: 1 of 1 containers succeeded
        "#]],
    );
}

#[test]
fn a_job_has_the_container_what_is_shared_and_our_labels() {
    let template = json!({"metadata": {"labels": {"team": "data"}, "annotations": {"note": "x"}},
        "spec": {"volumes": [{"name": "v", "emptyDir": {}}]}});
    let world = World::new(&["a", "b"], &json!({"template": template, "backoffLimit": 2}));
    let Some(Action::CreateJob(job)) = world.plan(Age::default()).actions.pop() else {
        panic!("the first job is made");
    };
    expect![[r#"
        {
          "apiVersion": "batch/v1",
          "kind": "Job",
          "metadata": {
            "labels": {
              "api.practice.com/owner-kind": "SequentialJob",
              "api.practice.com/owner-name": "demo",
              "api.practice.com/owner-uid": "uid-0",
              "api.practice.com/step": "a",
              "app.kubernetes.io/managed-by": "jobflow",
              "team": "data"
            },
            "name": "demo-0",
            "namespace": "test",
            "ownerReferences": [
              {
                "apiVersion": "batch.example.com/v1alpha1",
                "blockOwnerDeletion": true,
                "controller": true,
                "kind": "SequentialJob",
                "name": "demo",
                "uid": "uid-0"
              }
            ]
          },
          "spec": {
            "backoffLimit": 2,
            "template": {
              "metadata": {
                "annotations": {
                  "note": "x"
                },
                "labels": {
                  "api.practice.com/owner-kind": "SequentialJob",
                  "api.practice.com/owner-name": "demo",
                  "api.practice.com/owner-uid": "uid-0",
                  "api.practice.com/step": "a",
                  "app.kubernetes.io/managed-by": "jobflow",
                  "team": "data"
                }
              },
              "spec": {
                "containers": [
                  {
                    "image": "busybox",
                    "name": "a"
                  }
                ],
                "restartPolicy": "Never",
                "volumes": [
                  {
                    "emptyDir": {},
                    "name": "v"
                  }
                ]
              }
            }
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&job).unwrap());
}

#[test]
fn a_stored_object_that_breaks_a_rule_is_stalled_and_says_why() {
    let object = sequential_job(json!({"containers": []}));
    let examined = examine(&object);
    let object: crds::SequentialJob = serde_json::from_value(object).unwrap();
    let now = k8s_openapi::jiff::Timestamp::UNIX_EPOCH;
    let status = invalid_status(&object, &examined.report, now);
    expect![[r#"
        {
          "observedGeneration": 0,
          "phase": "Pending",
          "message": "invalid: spec.containers: Required value: must contain at least one container [SJ001]",
          "conditions": [
            {
              "lastTransitionTime": "1970-01-01T00:00:00Z",
              "message": "spec.containers: Required value: must contain at least one container [SJ001]",
              "observedGeneration": 0,
              "reason": "Invalid",
              "status": "False",
              "type": "Available"
            },
            {
              "lastTransitionTime": "1970-01-01T00:00:00Z",
              "message": "spec.containers: Required value: must contain at least one container [SJ001]",
              "observedGeneration": 0,
              "reason": "Invalid",
              "status": "False",
              "type": "Progressing"
            },
            {
              "lastTransitionTime": "1970-01-01T00:00:00Z",
              "message": "spec.containers: Required value: must contain at least one container [SJ001]",
              "observedGeneration": 0,
              "reason": "Invalid",
              "status": "False",
              "type": "Failed"
            },
            {
              "lastTransitionTime": "1970-01-01T00:00:00Z",
              "message": "spec.containers: Required value: must contain at least one container [SJ001]",
              "observedGeneration": 0,
              "reason": "Invalid",
              "status": "True",
              "type": "Stalled"
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&status).unwrap());
}

/// The Job that was made last ends, or goes if it is being deleted.
fn end_or_go(world: &mut World) {
    let is_going = |job: &&Job| job.metadata.deletion_timestamp.is_some();
    let name = |job: &Job| job.metadata.name.clone().unwrap();
    let gone: Vec<String> = world.jobs().values().filter(is_going).map(name).collect();
    for name in gone {
        world.remove(&name);
    }
    let last = world.jobs().values().rev().find(|job| job.status.is_none()).map(name);
    if let Some(name) = last {
        world.end(&name, "Complete", "", "");
    }
}

/// A look that may be cut off after each of its writes.
fn any_until() -> impl Strategy<Value = Until> {
    prop_oneof![
        Just(Until::Planned),
        Just(Until::StatusWritten),
        Just(Until::ActionsDone(1)),
    ]
}

proptest! {
    /// Wherever the executor is killed, and whenever the whole is suspended, every container runs exactly once, and in
    /// order.
    #[test]
    fn a_crash_after_any_write_loses_and_doubles_nothing(
        looks in proptest::collection::vec((any_until(), proptest::option::of(any::<bool>())), 0..40),
        count in 1_usize..6,
    ) {
        let names: Vec<String> = (0..count).map(|index| format!("c{index}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut world = World::new(&names, &json!({}));
        let resumed = std::iter::once((Until::End, Some(false))).chain(vec![(Until::End, None); 3 * count]);
        for (until, suspend) in looks.into_iter().chain(resumed) {
            if let Some(suspend) = suspend {
                world.set("suspend", json!(suspend));
            }
            world.seconds += 1;
            world.reconcile(Age::default(), until);
            let running = world.jobs().values().filter(|job| job.status.is_none()).count();
            prop_assert!(running <= 1, "{} run at once", running);
            end_or_go(&mut world);
        }
        let once: BTreeMap<String, u32> = (0..count).map(|index| (format!("demo-{index}"), 1)).collect();
        prop_assert_eq!(&world.made, &once);
        let phase = world.status().phase;
        prop_assert_eq!(phase.as_deref(), Some("Succeeded"));
    }

    /// With a deadline at any time, and changed at any time, it ends one way or the other, and nothing is left running.
    #[test]
    fn a_deadline_at_any_moment_ends_it_and_leaves_nothing_running(
        looks in proptest::collection::vec((any_until(), proptest::option::of(0_u32..30)), 0..40),
        count in 1_usize..6,
    ) {
        let names: Vec<String> = (0..count).map(|index| format!("c{index}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut world = World::new(&names, &json!({"activeDeadlineSeconds": 9}));
        for (until, seconds) in looks.into_iter().chain(vec![(Until::End, None); 4 * count]) {
            if let Some(seconds) = seconds {
                world.set("activeDeadlineSeconds", json!(seconds));
            }
            world.seconds += 1;
            world.reconcile(Age::default(), until);
            if !matches!(until, Until::Planned | Until::StatusWritten) {
                end_or_go(&mut world);
            }
        }
        let status = world.status();
        let progress = status.progress.unwrap_or_default();
        let done = progress.completed_indices.len();
        if done == count {
            prop_assert_eq!(status.phase.as_deref(), Some("Succeeded"));
            prop_assert_eq!(progress.failure_reason, None);
        } else {
            prop_assert_eq!(status.phase.as_deref(), Some("Failed"));
            prop_assert_eq!(progress.failure_reason.as_deref(), Some("DeadlineExceeded"));
            prop_assert_eq!(progress.failed_index, i32::try_from(done).ok());
        }
        prop_assert!(world.jobs().values().all(|job| job.status.is_some()));
        prop_assert!(world.made.values().all(|&times| times <= 1), "{:?}", world.made);
    }
}
