//! Scenarios: what happens to a DaemonJob over time, as golden text. `UPDATE_EXPECT=1 cargo test` writes them anew.
#![expect(clippy::too_many_lines, reason = "most of a function is its golden text")]

use expect_test::expect;

use super::script::check;

#[test]
fn each_node_gets_a_job_and_all_are_made_in_one_pass() {
    check(
        "{}\na\nb\nc.example.com\n
         plan
         complete a b
         plan
         complete c.example.com
         plan
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              create demo-b
              create demo-c-example-com-kj56c7831i
              Normal JobCreated: creates 3 jobs: 'demo-a', 'demo-b', 'demo-c-example-com-kj56c7831i'
              Running 0/3 [1..] running on 3 nodes: 'a', 'b', 'c.example.com'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Active [..]
              - c.example.com Active [..]
            2> complete a b
            3> plan
              Normal JobCompleted: succeeded: 2 nodes: 'a', 'b'
              Running 2/3 [1..] running on node 'c.example.com'
              Reconciling=True Progressing since 1
              - a Succeeded [1..2]
              - b Succeeded [1..2]
              - c.example.com Active [1..]
            4> complete c.example.com
            5> plan
              Normal JobCompleted: succeeded: node 'c.example.com'
              Normal Completed: 3 of 3 nodes succeeded
              Succeed 3/3 [1..4] 3 of 3 nodes succeeded
              Complete=True Completed since 5
              - a Succeeded [1..2]
              - b Succeeded [1..2]
              - c.example.com Succeeded [1..4]
            6> plan
              nothing to do
        "#]],
    );
}

#[test]
fn excluded_nodes_and_nodes_that_do_not_fit_get_none() {
    check(
        "{\"excludeNodeList\": \"b,ghost\", \"template\": {\"spec\": {\"restartPolicy\": \"Never\", \"nodeSelector\": {\"zone\": \"x\"}, \"containers\": [{\"name\": \"m\", \"image\": \"i\"}]}}}
         a zone=x
         b zone=x
         c zone=y
         d zone=x\n
         taint d dedicated NoSchedule
         plan
         complete a
         plan
         join ghost
         plan",
        &expect![[r#"
            1> taint d dedicated NoSchedule
            2> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Warning ExcludedNodesNotFound: `excludeNodeList` has names of no node in this cluster: name 'ghost'
              Running 0/1 [2..] running on node 'a'
              Reconciling=True Progressing since 2
              ExcludedNodesNotFound=True NodeNotFound since 2
              - a Active [..]
            3> complete a
            4> plan
              Normal JobCompleted: succeeded: node 'a'
              Normal Completed: 1 of 1 nodes succeeded
              Succeed 1/1 [2..3] 1 of 1 nodes succeeded
              ExcludedNodesNotFound=True NodeNotFound since 2
              Complete=True Completed since 4
              - a Succeeded [2..3]
            5> join ghost
            6> plan
              Succeed 1/1 [2..3] 1 of 1 nodes succeeded
              Complete=True Completed since 4
              - a Succeeded [2..3]
        "#]],
    );
}

#[test]
fn without_an_eligible_node_it_is_pending_and_never_succeeds() {
    check(
        "{\"ttlSecondsAfterFinished\": 0, \"excludeNodeList\": \"b\"}\n
         plan
         join b
         plan
         plan
         taint c dedicated NoExecute
         plan
         untaint c
         plan
         complete c
         plan",
        &expect![[r#"
            1> plan
              Warning ExcludedNodesNotFound: `excludeNodeList` has names of no node in this cluster: name 'b'
              Pending 0/0 [..] no node is eligible: the cluster has none
              Reconciling=True NoEligibleNode since 1
              ExcludedNodesNotFound=True NodeNotFound since 1
            2> join b
            3> plan
              Pending 0/0 [..] no node is eligible: 1 of 1 excluded by `excludeNodeList`
              Reconciling=True NoEligibleNode since 1
            4> plan
              nothing to do
            5> taint c dedicated NoExecute
            6> plan
              Pending 0/0 [..] no node is eligible: 1 of 2 excluded by `excludeNodeList`, 1 of 2 with the taint 'dedicated:NoExecute', which the template does not tolerate
              Reconciling=True NoEligibleNode since 1
            7> untaint c
            8> plan
              create demo-c
              Normal JobCreated: creates job 'demo-c'
              Running 0/1 [8..] running on node 'c'
              Reconciling=True Progressing since 1
              - c Active [..]
            9> complete c
            10> plan
              delete the object
              Normal JobCompleted: succeeded: node 'c'
              Normal Completed: 1 of 1 nodes succeeded
              Succeed 1/1 [8..9] 1 of 1 nodes succeeded
              Complete=True Completed since 10
              - c Succeeded [8..9]
        "#]],
    );
}

#[test]
fn cordoned_and_unready_nodes_get_their_jobs_which_wait() {
    check(
        "{}\na\nb\nc\n
         cordon a
         not-ready b
         plan
         complete c
         plan
         uncordon a
         plan
         complete a
         ready b
         plan
         taint b dedicated NoSchedule
         plan
         complete b
         plan",
        &expect![[r#"
            1> cordon a
            2> not-ready b
            3> plan
              create demo-a
              create demo-b
              create demo-c
              Normal JobCreated: creates 3 jobs: 'demo-a', 'demo-b', 'demo-c'
              Running 0/3 [3..] running on 3 nodes: 'a', 'b', 'c'; node 'a' takes no new pods: it is cordoned (and 1 more)
              Reconciling=True Progressing since 3
              - a Active [..] NodeCordoned
              - b Active [..] NodeNotReady
              - c Active [..]
            4> complete c
            5> plan
              Normal JobCompleted: succeeded: node 'c'
              Running 1/3 [3..] running on 2 nodes: 'a', 'b'; node 'a' takes no new pods: it is cordoned (and 1 more)
              Reconciling=True Progressing since 3
              - a Active [3..] NodeCordoned
              - b Active [3..] NodeNotReady
              - c Succeeded [3..4]
            6> uncordon a
            7> plan
              Running 1/3 [3..] running on 2 nodes: 'a', 'b'; node 'b' takes no new pods: it is not ready
              Reconciling=True Progressing since 3
              - a Active [3..]
              - b Active [3..] NodeNotReady
              - c Succeeded [3..4]
            8> complete a
            9> ready b
            10> plan
              Normal JobCompleted: succeeded: node 'a'
              Running 2/3 [3..] running on node 'b'
              Reconciling=True Progressing since 3
              - a Succeeded [3..8]
              - b Active [3..]
              - c Succeeded [3..4]
            11> taint b dedicated NoSchedule
            12> plan
              Running 2/3 [3..] running on node 'b'; node 'b' takes no new pods: the template does not tolerate its taint 'dedicated:NoSchedule'
              Reconciling=True Progressing since 3
              - a Succeeded [3..8]
              - b Active [3..] NodeUnfit
              - c Succeeded [3..4]
            13> complete b
            14> plan
              Normal JobCompleted: succeeded: node 'b'
              Normal Completed: 3 of 3 nodes succeeded
              Succeed 3/3 [3..13] 3 of 3 nodes succeeded
              Complete=True Completed since 14
              - a Succeeded [3..8]
              - b Succeeded [3..13]
              - c Succeeded [3..4]
        "#]],
    );
}

#[test]
fn a_snapshot_is_of_the_nodes_at_the_start() {
    check(
        "{}\na\n
         plan
         join b
         plan
         complete a
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/1 [1..] running on node 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
            2> join b
            3> plan
              Running 0/1 [1..] running on node 'a'
              Reconciling=True Progressing since 1
              - a Active [1..]
            4> complete a
            5> plan
              Normal JobCompleted: succeeded: node 'a'
              Normal Completed: 1 of 1 nodes succeeded
              Succeed 1/1 [1..4] 1 of 1 nodes succeeded
              Complete=True Completed since 5
              - a Succeeded [1..4]
        "#]],
    );
}

#[test]
fn a_crash_before_or_between_creates_is_made_good_without_a_word() {
    check(
        "{}\na\nb\n
         crash after status
         join c
         plan
         complete a b
         plan",
        &expect![[r#"
            1> crash after status
            2> join c
            3> plan
              create demo-a
              create demo-b
              Running 0/2 [1..] running on 2 nodes: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [..]
              - b Active [..]
            4> complete a b
            5> plan
              Normal JobCompleted: succeeded: 2 nodes: 'a', 'b'
              Normal Completed: 2 of 2 nodes succeeded
              Succeed 2/2 [1..4] 2 of 2 nodes succeeded
              Complete=True Completed since 5
              - a Succeeded [3..4]
              - b Succeeded [3..4]
        "#]],
    );
    check(
        "{}\na\nb\n
         crash after 1 action
         plan
         leave b
         crash after status
         plan
         gone b
         complete a
         plan",
        &expect![[r#"
            1> crash after 1 action
            2> plan
              create demo-b
              Running 0/2 [1..] running on 2 nodes: 'a', 'b'
              Reconciling=True Progressing since 1
              - a Active [1..]
              - b Active [..]
            3> leave b
            4> crash after status
            5> plan
              delete demo-b
              Running 0/2 [1..] running on node 'a'
              Reconciling=True Progressing since 1
              - a Active [1..]
              - b Skipped [..4] NodeGone
            6> gone b
            7> complete a
            8> plan
              Normal JobCompleted: succeeded: node 'a'
              Normal Completed: 1 of 2 nodes succeeded, 1 left before the job ended
              Succeed 1/2 [1..7] 1 of 2 nodes succeeded, 1 left before the job ended
              Complete=True Completed since 8
              - a Succeeded [1..7]
              - b Skipped [..4] NodeGone
        "#]],
    );
}

#[test]
fn a_job_that_is_not_ours_or_gone_is_told() {
    check(
        "{}\na\nb\n
         occupy a
         plan
         plan
         gone b
         plan
         leave a
         plan",
        &expect![[r#"
            1> occupy a
            2> plan
              create demo-b
              Normal JobCreated: creates job 'demo-b'
              Warning NameConflict: node 'a' waits: the job 'demo-a' exists and is not ours: delete it, or choose another name
              Running 0/2 [2..] node 'a' waits: the job 'demo-a' exists and is not ours: delete it, or choose another name
              Stalled=True NameConflict since 2
              - a Waiting [..] NameConflict
              - b Active [..]
            3> plan
              Running 0/2 [2..] node 'a' waits: the job 'demo-a' exists and is not ours: delete it, or choose another name
              Stalled=True NameConflict since 2
              - a Waiting [..] NameConflict
              - b Active [2..]
            4> gone b
            5> plan
              create demo-b
              Warning JobRecreated: creates again, since deleted before the end: job 'demo-b'
              Running 0/2 [2..] node 'a' waits: the job 'demo-a' exists and is not ours: delete it, or choose another name
              Stalled=True NameConflict since 2
              - a Waiting [..] NameConflict
              - b Active [..]
            6> leave a
            7> plan
              Warning NodeGone: left before the job ended: node 'a'
              Running 0/2 [2..] running on node 'b'
              Reconciling=True Progressing since 7
              - a Skipped [..7] NodeGone
              - b Active [5..]
        "#]],
    );
}

#[test]
fn an_object_that_is_being_deleted_is_left_alone() {
    check(
        "{\"nodePolicy\": \"Continuous\"}\na\n
         plan
         delete-object
         join b
         plan
         plan",
        &expect![[r#"
            1> plan
              create demo-a
              Normal JobCreated: creates job 'demo-a'
              Running 0/1 [1..] running on node 'a'
              Reconciling=True Progressing since 1
              - a Active [..]
            2> delete-object
            3> join b
            4> plan
              Terminating 0/1 [1..] is being deleted, and its jobs with it
              Reconciling=True Progressing since 1
              - a Active [..]
            5> plan
              nothing to do
        "#]],
    );
}
