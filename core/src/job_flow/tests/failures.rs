//! Scenarios of failures: the three policies, and the steps that are there for failures.

#![expect(clippy::too_many_lines, reason = "a scenario is as long as what it shows")]

use expect_test::{Expect, expect};

use super::script::run;

fn check(script: &str, expected: &Expect) {
    expected.assert_eq(&run(script));
}

#[test]
fn handlers_run_when_something_failed_and_finally_steps_always() {
    check(
        "a\nb <- a\nhandler <- b ?OnFailure\nfinally <- b ?Always

         plan
         fail a BackoffLimitExceeded
         plan
         complete handler finally
         plan
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/4 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Waiting [..]
              - handler Waiting [..]
              - finally Waiting [..]
            2> fail a BackoffLimitExceeded
            3> plan
              create demo-handler
              create demo-finally
              Warning JobFailed: flow 'a' failed: BackoffLimitExceeded
              Normal Skipped: skipped flow 'b'
              Normal JobCreated: creates 2 jobs: 'demo-handler', 'demo-finally'
              Running 0/4 [1..] flow 'a' failed: BackoffLimitExceeded
              Reconciling=True Progressing since 1
              - a Failed [1..2] BackoffLimitExceeded
              - b Skipped [..] DependencyFailed: a
              - handler Active [..]
              - finally Active [..]
            4> complete handler finally
            5> plan
              Normal JobCompleted: succeeded: 2 flows: 'handler', 'finally'
              Warning Failed: flow 'a' failed: BackoffLimitExceeded
              Failed 2/4 [1..4] flow 'a' failed: BackoffLimitExceeded
              Failed=True JobFailed since 5
              Stalled=True JobFailed since 5
              - a Failed [1..2] BackoffLimitExceeded
              - b Skipped [..] DependencyFailed: a
              - handler Succeeded [3..4]
              - finally Succeeded [3..4]
            6> plan
              nothing to do
        "#]],
    );
}

#[test]
fn a_handler_is_not_needed_when_nothing_failed() {
    check(
        "a\nhandler <- a ?OnFailure\nafter <- handler\nfinally <- handler ?Always

         plan
         complete a
         plan
         complete finally
         plan
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/4 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
              - handler Waiting [..]
              - after Waiting [..]
              - finally Waiting [..]
            2> complete a
            3> plan
              create demo-finally
              Normal JobCompleted: succeeded: flow 'a'
              Normal Skipped: skipped 2 flows: 'handler', 'after'
              Normal JobCreated: creates job 'demo-finally'
              Running 1/4 [1..] running flow 'finally'
              Reconciling=True Progressing since 1
              - a Succeeded [1..2]
              - handler Skipped [..] NothingFailed
              - after Skipped [..] DependencySkipped: handler
              - finally Active [..]
            4> complete finally
            5> plan
              Normal JobCompleted: succeeded: flow 'finally'
              Normal Completed: 2 of 4 flows succeeded, 2 not needed
              Succeed 2/4 [1..4] 2 of 4 flows succeeded, 2 not needed
              Complete=True Completed since 5
              - a Succeeded [1..2]
              - handler Skipped [..] NothingFailed
              - after Skipped [..] DependencySkipped: handler
              - finally Succeeded [3..4]
            6> plan
              nothing to do
        "#]],
    );
}

#[test]
fn a_failed_finally_step_fails_the_whole() {
    check(
        "a\nfinally <- a ?Always

         plan
         complete a
         plan
         fail finally BackoffLimitExceeded
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/2 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
              - finally Waiting [..]
            2> complete a
            3> plan
              create demo-finally
              Normal JobCompleted: succeeded: flow 'a'
              Normal JobCreated: creates job 'demo-finally'
              Running 1/2 [1..] running flow 'finally'
              Reconciling=True Progressing since 1
              - a Succeeded [1..2]
              - finally Active [..]
            4> fail finally BackoffLimitExceeded
            5> plan
              Warning JobFailed: flow 'finally' failed: BackoffLimitExceeded
              Warning Failed: flow 'finally' failed: BackoffLimitExceeded
              Failed 1/2 [1..4] flow 'finally' failed: BackoffLimitExceeded
              Failed=True JobFailed since 5
              Stalled=True JobFailed since 5
              - a Succeeded [1..2]
              - finally Failed [3..4] BackoffLimitExceeded
        "#]],
    );
}

#[test]
fn fail_fast_starts_nothing_new_and_lets_finish_what_runs() {
    check(
        "a\nb\nc <- b\nhandler <- c ?OnFailure

         set failurePolicy FailFast
         plan
         fail a BackoffLimitExceeded
         plan
         plan
         complete b
         plan
         complete handler
         plan",
        &expect![[r#"
            1> set failurePolicy FailFast
            2> plan
              create demo-a
              create demo-b
              Normal JobCreated: creates 2 jobs: 'demo-a', 'demo-b'
              Running 0/4 [2..] running 2 flows: 'a', 'b'
              Reconciling=True Progressing since 2
              - a Active [..]
              - b Active [..]
              - c Waiting [..]
              - handler Waiting [..]
            3> fail a BackoffLimitExceeded
            4> plan
              Warning JobFailed: flow 'a' failed: BackoffLimitExceeded
              Normal Skipped: skipped flow 'c'
              Running 0/4 [2..] flow 'a' failed: BackoffLimitExceeded
              Reconciling=True Progressing since 2
              - a Failed [2..3] BackoffLimitExceeded
              - b Active [2..]
              - c Skipped [..] FailurePolicy: a
              - handler Waiting [..]
            5> plan
              nothing to do
            6> complete b
            7> plan
              create demo-handler
              Normal JobCompleted: succeeded: flow 'b'
              Normal JobCreated: creates job 'demo-handler'
              Running 1/4 [2..] flow 'a' failed: BackoffLimitExceeded
              Reconciling=True Progressing since 2
              - a Failed [2..3] BackoffLimitExceeded
              - b Succeeded [2..6]
              - c Skipped [..] FailurePolicy: a
              - handler Active [..]
            8> complete handler
            9> plan
              Normal JobCompleted: succeeded: flow 'handler'
              Warning Failed: flow 'a' failed: BackoffLimitExceeded
              Failed 2/4 [2..8] flow 'a' failed: BackoffLimitExceeded
              Failed=True JobFailed since 9
              Stalled=True JobFailed since 9
              - a Failed [2..3] BackoffLimitExceeded
              - b Succeeded [2..6]
              - c Skipped [..] FailurePolicy: a
              - handler Succeeded [7..8]
        "#]],
    );
}

#[test]
fn terminate_stops_what_runs_and_handlers_come_after_it() {
    check(
        "a\nb\nc <- b\nfinally <- a ?Always

         set failurePolicy Terminate
         plan
         plan
         fail a BackoffLimitExceeded
         plan
         plan
         gone b
         plan
         complete finally
         plan
         plan",
        &expect![[r#"
            1> set failurePolicy Terminate
            2> plan
              create demo-a
              create demo-b
              Normal JobCreated: creates 2 jobs: 'demo-a', 'demo-b'
              Running 0/4 [2..] running 2 flows: 'a', 'b'
              Reconciling=True Progressing since 2
              - a Active [..]
              - b Active [..]
              - c Waiting [..]
              - finally Waiting [..]
            3> plan
              Running 0/4 [2..] running 2 flows: 'a', 'b'
              Reconciling=True Progressing since 2
              - a Active [2..]
              - b Active [2..]
              - c Waiting [..]
              - finally Waiting [..]
            4> fail a BackoffLimitExceeded
            5> plan
              delete demo-b
              Warning JobFailed: flow 'a' failed: BackoffLimitExceeded
              Normal Skipped: skipped flow 'c'
              Warning JobStopped: stops job 'demo-b'
              Terminating 0/4 [2..] flow 'a' failed: BackoffLimitExceeded; stopping flow 'b'
              Reconciling=True FailurePolicy since 2
              - a Failed [2..4] BackoffLimitExceeded
              - b Active [2..] FailurePolicy: a
              - c Skipped [..] FailurePolicy: a
              - finally Waiting [..]
            6> plan
              nothing to do
            7> gone b
            8> plan
              create demo-finally
              Normal JobCreated: creates job 'demo-finally'
              Running 0/4 [2..] flow 'a' failed: BackoffLimitExceeded
              Reconciling=True Progressing since 2
              - a Failed [2..4] BackoffLimitExceeded
              - b Failed [2..8] FailurePolicy: a
              - c Skipped [..] FailurePolicy: a
              - finally Active [..]
            9> complete finally
            10> plan
              Normal JobCompleted: succeeded: flow 'finally'
              Warning Failed: flow 'a' failed: BackoffLimitExceeded
              Failed 1/4 [2..9] flow 'a' failed: BackoffLimitExceeded
              Failed=True JobFailed since 10
              Stalled=True JobFailed since 10
              - a Failed [2..4] BackoffLimitExceeded
              - b Failed [2..8] FailurePolicy: a
              - c Skipped [..] FailurePolicy: a
              - finally Succeeded [8..9]
            11> plan
              nothing to do
        "#]],
    );
}

#[test]
fn terminate_does_not_stop_a_handler() {
    check(
        "a\nb\nfinally <- a ?Always

         set failurePolicy Terminate
         plan
         complete a
         plan
         plan
         fail b BackoffLimitExceeded
         plan
         complete finally
         plan",
        &expect![[r#"
            1> set failurePolicy Terminate
            2> plan
              create demo-a
              create demo-b
              Normal JobCreated: creates 2 jobs: 'demo-a', 'demo-b'
              Running 0/3 [2..] running 2 flows: 'a', 'b'
              Reconciling=True Progressing since 2
              - a Active [..]
              - b Active [..]
              - finally Waiting [..]
            3> complete a
            4> plan
              create demo-finally
              Normal JobCompleted: succeeded: flow 'a'
              Normal JobCreated: creates job 'demo-finally'
              Running 1/3 [2..] running 2 flows: 'b', 'finally'
              Reconciling=True Progressing since 2
              - a Succeeded [2..3]
              - b Active [2..]
              - finally Active [..]
            5> plan
              Running 1/3 [2..] running 2 flows: 'b', 'finally'
              Reconciling=True Progressing since 2
              - a Succeeded [2..3]
              - b Active [2..]
              - finally Active [4..]
            6> fail b BackoffLimitExceeded
            7> plan
              Warning JobFailed: flow 'b' failed: BackoffLimitExceeded
              Running 1/3 [2..] flow 'b' failed: BackoffLimitExceeded
              Reconciling=True Progressing since 2
              - a Succeeded [2..3]
              - b Failed [2..6] BackoffLimitExceeded
              - finally Active [4..]
            8> complete finally
            9> plan
              Normal JobCompleted: succeeded: flow 'finally'
              Warning Failed: flow 'b' failed: BackoffLimitExceeded
              Failed 2/3 [2..8] flow 'b' failed: BackoffLimitExceeded
              Failed=True JobFailed since 9
              Stalled=True JobFailed since 9
              - a Succeeded [2..3]
              - b Failed [2..6] BackoffLimitExceeded
              - finally Succeeded [4..8]
        "#]],
    );
}

#[test]
fn a_crash_before_jobs_are_deleted_is_made_good() {
    check(
        "a\nb\nc

         set failurePolicy Terminate
         plan
         plan
         fail a BackoffLimitExceeded
         crash after status
         plan
         gone b
         gone c
         crash after status
         plan",
        &expect![[r#"
            1> set failurePolicy Terminate
            2> plan
              create demo-a
              create demo-b
              create demo-c
              Normal JobCreated: creates 3 jobs: 'demo-a', 'demo-b', 'demo-c'
              Running 0/3 [2..] running 3 flows: 'a', 'b', 'c'
              Reconciling=True Progressing since 2
              - a Active [..]
              - b Active [..]
              - c Active [..]
            3> plan
              Running 0/3 [2..] running 3 flows: 'a', 'b', 'c'
              Reconciling=True Progressing since 2
              - a Active [2..]
              - b Active [2..]
              - c Active [2..]
            4> fail a BackoffLimitExceeded
            5> crash after status
            6> plan
              delete demo-b
              delete demo-c
              Terminating 0/3 [2..] flow 'a' failed: BackoffLimitExceeded; stopping 2 flows: 'b', 'c'
              Reconciling=True FailurePolicy since 2
              - a Failed [2..4] BackoffLimitExceeded
              - b Active [2..] FailurePolicy: a
              - c Active [2..] FailurePolicy: a
            7> gone b
            8> gone c
            9> crash after status
            10> plan
              nothing to do
        "#]],
    );
}

#[test]
fn a_policy_that_changes_acts_on_what_has_failed_before() {
    check(
        "a\nb\nc <- b

         plan
         plan
         fail a BackoffLimitExceeded
         plan
         set failurePolicy FailFast
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              create demo-b
              Normal JobCreated: creates 2 jobs: 'demo-a', 'demo-b'
              Running 0/3 [1..] running 2 flows: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Active [..]
              - c Waiting [..]
            2> plan
              Running 0/3 [1..] running 2 flows: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [1..]
              - b Active [1..]
              - c Waiting [..]
            3> fail a BackoffLimitExceeded
            4> plan
              Warning JobFailed: flow 'a' failed: BackoffLimitExceeded
              Running 0/3 [1..] flow 'a' failed: BackoffLimitExceeded
              Reconciling=True Progressing since 1
              - a Failed [1..3] BackoffLimitExceeded
              - b Active [1..]
              - c Waiting [..]
            5> set failurePolicy FailFast
            6> plan
              Normal Skipped: skipped flow 'c'
              Running 0/3 [1..] flow 'a' failed: BackoffLimitExceeded
              Reconciling=True Progressing since 1
              - a Failed [1..3] BackoffLimitExceeded
              - b Active [1..]
              - c Skipped [..] FailurePolicy: a
        "#]],
    );
}
