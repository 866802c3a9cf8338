//! Nodes that leave, as golden text. `UPDATE_EXPECT=1 cargo test` writes it anew.

use expect_test::expect;

use super::script::check;

#[test]
fn a_node_that_leaves_is_skipped_unless_its_job_ended_before() {
    check(
        "{}\na\nb\nc\nd\n
         plan
         plan
         complete b
         fail c DeadlineExceeded
         leave a b c
         plan
         gone a
         plan
         join a
         plan
         complete d
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              create demo-b
              create demo-c
              create demo-d
              Normal JobCreated: creates 4 jobs: 'demo-a', 'demo-b', 'demo-c', 'demo-d'
              Running 0/4 [1..] running on 4 nodes: 'a', 'b', 'c', 'd'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Active [..]
              - c Active [..]
              - d Active [..]
            2> plan
              Running 0/4 [1..] running on 4 nodes: 'a', 'b', 'c', 'd'
              Reconciling=True Progressing since 1
              - a Active [1..]
              - b Active [1..]
              - c Active [1..]
              - d Active [1..]
            3> complete b
            4> fail c DeadlineExceeded
            5> leave a b c
            6> plan
              delete demo-a
              Warning NodeGone: left before the job ended: node 'a'
              Normal JobCompleted: succeeded: node 'b'
              Warning JobFailed: node 'c' failed: JobFailed: DeadlineExceeded
              Running 1/4 [1..] node 'c' failed: JobFailed: DeadlineExceeded
              Reconciling=True Progressing since 1
              - a Skipped [..6] NodeGone
              - b Succeeded [1..3]
              - c Failed [1..4] JobFailed: DeadlineExceeded
              - d Active [1..]
            7> gone a
            8> plan
              nothing to do
            9> join a
            10> plan
              nothing to do
            11> complete d
            12> plan
              Normal JobCompleted: succeeded: node 'd'
              Warning Failed: node 'c' failed: JobFailed: DeadlineExceeded
              Failed 2/4 [1..11] node 'c' failed: JobFailed: DeadlineExceeded
              Failed=True JobFailed since 12
              Stalled=True JobFailed since 12
              - a Skipped [..6] NodeGone
              - b Succeeded [1..3]
              - c Failed [1..4] JobFailed: DeadlineExceeded
              - d Succeeded [1..11]
        "#]],
    );
}

#[test]
fn a_node_that_leaves_before_its_job_was_made_is_skipped() {
    check(
        "{\"nodeParallelism\": 1}\na\nb\n
         plan
         leave b
         plan
         complete a
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/2 [1..] running on node 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Waiting [..]
            2> leave b
            3> plan
              Warning NodeGone: left before the job ended: node 'b'
              Running 0/2 [1..] running on node 'a'
              Reconciling=True Progressing since 1
              - a Active [1..]
              - b Skipped [..3] NodeGone
            4> complete a
            5> plan
              Normal JobCompleted: succeeded: node 'a'
              Normal Completed: 1 of 2 nodes succeeded, 1 left before the job ended
              Succeed 1/2 [1..4] 1 of 2 nodes succeeded, 1 left before the job ended
              Complete=True Completed since 5
              - a Succeeded [1..4]
              - b Skipped [..3] NodeGone
        "#]],
    );
}

#[test]
fn where_every_node_left_nothing_succeeded() {
    check(
        "{\"ttlSecondsAfterFinished\": 60}\na\nb\n
         plan
         leave a b
         plan
         gone a b
         plan
         wait 60
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
            2> leave a b
            3> plan
              delete demo-a
              delete demo-b
              wakes at 63
              Warning NodeGone: left before the job ended: 2 nodes: 'a', 'b'
              Warning Failed: all 2 nodes left before the job ended
              Failed 0/2 [1..3] all 2 nodes left before the job ended
              Failed=True NodeGone since 3
              Stalled=True NodeGone since 3
              - a Skipped [..3] NodeGone
              - b Skipped [..3] NodeGone
            4> gone a b
            5> plan
              nothing to do
            6> wait 60
            67> plan
              delete the object
              Failed 0/2 [1..3] all 2 nodes left before the job ended
              Failed=True NodeGone since 3
              Stalled=True NodeGone since 3
              - a Skipped [..3] NodeGone
              - b Skipped [..3] NodeGone
        "#]],
    );
}
