//! Scenarios of what bounds the whole: suspension, parallelism, deadline, time to live.

use expect_test::{Expect, expect};

use super::script::run;

fn check(script: &str, expected: &Expect) {
    expected.assert_eq(&run(script));
}

#[test]
fn a_suspension_stops_running_jobs_and_a_resumption_restarts_the_clock() {
    check(
        "a\nb <- a

         set activeDeadlineSeconds 100
         plan
         plan
         set suspend true
         plan
         plan
         at 50
         set suspend false
         plan
         plan
         complete a
         plan",
        &expect![[r#"
            1> set activeDeadlineSeconds 100
            2> plan
              create demo-a
              wakes at 102
              Normal JobCreated: creates job 'demo-a'
              Running 0/2 [2..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [..]
              - b Waiting [..]
            3> plan
              wakes at 102
              Running 0/2 [2..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [2..]
              - b Waiting [..]
            4> set suspend true
            5> plan
              suspend demo-a
              Normal Suspended: no job runs until it is resumed
              Suspended 0/2 [2..] suspended: no job runs until it is resumed
              Reconciling=True Suspended since 2
              Suspended=True Suspended since 5
              - a Active [2..]
              - b Waiting [..]
            6> plan
              nothing to do
            7> at 50
            51> set suspend false
            52> plan
              resume demo-a
              wakes at 152
              Normal Resumed: goes on after a suspension
              Running 0/2 [52..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [2..]
              - b Waiting [..]
            53> plan
              nothing to do
            54> complete a
            55> plan
              create demo-b
              wakes at 152
              Normal JobCompleted: succeeded: flow 'a'
              Normal JobCreated: creates job 'demo-b'
              Running 1/2 [52..] running flow 'b'
              Reconciling=True Progressing since 2
              - a Succeeded [2..54]
              - b Active [..]
        "#]],
    );
}

#[test]
fn what_is_suspended_from_the_start_begins_with_its_resumption() {
    check(
        "a

         set suspend true
         plan
         plan
         set suspend false
         plan",
        &expect![[r#"
            1> set suspend true
            2> plan
              Normal Suspended: no job runs until it is resumed
              Suspended 0/1 [..] suspended: no job runs until it is resumed
              Reconciling=True Suspended since 2
              Suspended=True Suspended since 2
              - a Waiting [..]
            3> plan
              nothing to do
            4> set suspend false
            5> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Normal Resumed: goes on after a suspension
              Running 0/1 [5..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [..]
        "#]],
    );
}

#[test]
fn a_job_that_somebody_else_suspended_is_left_to_them() {
    check(
        "a\nb

         plan
         suspend a
         plan
         set suspend true
         plan
         set suspend false
         plan
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
            2> suspend a
            3> plan
              Running 0/2 [1..] running 2 flows: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [1..]
              - b Active [1..]
            4> set suspend true
            5> plan
              suspend demo-b
              Normal Suspended: no job runs until it is resumed
              Suspended 0/2 [1..] suspended: no job runs until it is resumed
              Reconciling=True Suspended since 1
              Suspended=True Suspended since 5
              - a Active [1..]
              - b Active [1..]
            6> set suspend false
            7> plan
              resume demo-b
              Normal Resumed: goes on after a suspension
              Running 0/2 [7..] running 2 flows: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [1..]
              - b Active [1..]
            8> plan
              nothing to do
        "#]],
    );
}

#[test]
fn a_suspended_whole_can_still_end() {
    check(
        "a\nb <- a

         plan
         set suspend true
         plan
         fail a BackoffLimitExceeded
         plan
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/2 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Waiting [..]
            2> set suspend true
            3> plan
              suspend demo-a
              Normal Suspended: no job runs until it is resumed
              Suspended 0/2 [1..] suspended: no job runs until it is resumed
              Reconciling=True Suspended since 1
              Suspended=True Suspended since 3
              - a Active [1..]
              - b Waiting [..]
            4> fail a BackoffLimitExceeded
            5> plan
              Warning JobFailed: flow 'a' failed: BackoffLimitExceeded
              Normal Skipped: skipped flow 'b'
              Warning Failed: flow 'a' failed: BackoffLimitExceeded
              Failed 0/2 [1..4] flow 'a' failed: BackoffLimitExceeded
              Failed=True JobFailed since 5
              Stalled=True JobFailed since 5
              - a Failed [1..4] BackoffLimitExceeded
              - b Skipped [..] DependencyFailed: a
            6> plan
              nothing to do
        "#]],
    );
}

#[test]
fn a_crash_before_a_job_is_suspended_is_made_good() {
    check(
        "a\nb

         plan
         set suspend true
         crash after status
         plan
         set suspend false
         crash after 1 action
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
            2> set suspend true
            3> crash after status
            4> plan
              suspend demo-a
              suspend demo-b
              Suspended 0/2 [1..] suspended: no job runs until it is resumed
              Reconciling=True Suspended since 1
              Suspended=True Suspended since 3
              - a Active [1..]
              - b Active [1..]
            5> set suspend false
            6> crash after 1 action
            7> plan
              resume demo-b
              Running 0/2 [6..] running 2 flows: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [1..]
              - b Active [1..]
        "#]],
    );
}

#[test]
fn places_are_given_in_the_order_of_the_manifest() {
    check(
        "a\nb\nc

         set parallelism 2
         plan
         complete b
         plan
         set parallelism 1
         complete a
         plan
         complete c
         plan",
        &expect![[r#"
            1> set parallelism 2
            2> plan
              create demo-a
              create demo-b
              Normal JobCreated: creates 2 jobs: 'demo-a', 'demo-b'
              Running 0/3 [2..] running 2 flows: 'a', 'b'
              Reconciling=True Progressing since 2
              - a Active [..]
              - b Active [..]
              - c Waiting [..]
            3> complete b
            4> plan
              create demo-c
              Normal JobCompleted: succeeded: flow 'b'
              Normal JobCreated: creates job 'demo-c'
              Running 1/3 [2..] running 2 flows: 'a', 'c'
              Reconciling=True Progressing since 2
              - a Active [2..]
              - b Succeeded [2..3]
              - c Active [..]
            5> set parallelism 1
            6> complete a
            7> plan
              Normal JobCompleted: succeeded: flow 'a'
              Running 2/3 [2..] running flow 'c'
              Reconciling=True Progressing since 2
              - a Succeeded [2..6]
              - b Succeeded [2..3]
              - c Active [4..]
            8> complete c
            9> plan
              Normal JobCompleted: succeeded: flow 'c'
              Normal Completed: 3 of 3 flows succeeded
              Succeed 3/3 [2..8] 3 of 3 flows succeeded
              Complete=True Completed since 9
              - a Succeeded [2..6]
              - b Succeeded [2..3]
              - c Succeeded [4..8]
        "#]],
    );
}

#[test]
fn without_a_place_nothing_runs_and_the_message_says_why() {
    check(
        "a

         set parallelism 0
         plan
         set parallelism 1
         plan",
        &expect![[r#"
            1> set parallelism 0
            2> plan
              Pending 0/1 [2..] no job may run: `parallelism` is 0
              Reconciling=True Progressing since 2
              - a Waiting [..]
            3> set parallelism 1
            4> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/1 [2..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [..]
        "#]],
    );
}

#[test]
fn what_cannot_start_takes_no_place_and_stays_told() {
    check(
        "a @late\nb\nc

         set parallelism 1
         plan
         plan
         template late
         plan
         complete b
         plan",
        &expect![[r#"
            1> set parallelism 1
            2> plan
              create demo-b
              Normal JobCreated: creates job 'demo-b'
              Warning TemplateNotFound: flow 'a' waits: there is no JobTemplate 'late' in this namespace; it starts once there is
              Running 0/3 [2..] flow 'a' waits: there is no JobTemplate 'late' in this namespace; it starts once there is
              Reconciling=True TemplateNotFound since 2
              - a Waiting [..] TemplateNotFound
              - b Active [..]
              - c Waiting [..]
            3> plan
              Running 0/3 [2..] flow 'a' waits: there is no JobTemplate 'late' in this namespace; it starts once there is
              Reconciling=True TemplateNotFound since 2
              - a Waiting [..] TemplateNotFound
              - b Active [2..]
              - c Waiting [..]
            4> template late
            5> plan
              Running 0/3 [2..] running flow 'b'
              Reconciling=True Progressing since 2
              - a Waiting [..]
              - b Active [2..]
              - c Waiting [..]
            6> complete b
            7> plan
              create demo-a
              Normal JobCompleted: succeeded: flow 'b'
              Normal JobCreated: creates job 'demo-a'
              Running 1/3 [2..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [..]
              - b Succeeded [2..6]
              - c Waiting [..]
        "#]],
    );
}

#[test]
fn when_the_time_is_up_jobs_are_stopped_and_the_rest_is_skipped() {
    check(
        "a\nb <- a\nclean-up <- a ?Always

         set activeDeadlineSeconds 30
         plan
         plan
         at 32
         plan
         plan
         gone a
         plan
         plan",
        &expect![[r#"
            1> set activeDeadlineSeconds 30
            2> plan
              create demo-a
              wakes at 32
              Normal JobCreated: creates job 'demo-a'
              Running 0/3 [2..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [..]
              - b Waiting [..]
              - clean-up Waiting [..]
            3> plan
              wakes at 32
              Running 0/3 [2..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [2..]
              - b Waiting [..]
              - clean-up Waiting [..]
            4> at 32
            33> plan
              delete demo-a
              Normal Skipped: skipped 2 flows: 'b', 'clean-up'
              Warning JobStopped: stops job 'demo-a'
              Terminating 0/3 [2..] was active for longer than `activeDeadlineSeconds` allows; stopping flow 'a'
              Reconciling=True DeadlineExceeded since 2
              - a Active [2..] DeadlineExceeded
              - b Skipped [..] DeadlineExceeded
              - clean-up Skipped [..] DeadlineExceeded
            34> plan
              nothing to do
            35> gone a
            36> plan
              Warning DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              Failed 0/3 [2..36] was active for longer than `activeDeadlineSeconds` allows
              Failed=True DeadlineExceeded since 36
              Stalled=True DeadlineExceeded since 36
              - a Failed [2..36] DeadlineExceeded
              - b Skipped [..] DeadlineExceeded
              - clean-up Skipped [..] DeadlineExceeded
            37> plan
              nothing to do
        "#]],
    );
}

#[test]
fn a_job_that_is_faster_than_its_stop_keeps_its_result() {
    check(
        "a\nb

         set activeDeadlineSeconds 30
         plan
         plan
         at 40
         plan
         complete a
         gone b
         plan",
        &expect![[r#"
            1> set activeDeadlineSeconds 30
            2> plan
              create demo-a
              create demo-b
              wakes at 32
              Normal JobCreated: creates 2 jobs: 'demo-a', 'demo-b'
              Running 0/2 [2..] running 2 flows: 'a', 'b'
              Reconciling=True Progressing since 2
              - a Active [..]
              - b Active [..]
            3> plan
              wakes at 32
              Running 0/2 [2..] running 2 flows: 'a', 'b'
              Reconciling=True Progressing since 2
              - a Active [2..]
              - b Active [2..]
            4> at 40
            41> plan
              delete demo-a
              delete demo-b
              Warning JobStopped: stops 2 jobs: 'demo-a', 'demo-b'
              Terminating 0/2 [2..] was active for longer than `activeDeadlineSeconds` allows; stopping 2 flows: 'a', 'b'
              Reconciling=True DeadlineExceeded since 2
              - a Active [2..] DeadlineExceeded
              - b Active [2..] DeadlineExceeded
            42> complete a
            43> gone b
            44> plan
              Normal JobCompleted: succeeded: flow 'a'
              Warning DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              Failed 1/2 [2..44] was active for longer than `activeDeadlineSeconds` allows
              Failed=True DeadlineExceeded since 44
              Stalled=True DeadlineExceeded since 44
              - a Succeeded [2..42]
              - b Failed [2..44] DeadlineExceeded
        "#]],
    );
}

#[test]
fn a_stop_that_has_begun_is_carried_through_whatever_the_spec_says_then() {
    check(
        "a

         set activeDeadlineSeconds 30
         plan
         plan
         at 40
         crash after status
         set activeDeadlineSeconds 300
         plan
         gone a
         plan",
        &expect![[r#"
            1> set activeDeadlineSeconds 30
            2> plan
              create demo-a
              wakes at 32
              Normal JobCreated: creates job 'demo-a'
              Running 0/1 [2..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [..]
            3> plan
              wakes at 32
              Running 0/1 [2..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [2..]
            4> at 40
            41> crash after status
            42> set activeDeadlineSeconds 300
            43> plan
              delete demo-a
              wakes at 302
              Terminating 0/1 [2..] was active for longer than `activeDeadlineSeconds` allows; stopping flow 'a'
              Reconciling=True DeadlineExceeded since 2
              - a Active [2..] DeadlineExceeded
            44> gone a
            45> plan
              Warning DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              Failed 0/1 [2..45] was active for longer than `activeDeadlineSeconds` allows
              Failed=True DeadlineExceeded since 45
              Stalled=True DeadlineExceeded since 45
              - a Failed [2..45] DeadlineExceeded
        "#]],
    );
}

#[test]
fn the_time_passes_also_while_nothing_can_start() {
    check(
        "a @late

         set activeDeadlineSeconds 10
         plan
         at 12
         plan
         plan",
        &expect![[r#"
            1> set activeDeadlineSeconds 10
            2> plan
              wakes at 12
              Warning TemplateNotFound: flow 'a' waits: there is no JobTemplate 'late' in this namespace; it starts once there is
              Pending 0/1 [2..] flow 'a' waits: there is no JobTemplate 'late' in this namespace; it starts once there is
              Reconciling=True TemplateNotFound since 2
              - a Waiting [..] TemplateNotFound
            3> at 12
            13> plan
              Normal Skipped: skipped flow 'a'
              Warning DeadlineExceeded: was active for longer than `activeDeadlineSeconds` allows
              Failed 0/1 [2..13] was active for longer than `activeDeadlineSeconds` allows
              Failed=True DeadlineExceeded since 13
              Stalled=True DeadlineExceeded since 13
              - a Skipped [..] DeadlineExceeded
            14> plan
              nothing to do
        "#]],
    );
}

#[test]
fn what_has_ended_goes_after_its_time() {
    check(
        "a

         set ttlSecondsAfterFinished 60
         plan
         complete a
         plan
         at 62
         plan
         at 63
         plan
         plan",
        &expect![[r#"
            1> set ttlSecondsAfterFinished 60
            2> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/1 [2..] running flow 'a'
              Reconciling=True Progressing since 2
              - a Active [..]
            3> complete a
            4> plan
              wakes at 63
              Normal JobCompleted: succeeded: flow 'a'
              Normal Completed: 1 of 1 flows succeeded
              Succeed 1/1 [2..3] 1 of 1 flows succeeded
              Complete=True Completed since 4
              - a Succeeded [2..3]
            5> at 62
            63> plan
              delete the object
              Succeed 1/1 [2..3] 1 of 1 flows succeeded
              Complete=True Completed since 4
              - a Succeeded [2..3]
            64> at 63
            64> plan
              Terminating 1/1 [2..3] is being deleted, and its jobs with it
              Complete=True Completed since 4
              - a Succeeded [2..3]
            65> plan
              nothing to do
        "#]],
    );
}
