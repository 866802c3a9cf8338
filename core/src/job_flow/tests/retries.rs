//! Scenarios of retries.

#![expect(clippy::too_many_lines, reason = "a scenario is as long as what it shows")]

use expect_test::{Expect, expect};

use super::script::run;

fn check(script: &str, expected: &Expect) {
    expected.assert_eq(&run(script));
}

#[test]
fn a_retry_keeps_what_succeeded_and_goes_on() {
    check(
        "a\nb <- a\nc <- b

         plan
         complete a
         plan
         fail b BackoffLimitExceeded
         plan
         retry 1
         plan
         plan
         gone b
         plan
         plan
         complete b
         plan
         complete c
         plan
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/3 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Waiting [..]
              - c Waiting [..]
            2> complete a
            3> plan
              create demo-b
              Normal JobCompleted: succeeded: flow 'a'
              Normal JobCreated: creates job 'demo-b'
              Running 1/3 [1..] running flow 'b'
              Reconciling=True Progressing since 1
              - a Succeeded [1..2]
              - b Active [..]
              - c Waiting [..]
            4> fail b BackoffLimitExceeded
            5> plan
              Warning JobFailed: flow 'b' failed: BackoffLimitExceeded
              Normal Skipped: skipped flow 'c'
              Warning Failed: flow 'b' failed: BackoffLimitExceeded
              Failed 1/3 [1..4] flow 'b' failed: BackoffLimitExceeded
              Failed=True JobFailed since 5
              Stalled=True JobFailed since 5
              - a Succeeded [1..2]
              - b Failed [3..4] BackoffLimitExceeded
              - c Skipped [..] DependencyFailed: b
            6> retry 1
            7> plan
              delete demo-b
              Normal JobTerminating: flow 'b' waits: the job 'demo-b' of the try before is being deleted
              Normal Retried: tries again 2 flows: 'b', 'c' (api.practice.com/retry: 1)
              Running 1/3 [7..] flow 'b' waits: the job 'demo-b' of the try before is being deleted
              Reconciling=True JobTerminating since 7
              - a Succeeded [1..2]
              - b Waiting [..] JobTerminating
              - c Waiting [..]
            8> plan
              nothing to do
            9> gone b
            10> plan
              create demo-b
              Normal JobCreated: creates job 'demo-b'
              Running 1/3 [7..] running flow 'b'
              Reconciling=True Progressing since 7
              - a Succeeded [1..2]
              - b Active [..]
              - c Waiting [..]
            11> plan
              Running 1/3 [7..] running flow 'b'
              Reconciling=True Progressing since 7
              - a Succeeded [1..2]
              - b Active [10..]
              - c Waiting [..]
            12> complete b
            13> plan
              create demo-c
              Normal JobCompleted: succeeded: flow 'b'
              Normal JobCreated: creates job 'demo-c'
              Running 2/3 [7..] running flow 'c'
              Reconciling=True Progressing since 7
              - a Succeeded [1..2]
              - b Succeeded [10..12]
              - c Active [..]
            14> complete c
            15> plan
              Normal JobCompleted: succeeded: flow 'c'
              Normal Completed: 3 of 3 flows succeeded
              Succeed 3/3 [7..14] 3 of 3 flows succeeded
              Complete=True Completed since 15
              - a Succeeded [1..2]
              - b Succeeded [10..12]
              - c Succeeded [13..14]
            16> plan
              nothing to do
        "#]],
    );
}

#[test]
fn a_value_acts_once_and_not_before_something_failed() {
    check(
        "a

         retry 1
         plan
         fail a BackoffLimitExceeded
         plan
         plan
         retry 2
         plan
         gone a
         plan
         fail a BackoffLimitExceeded
         plan
         plan",
        &expect![[r#"
            1> retry 1
            2> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/1 [2..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [..]
            3> fail a BackoffLimitExceeded
            4> plan
              Warning JobFailed: flow 'a' failed: BackoffLimitExceeded
              Warning Failed: flow 'a' failed: BackoffLimitExceeded
              Failed 0/1 [2..3] flow 'a' failed: BackoffLimitExceeded
              Failed=True JobFailed since 4
              Stalled=True JobFailed since 4
              - a Failed [2..3] BackoffLimitExceeded
            5> plan
              nothing to do
            6> retry 2
            7> plan
              delete demo-a
              Normal JobTerminating: flow 'a' waits: the job 'demo-a' of the try before is being deleted
              Normal Retried: tries again flow 'a' (api.practice.com/retry: 2)
              Pending 0/1 [7..] flow 'a' waits: the job 'demo-a' of the try before is being deleted
              Reconciling=True JobTerminating since 7
              - a Waiting [..] JobTerminating
            8> gone a
            9> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/1 [7..] running flow 'a'
              Reconciling=True Progressing since 7
              - a Active [..]
            10> fail a BackoffLimitExceeded
            11> plan
              Warning JobFailed: flow 'a' failed: BackoffLimitExceeded
              Warning Failed: flow 'a' failed: BackoffLimitExceeded
              Failed 0/1 [7..10] flow 'a' failed: BackoffLimitExceeded
              Failed=True JobFailed since 11
              Stalled=True JobFailed since 11
              - a Failed [9..10] BackoffLimitExceeded
            12> plan
              nothing to do
        "#]],
    );
}

#[test]
fn a_crash_at_any_point_of_a_retry_is_made_good() {
    check(
        "a\nb <- a

         plan
         fail a BackoffLimitExceeded
         plan
         retry 1
         crash after status
         plan
         plan
         gone a
         crash after status
         plan
         complete a
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/2 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Waiting [..]
            2> fail a BackoffLimitExceeded
            3> plan
              Warning JobFailed: flow 'a' failed: BackoffLimitExceeded
              Normal Skipped: skipped flow 'b'
              Warning Failed: flow 'a' failed: BackoffLimitExceeded
              Failed 0/2 [1..2] flow 'a' failed: BackoffLimitExceeded
              Failed=True JobFailed since 3
              Stalled=True JobFailed since 3
              - a Failed [1..2] BackoffLimitExceeded
              - b Skipped [..] DependencyFailed: a
            4> retry 1
            5> crash after status
            6> plan
              delete demo-a
              Pending 0/2 [5..] flow 'a' waits: the job 'demo-a' of the try before is being deleted
              Reconciling=True JobTerminating since 5
              - a Waiting [..] JobTerminating
              - b Waiting [..]
            7> plan
              nothing to do
            8> gone a
            9> crash after status
            10> plan
              create demo-a
              Running 0/2 [5..] running flow 'a'
              Reconciling=True Progressing since 5
              - a Active [..]
              - b Waiting [..]
            11> complete a
            12> plan
              create demo-b
              Normal JobCompleted: succeeded: flow 'a'
              Normal JobCreated: creates job 'demo-b'
              Running 1/2 [5..] running flow 'b'
              Reconciling=True Progressing since 5
              - a Succeeded [10..11]
              - b Active [..]
        "#]],
    );
}

#[test]
fn a_retry_whose_job_is_gone_starts_at_once() {
    check(
        "a

         plan
         fail a BackoffLimitExceeded
         plan
         gone a
         retry 1
         plan
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/1 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
            2> fail a BackoffLimitExceeded
            3> plan
              Warning JobFailed: flow 'a' failed: BackoffLimitExceeded
              Warning Failed: flow 'a' failed: BackoffLimitExceeded
              Failed 0/1 [1..2] flow 'a' failed: BackoffLimitExceeded
              Failed=True JobFailed since 3
              Stalled=True JobFailed since 3
              - a Failed [1..2] BackoffLimitExceeded
            4> gone a
            5> retry 1
            6> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Normal Retried: tries again flow 'a' (api.practice.com/retry: 1)
              Running 0/1 [6..] running flow 'a'
              Reconciling=True Progressing since 6
              - a Active [..]
            7> plan
              Running 0/1 [6..] running flow 'a'
              Reconciling=True Progressing since 6
              - a Active [6..]
        "#]],
    );
}

#[test]
fn a_retry_while_others_run_does_not_disturb_them() {
    check(
        "a\nb

         plan
         fail a BackoffLimitExceeded
         plan
         retry 1
         plan
         gone a
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              create demo-b
              Normal JobCreated: creates 2 jobs: 'demo-a', 'demo-b'
              Running 0/2 [1..] running 2 flows: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Active [..]
            2> fail a BackoffLimitExceeded
            3> plan
              Warning JobFailed: flow 'a' failed: BackoffLimitExceeded
              Running 0/2 [1..] flow 'a' failed: BackoffLimitExceeded
              Reconciling=True Progressing since 1
              - a Failed [1..2] BackoffLimitExceeded
              - b Active [1..]
            4> retry 1
            5> plan
              delete demo-a
              Normal JobTerminating: flow 'a' waits: the job 'demo-a' of the try before is being deleted
              Normal Retried: tries again flow 'a' (api.practice.com/retry: 1)
              Running 0/2 [1..] flow 'a' waits: the job 'demo-a' of the try before is being deleted
              Reconciling=True JobTerminating since 1
              - a Waiting [..] JobTerminating
              - b Active [1..]
            6> gone a
            7> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/2 [1..] running 2 flows: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Active [1..]
        "#]],
    );
}

#[test]
fn what_handles_failures_is_part_of_the_try_that_is_repeated() {
    check(
        "a\nb\nhandler <- a ?OnFailure\nfinally <- b ?Always

         plan
         fail a BackoffLimitExceeded
         complete b
         plan
         complete handler finally
         plan
         retry 1
         plan
         gone a
         gone handler
         plan
         complete a
         plan
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              create demo-b
              Normal JobCreated: creates 2 jobs: 'demo-a', 'demo-b'
              Running 0/4 [1..] running 2 flows: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Active [..]
              - handler Waiting [..]
              - finally Waiting [..]
            2> fail a BackoffLimitExceeded
            3> complete b
            4> plan
              create demo-handler
              create demo-finally
              Normal JobCompleted: succeeded: flow 'b'
              Warning JobFailed: flow 'a' failed: BackoffLimitExceeded
              Normal JobCreated: creates 2 jobs: 'demo-handler', 'demo-finally'
              Running 1/4 [1..] flow 'a' failed: BackoffLimitExceeded
              Reconciling=True Progressing since 1
              - a Failed [1..2] BackoffLimitExceeded
              - b Succeeded [1..3]
              - handler Active [..]
              - finally Active [..]
            5> complete handler finally
            6> plan
              Normal JobCompleted: succeeded: 2 flows: 'handler', 'finally'
              Warning Failed: flow 'a' failed: BackoffLimitExceeded
              Failed 3/4 [1..5] flow 'a' failed: BackoffLimitExceeded
              Failed=True JobFailed since 6
              Stalled=True JobFailed since 6
              - a Failed [1..2] BackoffLimitExceeded
              - b Succeeded [1..3]
              - handler Succeeded [4..5]
              - finally Succeeded [4..5]
            7> retry 1
            8> plan
              delete demo-a
              delete demo-handler
              Normal JobTerminating: flow 'a' waits: the job 'demo-a' of the try before is being deleted
              Normal Retried: tries again 2 flows: 'a', 'handler' (api.practice.com/retry: 1)
              Running 2/4 [8..] flow 'a' waits: the job 'demo-a' of the try before is being deleted
              Reconciling=True JobTerminating since 8
              - a Waiting [..] JobTerminating
              - b Succeeded [1..3]
              - handler Waiting [..]
              - finally Succeeded [4..5]
            9> gone a
            10> gone handler
            11> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 2/4 [8..] running flow 'a'
              Reconciling=True Progressing since 8
              - a Active [..]
              - b Succeeded [1..3]
              - handler Waiting [..]
              - finally Succeeded [4..5]
            12> complete a
            13> plan
              Normal JobCompleted: succeeded: flow 'a'
              Normal Skipped: skipped flow 'handler'
              Normal Completed: 3 of 4 flows succeeded, 1 not needed
              Succeed 3/4 [8..12] 3 of 4 flows succeeded, 1 not needed
              Complete=True Completed since 13
              - a Succeeded [11..12]
              - b Succeeded [1..3]
              - handler Skipped [..] NothingFailed
              - finally Succeeded [4..5]
            14> plan
              nothing to do
        "#]],
    );
}

#[test]
fn a_retry_after_the_deadline_has_a_clock_of_its_own() {
    check(
        "a\nb <- a

         set activeDeadlineSeconds 10
         plan
         plan
         at 12
         plan
         gone a
         plan
         at 100
         retry 1
         plan
         plan",
        &expect![[r#"
            1> set activeDeadlineSeconds 10
            2> plan
              create demo-a
              wakes at 12
              Normal JobCreated: creates job 'demo-a'
              Running 0/2 [2..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [..]
              - b Waiting [..]
            3> plan
              wakes at 12
              Running 0/2 [2..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [2..]
              - b Waiting [..]
            4> at 12
            13> plan
              delete demo-a
              Normal Skipped: skipped flow 'b'
              Warning JobStopped: stops job 'demo-a'
              Terminating 0/2 [2..] was active for longer than `activeDeadlineSeconds` allows; stopping flow 'a'
              Reconciling=True DeadlineExceeded since 2
              - a Active [2..] DeadlineExceeded
              - b Skipped [..] DeadlineExceeded
            14> gone a
            15> plan
              Warning DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              Failed 0/2 [2..15] was active for longer than `activeDeadlineSeconds` allows
              Failed=True DeadlineExceeded since 15
              Stalled=True DeadlineExceeded since 15
              - a Failed [2..15] DeadlineExceeded
              - b Skipped [..] DeadlineExceeded
            16> at 100
            101> retry 1
            102> plan
              create demo-a
              wakes at 112
              Normal JobCreated: creates job 'demo-a'
              Normal Retried: tries again 2 flows: 'a', 'b' (api.practice.com/retry: 1)
              Running 0/2 [102..] running flow 'a'
              Reconciling=True Progressing since 102
              - a Active [..]
              - b Waiting [..]
            103> plan
              wakes at 112
              Running 0/2 [102..] running flow 'a'
              Reconciling=True Progressing since 102
              - a Active [102..]
              - b Waiting [..]
        "#]],
    );
}

#[test]
fn a_retry_of_what_is_being_stopped_waits_for_its_end() {
    check(
        "a

         set activeDeadlineSeconds 10
         plan
         plan
         at 12
         plan
         retry 1
         plan
         gone a
         plan",
        &expect![[r#"
            1> set activeDeadlineSeconds 10
            2> plan
              create demo-a
              wakes at 12
              Normal JobCreated: creates job 'demo-a'
              Running 0/1 [2..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [..]
            3> plan
              wakes at 12
              Running 0/1 [2..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [2..]
            4> at 12
            13> plan
              delete demo-a
              Warning JobStopped: stops job 'demo-a'
              Terminating 0/1 [2..] was active for longer than `activeDeadlineSeconds` allows; stopping flow 'a'
              Reconciling=True DeadlineExceeded since 2
              - a Active [2..] DeadlineExceeded
            14> retry 1
            15> plan
              wakes at 25
              Normal JobTerminating: flow 'a' waits: the job 'demo-a' of the try before is being deleted
              Normal Retried: tries again flow 'a' (api.practice.com/retry: 1)
              Pending 0/1 [15..] flow 'a' waits: the job 'demo-a' of the try before is being deleted
              Reconciling=True JobTerminating since 2
              - a Waiting [..] JobTerminating
            16> gone a
            17> plan
              create demo-a
              wakes at 25
              Normal JobCreated: creates job 'demo-a'
              Running 0/1 [15..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [..]
        "#]],
    );
}

#[test]
fn a_retry_that_is_suspended_waits_for_its_resumption() {
    check(
        "a

         plan
         fail a BackoffLimitExceeded
         plan
         set suspend true
         retry 1
         plan
         gone a
         plan
         set suspend false
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/1 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
            2> fail a BackoffLimitExceeded
            3> plan
              Warning JobFailed: flow 'a' failed: BackoffLimitExceeded
              Warning Failed: flow 'a' failed: BackoffLimitExceeded
              Failed 0/1 [1..2] flow 'a' failed: BackoffLimitExceeded
              Failed=True JobFailed since 3
              Stalled=True JobFailed since 3
              - a Failed [1..2] BackoffLimitExceeded
            4> set suspend true
            5> retry 1
            6> plan
              delete demo-a
              Normal Retried: tries again flow 'a' (api.practice.com/retry: 1)
              Normal Suspended: no job runs until it is resumed
              Suspended 0/1 [..] suspended: no job runs until it is resumed
              Reconciling=True Suspended since 6
              Suspended=True Suspended since 6
              - a Waiting [..]
            7> gone a
            8> plan
              nothing to do
            9> set suspend false
            10> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Normal Resumed: goes on after a suspension
              Running 0/1 [10..] running flow 'a'
              Reconciling=True Progressing since 6
              - a Active [..]
        "#]],
    );
}
