//! What bounds the whole, as golden text. `UPDATE_EXPECT=1 cargo test` writes it anew.
#![expect(clippy::too_many_lines, reason = "most of a function is its golden text")]

use expect_test::expect;

use super::script::check;

#[test]
fn no_more_nodes_at_once_than_asked_for() {
    check(
        "{\"nodeParallelism\": \"40%\"}\na\nb\nc\nd\n
         plan
         complete b
         plan
         set nodeParallelism 1
         plan
         complete a
         plan
         complete c
         plan
         complete d
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              create demo-b
              Normal JobCreated: creates 2 jobs: 'demo-a', 'demo-b'
              Running 0/4 [1..] running on 2 nodes: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Active [..]
              - c Waiting [..]
              - d Waiting [..]
            2> complete b
            3> plan
              create demo-c
              Normal JobCompleted: succeeded: node 'b'
              Normal JobCreated: creates job 'demo-c'
              Running 1/4 [1..] running on 2 nodes: 'a', 'c'
              Reconciling=True Progressing since 1
              - a Active [1..]
              - b Succeeded [1..2]
              - c Active [..]
              - d Waiting [..]
            4> set nodeParallelism 1
            5> plan
              Running 1/4 [1..] running on 2 nodes: 'a', 'c'
              Reconciling=True Progressing since 1
              - a Active [1..]
              - b Succeeded [1..2]
              - c Active [3..]
              - d Waiting [..]
            6> complete a
            7> plan
              Normal JobCompleted: succeeded: node 'a'
              Running 2/4 [1..] running on node 'c'
              Reconciling=True Progressing since 1
              - a Succeeded [1..6]
              - b Succeeded [1..2]
              - c Active [3..]
              - d Waiting [..]
            8> complete c
            9> plan
              create demo-d
              Normal JobCompleted: succeeded: node 'c'
              Normal JobCreated: creates job 'demo-d'
              Running 3/4 [1..] running on node 'd'
              Reconciling=True Progressing since 1
              - a Succeeded [1..6]
              - b Succeeded [1..2]
              - c Succeeded [3..8]
              - d Active [..]
            10> complete d
            11> plan
              Normal JobCompleted: succeeded: node 'd'
              Normal Completed: 4 of 4 nodes succeeded
              Succeed 4/4 [1..10] 4 of 4 nodes succeeded
              Complete=True Completed since 11
              - a Succeeded [1..6]
              - b Succeeded [1..2]
              - c Succeeded [3..8]
              - d Succeeded [9..10]
        "#]],
    );
}

#[test]
fn a_suspended_one_takes_its_nodes_when_it_is_resumed() {
    check(
        "{\"suspend\": true}\na\n
         plan
         join b
         plan
         set suspend false
         plan
         plan
         set suspend true
         plan
         plan
         join c
         set suspend false
         plan",
        &expect![[r#"
            1> plan
              Normal Suspended: no job runs until it is resumed
              Suspended 0/0 [..] suspended: it takes its nodes when it is resumed
              Reconciling=True Suspended since 1
              Suspended=True Suspended since 1
            2> join b
            3> plan
              nothing to do
            4> set suspend false
            5> plan
              create demo-a
              create demo-b
              Normal JobCreated: creates 2 jobs: 'demo-a', 'demo-b'
              Normal Resumed: goes on after a suspension
              Running 0/2 [5..] running on 2 nodes: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Active [..]
            6> plan
              Running 0/2 [5..] running on 2 nodes: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [5..]
              - b Active [5..]
            7> set suspend true
            8> plan
              suspend demo-a
              suspend demo-b
              Normal Suspended: no job runs until it is resumed
              Suspended 0/2 [5..] suspended: no job runs until it is resumed
              Reconciling=True Suspended since 1
              Suspended=True Suspended since 8
              - a Active [5..]
              - b Active [5..]
            9> plan
              nothing to do
            10> join c
            11> set suspend false
            12> plan
              resume demo-a
              resume demo-b
              Normal Resumed: goes on after a suspension
              Running 0/2 [12..] running on 2 nodes: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [5..]
              - b Active [5..]
        "#]],
    );
}

#[test]
fn a_failure_does_with_the_others_what_the_policy_says() {
    for policy in ["Continue", "FailFast"] {
        let script = format!(
            "{{\"failurePolicy\": \"{policy}\", \"nodeParallelism\": 2}}\na\nb\nc\n
             plan
             fail a BackoffLimitExceeded
             plan
             complete b
             plan
             complete c
             plan"
        );
        let expected = match policy {
            "Continue" => expect![[r#"
                1> plan
                  create demo-a
                  create demo-b
                  Normal JobCreated: creates 2 jobs: 'demo-a', 'demo-b'
                  Running 0/3 [1..] running on 2 nodes: 'a', 'b'
                  Reconciling=True Progressing since 1
                  - a Active [..]
                  - b Active [..]
                  - c Waiting [..]
                2> fail a BackoffLimitExceeded
                3> plan
                  create demo-c
                  Warning JobFailed: node 'a' failed: BackoffLimitExceeded
                  Normal JobCreated: creates job 'demo-c'
                  Running 0/3 [1..] node 'a' failed: BackoffLimitExceeded
                  Reconciling=True Progressing since 1
                  - a Failed [1..2] BackoffLimitExceeded
                  - b Active [1..]
                  - c Active [..]
                4> complete b
                5> plan
                  Normal JobCompleted: succeeded: node 'b'
                  Running 1/3 [1..] node 'a' failed: BackoffLimitExceeded
                  Reconciling=True Progressing since 1
                  - a Failed [1..2] BackoffLimitExceeded
                  - b Succeeded [1..4]
                  - c Active [3..]
                6> complete c
                7> plan
                  Normal JobCompleted: succeeded: node 'c'
                  Warning Failed: node 'a' failed: BackoffLimitExceeded
                  Failed 2/3 [1..6] node 'a' failed: BackoffLimitExceeded
                  Failed=True JobFailed since 7
                  Stalled=True JobFailed since 7
                  - a Failed [1..2] BackoffLimitExceeded
                  - b Succeeded [1..4]
                  - c Succeeded [3..6]
            "#]],
            _ => expect![[r#"
                1> plan
                  create demo-a
                  create demo-b
                  Normal JobCreated: creates 2 jobs: 'demo-a', 'demo-b'
                  Running 0/3 [1..] running on 2 nodes: 'a', 'b'
                  Reconciling=True Progressing since 1
                  - a Active [..]
                  - b Active [..]
                  - c Waiting [..]
                2> fail a BackoffLimitExceeded
                3> plan
                  Warning JobFailed: node 'a' failed: BackoffLimitExceeded
                  Normal Skipped: skipped node 'c'
                  Running 0/3 [1..] node 'a' failed: BackoffLimitExceeded
                  Reconciling=True Progressing since 1
                  - a Failed [1..2] BackoffLimitExceeded
                  - b Active [1..]
                  - c Skipped [..] FailurePolicy: a
                4> complete b
                5> plan
                  Normal JobCompleted: succeeded: node 'b'
                  Warning Failed: node 'a' failed: BackoffLimitExceeded
                  Failed 1/3 [1..4] node 'a' failed: BackoffLimitExceeded
                  Failed=True JobFailed since 5
                  Stalled=True JobFailed since 5
                  - a Failed [1..2] BackoffLimitExceeded
                  - b Succeeded [1..4]
                  - c Skipped [..] FailurePolicy: a
                6> complete c
                7> plan
                  nothing to do
            "#]],
        };
        check(&script, &expected);
    }
    check(
        "{\"failurePolicy\": \"Terminate\"}\na\nb\n
         plan
         plan
         fail a BackoffLimitExceeded
         plan
         gone b
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              create demo-b
              Normal JobCreated: creates 2 jobs: 'demo-a', 'demo-b'
              Running 0/2 [1..] running on 2 nodes: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Active [..]
            2> plan
              Running 0/2 [1..] running on 2 nodes: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [1..]
              - b Active [1..]
            3> fail a BackoffLimitExceeded
            4> plan
              delete demo-b
              Warning JobFailed: node 'a' failed: BackoffLimitExceeded
              Warning JobStopped: stops job 'demo-b'
              Terminating 0/2 [1..] node 'a' failed: BackoffLimitExceeded; stopping node 'b'
              Reconciling=True FailurePolicy since 1
              - a Failed [1..3] BackoffLimitExceeded
              - b Active [1..] FailurePolicy: a
            5> gone b
            6> plan
              Warning Failed: node 'a' failed: BackoffLimitExceeded
              Failed 0/2 [1..6] node 'a' failed: BackoffLimitExceeded
              Failed=True JobFailed since 6
              Stalled=True JobFailed since 6
              - a Failed [1..3] BackoffLimitExceeded
              - b Failed [1..6] FailurePolicy: a
        "#]],
    );
}
