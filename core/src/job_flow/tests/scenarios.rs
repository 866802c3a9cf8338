//! Scenarios: what happens to a JobFlow over time, as golden text. `UPDATE_EXPECT=1 cargo test` writes them anew.

use expect_test::{Expect, expect};

use super::script::run;

fn check(script: &str, expected: &Expect) {
    expected.assert_eq(&run(script));
}

#[test]
fn a_diamond_runs_to_its_end() {
    check(
        "extract\nleft <- extract\nright <- extract\nload <- left right

         plan
         complete extract
         plan
         complete left
         plan
         complete right
         plan
         complete load
         plan
         plan",
        &expect![[r#"
            1> plan
              create demo-extract
              Normal JobCreated: creates job 'demo-extract'
              Running 0/4 [1..] running flow 'extract'
              Reconciling=True Progressing since 1
              - extract Active [..]
              - left Waiting [..]
              - right Waiting [..]
              - load Waiting [..]
            2> complete extract
            3> plan
              create demo-left
              create demo-right
              Normal JobCompleted: succeeded: flow 'extract'
              Normal JobCreated: creates 2 jobs: 'demo-left', 'demo-right'
              Running 1/4 [1..] running 2 flows: 'left', 'right'
              Reconciling=True Progressing since 1
              - extract Succeeded [1..2]
              - left Active [..]
              - right Active [..]
              - load Waiting [..]
            4> complete left
            5> plan
              Normal JobCompleted: succeeded: flow 'left'
              Running 2/4 [1..] running flow 'right'
              Reconciling=True Progressing since 1
              - extract Succeeded [1..2]
              - left Succeeded [3..4]
              - right Active [3..]
              - load Waiting [..]
            6> complete right
            7> plan
              create demo-load
              Normal JobCompleted: succeeded: flow 'right'
              Normal JobCreated: creates job 'demo-load'
              Running 3/4 [1..] running flow 'load'
              Reconciling=True Progressing since 1
              - extract Succeeded [1..2]
              - left Succeeded [3..4]
              - right Succeeded [3..6]
              - load Active [..]
            8> complete load
            9> plan
              Normal JobCompleted: succeeded: flow 'load'
              Normal Completed: 4 of 4 flows succeeded
              Succeed 4/4 [1..8] 4 of 4 flows succeeded
              Complete=True Completed since 9
              - extract Succeeded [1..2]
              - left Succeeded [3..4]
              - right Succeeded [3..6]
              - load Succeeded [7..8]
            10> plan
              nothing to do
        "#]],
    );
}

#[test]
fn independent_branches_go_on_after_a_failure() {
    check(
        "a\nb\nafter-a <- a\nlast <- after-a b

         plan
         fail a BackoffLimitExceeded Job has reached the specified backoff limit
         plan
         complete b
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
              - after-a Waiting [..]
              - last Waiting [..]
            2> fail a BackoffLimitExceeded Job has reached the specified backoff limit
            3> plan
              Warning JobFailed: flow 'a' failed: BackoffLimitExceeded: Job has reached the specified backoff limit
              Normal Skipped: skipped 2 flows: 'after-a', 'last'
              Running 0/4 [1..] flow 'a' failed: BackoffLimitExceeded: Job has reached the specified backoff limit
              Reconciling=True Progressing since 1
              - a Failed [1..2] BackoffLimitExceeded: Job has reached the specified backoff limit
              - b Active [1..]
              - after-a Skipped [..] DependencyFailed: a
              - last Skipped [..] DependencySkipped: after-a
            4> complete b
            5> plan
              Normal JobCompleted: succeeded: flow 'b'
              Warning Failed: flow 'a' failed: BackoffLimitExceeded: Job has reached the specified backoff limit
              Failed 1/4 [1..4] flow 'a' failed: BackoffLimitExceeded: Job has reached the specified backoff limit
              Failed=True JobFailed since 5
              Stalled=True JobFailed since 5
              - a Failed [1..2] BackoffLimitExceeded: Job has reached the specified backoff limit
              - b Succeeded [1..4]
              - after-a Skipped [..] DependencyFailed: a
              - last Skipped [..] DependencySkipped: after-a
            6> plan
              nothing to do
        "#]],
    );
}

#[test]
fn a_finished_step_stays_finished_when_its_job_is_gone() {
    check(
        "a\nb <- a

         plan
         complete a
         plan
         gone a
         plan
         complete b
         plan
         gone b
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/2 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Waiting [..]
            2> complete a
            3> plan
              create demo-b
              Normal JobCompleted: succeeded: flow 'a'
              Normal JobCreated: creates job 'demo-b'
              Running 1/2 [1..] running flow 'b'
              Reconciling=True Progressing since 1
              - a Succeeded [1..2]
              - b Active [..]
            4> gone a
            5> plan
              Running 1/2 [1..] running flow 'b'
              Reconciling=True Progressing since 1
              - a Succeeded [1..2]
              - b Active [3..]
            6> complete b
            7> plan
              Normal JobCompleted: succeeded: flow 'b'
              Normal Completed: 2 of 2 flows succeeded
              Succeed 2/2 [1..6] 2 of 2 flows succeeded
              Complete=True Completed since 7
              - a Succeeded [1..2]
              - b Succeeded [3..6]
            8> gone b
            9> plan
              nothing to do
        "#]],
    );
}

#[test]
fn a_running_job_that_is_deleted_is_made_again_once_it_is_gone() {
    check(
        "a

         plan
         plan
         delete a
         plan
         gone a
         plan
         plan
         complete a
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/1 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
            2> plan
              Running 0/1 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [1..]
            3> delete a
            4> plan
              Running 0/1 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [1..] JobTerminating
            5> gone a
            6> plan
              create demo-a
              Warning JobRecreated: creates again, since deleted before the end: job 'demo-a'
              Running 0/1 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
            7> plan
              Running 0/1 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [6..]
            8> complete a
            9> plan
              Normal JobCompleted: succeeded: flow 'a'
              Normal Completed: 1 of 1 flows succeeded
              Succeed 1/1 [1..8] 1 of 1 flows succeeded
              Complete=True Completed since 9
              - a Succeeded [6..8]
        "#]],
    );
}

#[test]
fn a_job_that_completed_while_being_deleted_counts() {
    check(
        "a

         plan
         delete a
         complete a
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/1 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
            2> delete a
            3> complete a
            4> plan
              Normal JobCompleted: succeeded: flow 'a'
              Normal Completed: 1 of 1 flows succeeded
              Succeed 1/1 [1..3] 1 of 1 flows succeeded
              Complete=True Completed since 4
              - a Succeeded [1..3]
        "#]],
    );
}

#[test]
fn a_job_of_somebody_else_is_never_adopted() {
    check(
        "a\nb

         occupy a
         plan
         complete a
         plan
         delete a
         plan
         gone a
         plan
         plan",
        &expect![[r#"
            1> occupy a
            2> plan
              create demo-b
              Normal JobCreated: creates job 'demo-b'
              Warning NameConflict: flow 'a' waits: the job 'demo-a' exists and is not ours: delete it, or choose another name
              Running 0/2 [2..] flow 'a' waits: the job 'demo-a' exists and is not ours: delete it, or choose another name
              Stalled=True NameConflict since 2
              - a Waiting [..] NameConflict
              - b Active [..]
            3> complete a
            4> plan
              Running 0/2 [2..] flow 'a' waits: the job 'demo-a' exists and is not ours: delete it, or choose another name
              Stalled=True NameConflict since 2
              - a Waiting [..] NameConflict
              - b Active [2..]
            5> delete a
            6> plan
              Normal JobTerminating: flow 'a' waits: the job 'demo-a', which is not ours, is being deleted
              Running 0/2 [2..] flow 'a' waits: the job 'demo-a', which is not ours, is being deleted
              Reconciling=True JobTerminating since 6
              - a Waiting [..] JobTerminating
              - b Active [2..]
            7> gone a
            8> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/2 [2..] running 2 flows: 'a', 'b'
              Reconciling=True Progressing since 6
              - a Active [..]
              - b Active [2..]
            9> plan
              Running 0/2 [2..] running 2 flows: 'a', 'b'
              Reconciling=True Progressing since 6
              - a Active [8..]
              - b Active [2..]
        "#]],
    );
}

#[test]
fn a_late_template_starts_the_step_that_waits_for_it() {
    check(
        "a\nb <- a @late

         plan
         complete a
         plan
         plan
         template late has no containers
         plan
         template late
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/2 [1..] running flow 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Waiting [..]
            2> complete a
            3> plan
              Normal JobCompleted: succeeded: flow 'a'
              Warning TemplateNotFound: flow 'b' waits: there is no JobTemplate 'late' in this namespace; it starts once there is
              Running 1/2 [1..] flow 'b' waits: there is no JobTemplate 'late' in this namespace; it starts once there is
              Reconciling=True TemplateNotFound since 1
              - a Succeeded [1..2]
              - b Waiting [..] TemplateNotFound
            4> plan
              nothing to do
            5> template late has no containers
            6> plan
              Warning TemplateInvalid: flow 'b' waits: the JobTemplate 'late' cannot be used: has no containers
              Running 1/2 [1..] flow 'b' waits: the JobTemplate 'late' cannot be used: has no containers
              Stalled=True TemplateInvalid since 6
              - a Succeeded [1..2]
              - b Waiting [..] TemplateInvalid
            7> template late
            8> plan
              create demo-b
              Normal JobCreated: creates job 'demo-b'
              Running 1/2 [1..] running flow 'b'
              Reconciling=True Progressing since 8
              - a Succeeded [1..2]
              - b Active [..]
        "#]],
    );
}

#[test]
fn a_failure_is_told_while_a_step_still_waits_for_its_template() {
    check(
        "a\nb @late

         plan
         fail a DeadlineExceeded Job was active longer than specified deadline
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Warning TemplateNotFound: flow 'b' waits: there is no JobTemplate 'late' in this namespace; it starts once there is
              Running 0/2 [1..] flow 'b' waits: there is no JobTemplate 'late' in this namespace; it starts once there is
              Reconciling=True TemplateNotFound since 1
              - a Active [..]
              - b Waiting [..] TemplateNotFound
            2> fail a DeadlineExceeded Job was active longer than specified deadline
            3> plan
              Warning JobFailed: flow 'a' failed: DeadlineExceeded: Job was active longer than specified deadline
              Running 0/2 [1..] flow 'a' failed: DeadlineExceeded: Job was active longer than specified deadline; flow 'b' waits: there is no JobTemplate 'late' in this namespace; it starts once there is
              Reconciling=True TemplateNotFound since 1
              - a Failed [1..2] DeadlineExceeded: Job was active longer than specified deadline
              - b Waiting [..] TemplateNotFound
        "#]],
    );
}

#[test]
fn a_crash_before_or_between_creates_is_made_good_without_a_word() {
    check(
        "a\nb\nc

         crash after status
         plan
         complete a b c
         plan",
        &expect![[r#"
            1> crash after status
            2> plan
              create demo-a
              create demo-b
              create demo-c
              Running 0/3 [1..] running 3 flows: 'a', 'b', 'c'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Active [..]
              - c Active [..]
            3> complete a b c
            4> plan
              Normal JobCompleted: succeeded: 3 flows: 'a', 'b', 'c'
              Normal Completed: 3 of 3 flows succeeded
              Succeed 3/3 [1..3] 3 of 3 flows succeeded
              Complete=True Completed since 4
              - a Succeeded [2..3]
              - b Succeeded [2..3]
              - c Succeeded [2..3]
        "#]],
    );
    check(
        "a\nb\nc

         crash after 1 action
         plan
         plan",
        &expect![[r#"
            1> crash after 1 action
            2> plan
              create demo-b
              create demo-c
              Running 0/3 [1..] running 3 flows: 'a', 'b', 'c'
              Reconciling=True Progressing since 1
              - a Active [1..]
              - b Active [..]
              - c Active [..]
            3> plan
              Running 0/3 [1..] running 3 flows: 'a', 'b', 'c'
              Reconciling=True Progressing since 1
              - a Active [1..]
              - b Active [2..]
              - c Active [2..]
        "#]],
    );
}

#[test]
fn an_object_that_is_being_deleted_is_left_alone() {
    check(
        "a\nb <- a

         plan
         complete a
         delete-object
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
            2> complete a
            3> delete-object
            4> plan
              Terminating 0/2 [1..] is being deleted, and its jobs with it
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Waiting [..]
            5> plan
              nothing to do
        "#]],
    );
}
