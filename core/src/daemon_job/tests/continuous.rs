//! A DaemonJob that serves nodes for ever, as golden text. `UPDATE_EXPECT=1 cargo test` writes it anew.
#![expect(clippy::too_many_lines, reason = "most of a function is its golden text")]

use expect_test::expect;

use super::script::check;

#[test]
fn a_continuous_one_serves_nodes_that_join_and_never_finishes() {
    check(
        "{\"nodePolicy\": \"Continuous\", \"ttlSecondsAfterFinished\": 0}\na\n
         plan
         complete a
         plan
         plan
         join b
         plan
         fail b BackoffLimitExceeded
         plan
         retry 1
         plan
         gone b
         plan
         complete b
         plan
         set suspend true
         plan
         join c
         plan
         set suspend false
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/1 [1..] running on node 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
            2> complete a
            3> plan
              Normal JobCompleted: succeeded: node 'a'
              Running 1/1 [1..] 1 of 1 nodes succeeded; nodes that join are served
              - a Succeeded [1..2]
            4> plan
              nothing to do
            5> join b
            6> plan
              create demo-b
              Normal JobCreated: creates job 'demo-b'
              Running 1/2 [1..] running on node 'b'
              Reconciling=True Progressing since 6
              - a Succeeded [1..2]
              - b Active [..]
            7> fail b BackoffLimitExceeded
            8> plan
              Warning JobFailed: node 'b' failed: BackoffLimitExceeded
              Running 1/2 [1..] node 'b' failed: BackoffLimitExceeded
              Stalled=True JobFailed since 8
              - a Succeeded [1..2]
              - b Failed [6..7] BackoffLimitExceeded
            9> retry 1
            10> plan
              delete demo-b
              Normal JobTerminating: node 'b' waits: the job 'demo-b' of the try before is being deleted
              Normal Retried: tries again node 'b' (api.practice.com/retry: 1)
              Running 1/2 [1..] node 'b' waits: the job 'demo-b' of the try before is being deleted
              Reconciling=True JobTerminating since 10
              - a Succeeded [1..2]
              - b Waiting [..] JobTerminating
            11> gone b
            12> plan
              create demo-b
              Normal JobCreated: creates job 'demo-b'
              Running 1/2 [1..] running on node 'b'
              Reconciling=True Progressing since 10
              - a Succeeded [1..2]
              - b Active [..]
            13> complete b
            14> plan
              Normal JobCompleted: succeeded: node 'b'
              Running 2/2 [1..] 2 of 2 nodes succeeded; nodes that join are served
              - a Succeeded [1..2]
              - b Succeeded [12..13]
            15> set suspend true
            16> plan
              Normal Suspended: no job runs until it is resumed
              Suspended 2/2 [1..] suspended: no job runs until it is resumed
              Reconciling=True Suspended since 16
              Suspended=True Suspended since 16
              - a Succeeded [1..2]
              - b Succeeded [12..13]
            17> join c
            18> plan
              Suspended 2/3 [1..] suspended: no job runs until it is resumed
              Reconciling=True Suspended since 16
              Suspended=True Suspended since 16
              - a Succeeded [1..2]
              - b Succeeded [12..13]
              - c Waiting [..]
            19> set suspend false
            20> plan
              create demo-c
              Normal JobCreated: creates job 'demo-c'
              Normal Resumed: goes on after a suspension
              Running 2/3 [20..] running on node 'c'
              Reconciling=True Progressing since 16
              - a Succeeded [1..2]
              - b Succeeded [12..13]
              - c Active [..]
        "#]],
    );
}

#[test]
fn a_continuous_one_forgets_what_ended_and_serves_a_node_that_comes_back() {
    check(
        "{\"nodePolicy\": \"Continuous\"}\na\nb\n
         plan
         complete a
         plan
         leave a
         plan
         gone a
         plan
         join a
         plan
         leave b
         plan
         gone b
         join b
         plan
         complete a b
         plan
         leave a b
         plan
         join a
         plan
         gone a b
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
            2> complete a
            3> plan
              Normal JobCompleted: succeeded: node 'a'
              Running 1/2 [1..] running on node 'b'
              Reconciling=True Progressing since 1
              - a Succeeded [1..2]
              - b Active [1..]
            4> leave a
            5> plan
              delete demo-a
              Running 0/1 [1..] running on node 'b'
              Reconciling=True Progressing since 1
              - b Active [1..]
            6> gone a
            7> plan
              nothing to do
            8> join a
            9> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/2 [1..] running on 2 nodes: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Active [1..]
            10> leave b
            11> plan
              delete demo-b
              Warning NodeGone: left before the job ended: node 'b'
              Running 0/2 [1..] running on node 'a'
              Reconciling=True Progressing since 1
              - a Active [9..]
              - b Skipped [..11] NodeGone
            12> gone b
            13> join b
            14> plan
              create demo-b
              Normal JobCreated: creates job 'demo-b'
              Running 0/2 [1..] running on 2 nodes: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [9..]
              - b Active [..]
            15> complete a b
            16> plan
              Normal JobCompleted: succeeded: 2 nodes: 'a', 'b'
              Running 2/2 [1..] 2 of 2 nodes succeeded; nodes that join are served
              - a Succeeded [9..15]
              - b Succeeded [14..15]
            17> leave a b
            18> plan
              delete demo-a
              delete demo-b
              Pending 0/0 [1..] no node is eligible: the cluster has none
              Reconciling=True NoEligibleNode since 18
            19> join a
            20> plan
              Normal JobTerminating: node 'a' waits: the job 'demo-a' of the try before is being deleted
              Pending 0/1 [1..] node 'a' waits: the job 'demo-a' of the try before is being deleted
              Reconciling=True JobTerminating since 18
              - a Waiting [..] JobTerminating
            21> gone a b
            22> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/1 [1..] running on node 'a'
              Reconciling=True Progressing since 18
              - a Active [..]
        "#]],
    );
}

#[test]
fn a_continuous_one_forgets_a_node_that_no_longer_fits_before_it_has_a_job() {
    check(
        "{\"nodePolicy\": \"Continuous\", \"nodeParallelism\": 1}\na\nb\n
         plan
         taint a dedicated NoSchedule
         taint b dedicated NoSchedule
         plan
         complete a
         plan
         untaint b
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/2 [1..] running on node 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Waiting [..]
            2> taint a dedicated NoSchedule
            3> taint b dedicated NoSchedule
            4> plan
              Running 0/1 [1..] running on node 'a'; node 'a' takes no new pods: the template does not tolerate its taint 'dedicated:NoSchedule'
              Reconciling=True Progressing since 1
              - a Active [1..] NodeUnfit
            5> complete a
            6> plan
              Normal JobCompleted: succeeded: node 'a'
              Running 1/1 [1..] 1 of 1 nodes succeeded; nodes that join are served
              - a Succeeded [1..5]
            7> untaint b
            8> plan
              create demo-b
              Normal JobCreated: creates job 'demo-b'
              Running 1/2 [1..] running on node 'b'
              Reconciling=True Progressing since 8
              - a Succeeded [1..5]
              - b Active [..]
        "#]],
    );
}
