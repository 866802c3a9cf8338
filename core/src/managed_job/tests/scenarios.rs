//! Scenarios: what happens to a ManagedJob over time, as golden files. `UPDATE_EXPECT=1 cargo test` writes them anew.

use expect_test::expect_file;

use super::script::run;

/// Runs a script and compares what is told with the golden file of this name.
fn check(name: &str, script: &str) {
    expect_file![format!("golden/{name}.txt")].assert_eq(&run(script));
}

#[test]
fn the_documented_example_runs_in_the_documented_order() {
    check(
        "the_documented_example_runs_in_the_documented_order",
        "first+: a b c\nsecond+: d+ e\nthird: f+

         plan
         complete first/a second/d
         plan
         complete first/b second/e
         plan
         complete first/c
         plan
         complete third/f
         plan
         plan",
    );
}

#[test]
fn what_is_parallel_does_not_wait_and_what_is_not_waits_for_all_before_it() {
    check(
        "what_is_parallel_does_not_wait_and_what_is_not_waits_for_all_before_it",
        "g: a b+ c\nh+: x\ni: y

         plan
         complete g/a
         plan
         complete g/b
         plan
         complete g/c
         plan
         complete h/x
         plan",
    );
}

#[test]
fn explicit_dependencies_come_on_top() {
    check(
        "explicit_dependencies_come_on_top",
        "g+: a b+<a c+<demo-h-x\nh+: x\ni+<g: y\nj+: z<h

         plan
         complete h/x
         plan
         complete g/a
         plan
         complete g/b g/c
         plan",
    );
}

#[test]
fn a_failed_job_aborts_what_depends_on_it_and_the_rest_goes_on() {
    check(
        "a_failed_job_aborts_what_depends_on_it_and_the_rest_goes_on",
        "g+: a b c+\nh: x\ni+: y

         plan
         fail g/a BackoffLimitExceeded Job has reached the specified backoff limit
         plan
         complete g/c
         plan
         complete i/y
         plan
         plan",
    );
}

#[test]
fn what_depends_on_something_aborted_is_aborted_too() {
    check(
        "what_depends_on_something_aborted_is_aborted_too",
        "g: a b c\nh: x

         plan
         fail g/a DeadlineExceeded
         plan
         plan",
    );
}

#[test]
fn failed_pods_with_retries_left_are_no_failed_job() {
    check(
        "failed_pods_with_retries_left_are_no_failed_job",
        "g: a b

         plan
         fail-pods g/a
         plan
         complete g/a
         plan",
    );
}

#[test]
fn an_ended_job_stays_ended_and_a_running_one_that_is_deleted_is_made_again() {
    check(
        "an_ended_job_stays_ended_and_a_running_one_that_is_deleted_is_made_again",
        "g: a b

         plan
         complete g/a
         plan
         gone g/a
         delete g/b
         plan
         gone g/b
         plan
         complete g/b
         plan",
    );
}

#[test]
fn a_job_of_somebody_else_is_never_adopted() {
    check(
        "a_job_of_somebody_else_is_never_adopted",
        "g: a+ b+

         occupy g/a
         plan
         gone g/a
         plan",
    );
}

#[test]
fn a_crash_is_made_good_without_a_word() {
    check(
        "a_crash_is_made_good_without_a_word",
        "g: a+ b+

         crash after status
         crash after 1 action
         plan
         plan",
    );
}

#[test]
fn an_object_that_is_being_deleted_is_aborted_and_left_alone() {
    check(
        "an_object_that_is_being_deleted_is_aborted_and_left_alone",
        "g: a b

         plan
         complete g/a
         delete-object
         plan
         plan",
    );
}
