//! Scenarios of a clock that jumps: one that is set, or that of another machine which leads next.

use expect_test::{Expect, expect};

use super::script::run;

fn check(script: &str, expected: &Expect) {
    expected.assert_eq(&run(script));
}

/// What is written keeps its times, and nothing runs twice; a deadline comes when the clock says so.
#[test]
fn a_clock_that_goes_back_undoes_nothing() {
    check(
        "a\nb <- a

         at 100
         set activeDeadlineSeconds 50
         plan
         complete a
         at 10
         plan
         plan
         at 149
         plan",
        &expect![[r#"
            1> at 100
            101> set activeDeadlineSeconds 50
            102> plan
              create demo-a
              wakes at 152
              Normal JobCreated: creates job 'demo-a'
              Running 0/2 [102..] running flow 'a'
              Reconciling=True Progressing since 102
              - a Active [..]
              - b Waiting [..]
            103> complete a
            104> at 10
            11> plan
              create demo-b
              wakes at 152
              Normal JobCompleted: succeeded: flow 'a'
              Normal JobCreated: creates job 'demo-b'
              Running 1/2 [102..] running flow 'b'
              Reconciling=True Progressing since 102
              - a Succeeded [102..103]
              - b Active [..]
            12> plan
              wakes at 152
              Running 1/2 [102..] running flow 'b'
              Reconciling=True Progressing since 102
              - a Succeeded [102..103]
              - b Active [11..]
            13> at 149
            150> plan
              nothing to do
        "#]],
    );
}

/// As with a Job's own `activeDeadlineSeconds`: what the clock says counts, and no step starts after that.
#[test]
fn a_clock_that_goes_ahead_ends_what_has_a_deadline_and_nothing_else() {
    check(
        "a\nb <- a

         plan
         at 100000
         plan
         set activeDeadlineSeconds 50
         plan
         gone a
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/2 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Waiting [..]
            2> at 100000
            100001> plan
              Running 0/2 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [1..]
              - b Waiting [..]
            100002> set activeDeadlineSeconds 50
            100003> plan
              delete demo-a
              Normal Skipped: skipped flow 'b'
              Warning JobStopped: stops job 'demo-a'
              Terminating 0/2 [1..] was active for longer than `activeDeadlineSeconds` allows; stopping flow 'a'
              Reconciling=True DeadlineExceeded since 1
              - a Active [1..] DeadlineExceeded
              - b Skipped [..] DeadlineExceeded
            100004> gone a
            100005> plan
              Warning DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              Failed 0/2 [1..100005] was active for longer than `activeDeadlineSeconds` allows
              Failed=True DeadlineExceeded since 100005
              Stalled=True DeadlineExceeded since 100005
              - a Failed [1..100005] DeadlineExceeded
              - b Skipped [..] DeadlineExceeded
        "#]],
    );
}

/// Its time runs from the end that was written, by whatever clock: it may stay for longer, and goes once.
#[test]
fn what_has_ended_on_a_clock_that_was_ahead_goes_when_its_time_has_come() {
    check(
        "a

         set ttlSecondsAfterFinished 20
         plan
         at 1000
         complete a
         plan
         at 50
         plan
         at 1030
         plan",
        &expect![[r#"
            1> set ttlSecondsAfterFinished 20
            2> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/1 [2..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [..]
            3> at 1000
            1001> complete a
            1002> plan
              wakes at 1021
              Normal JobCompleted: succeeded: flow 'a'
              Normal Completed: 1 of 1 flows succeeded
              Succeed 1/1 [2..1001] 1 of 1 flows succeeded
              Complete=True Completed since 1002
              - a Succeeded [2..1001]
            1003> at 50
            51> plan
              nothing to do
            52> at 1030
            1031> plan
              delete the object
              Succeed 1/1 [2..1001] 1 of 1 flows succeeded
              Complete=True Completed since 1002
              - a Succeeded [2..1001]
        "#]],
    );
}
