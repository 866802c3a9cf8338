use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Diagram, Role, diagram};
use crate::engine::State;
use crate::testing::{daemon_job, flows_with, managed_job, sequential_job};

fn of(object: &Value) -> Diagram {
    diagram(object).unwrap().unwrap()
}

/// A line a node: its layer, its name, and what it waits for.
fn check(object: &Value, expected: &Expect) {
    let diagram = of(object);
    let lines = diagram.nodes.iter().map(|node| {
        let names: Vec<&str> = node
            .dependencies
            .iter()
            .map(|&from| diagram.nodes[from].name.as_str())
            .collect();
        format!("{} {} <- {}\n", node.layer, node.name, names.join(", "))
    });
    expected.assert_eq(&lines.collect::<String>());
}

#[test]
fn flows_stand_in_layers() {
    check(
        &flows_with(&[("c", &["b", "a"]), ("a", &[]), ("b", &["a"])]),
        &expect![[r#"
            2 c <- a, b
            0 a <- 
            1 b <- a
        "#]],
    );
}

#[test]
fn containers_are_a_chain_and_a_daemon_job_is_one_node() {
    let containers = json!({"containers": [{"name": "z", "image": "i"}, {"name": "a", "image": "i"}]});
    check(
        &sequential_job(containers),
        &expect![[r#"
            0 z <- 
            1 a <- z
        "#]],
    );
    let diagram = of(&daemon_job(json!({})));
    assert_eq!(diagram.nodes.len(), 1);
    assert_eq!(diagram.nodes[0].role, Role::EveryNode);
}

#[test]
fn a_gate_stands_only_where_many_wait_for_many() {
    let parallel = |name: &str| json!({"name": name, "image": "i", "parallel": true});
    let chained = |name: &str| json!({"name": name, "image": "i"});
    check(
        &managed_job(json!({"groups": [
            {"name": "g", "jobs": [parallel("a"), parallel("b")]},
            {"name": "h", "jobs": [parallel("c"), parallel("d")]},
            {"name": "i", "jobs": [chained("e"), chained("f")]},
        ]})),
        &expect![[r#"
            0 g/a <- 
            0 g/b <- 
            1 h/c <- end of g
            1 h/d <- end of g
            2 i/e <- h/c, h/d
            3 i/f <- i/e
            1 end of g <- g/a, g/b
        "#]],
    );
}

#[test]
fn states_come_from_the_status_of_each_kind() {
    let states = |object: &Value| of(object).nodes.iter().map(|node| node.state).collect::<Vec<_>>();
    let mut flow = flows_with(&[("a", &[]), ("b", &["a"])]);
    assert_eq!(states(&flow), [None, None]);
    flow["status"] = json!({"observedGeneration": 1, "flows": [{"name": "a", "state": "Failed"}]});
    assert_eq!(states(&flow), [Some(State::Failed), Some(State::Waiting)]);
    let mut managed = managed_job(json!({}));
    managed["status"] = json!({"observedGeneration": 1, "groups": [{"name": "g", "state": "running",
        "jobs": [{"name": "a", "state": "running"}]}]});
    assert_eq!(states(&managed), [Some(State::Active)]);
    let mut sequential = sequential_job(json!({}));
    sequential["status"] = json!({"observedGeneration": 1, "progress": {"completedIndices": [0]}});
    assert_eq!(states(&sequential), [Some(State::Succeeded)]);
    let mut daemon = daemon_job(json!({}));
    daemon["status"] = json!({"observedGeneration": 1, "state": "Succeed"});
    assert_eq!(states(&daemon), [Some(State::Succeeded)]);
}

#[test]
fn the_longest_chain_is_one_of_steps() {
    let diagram = of(&flows_with(&[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("d", &["a"])]));
    let names: Vec<&str> = diagram.longest_chain().iter().map(|node| node.name.as_str()).collect();
    assert_eq!((names, diagram.layers()), (vec!["a", "b", "c"], 3));
}

proptest! {
    /// Taking gates out changes nothing about which job waits for which, directly or by others.
    #[test]
    fn a_reduced_diagram_says_what_the_order_says(
        groups in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<bool>(), 1..4)), 1..5)
    ) {
        let group = |(index, (parallel, jobs)): (usize, &(bool, Vec<bool>))| {
            let jobs: Vec<Value> = jobs.iter().enumerate()
                .map(|(job, parallel)| json!({"name": format!("j{job}"), "image": "i", "parallel": parallel})).collect();
            json!({"name": format!("g{index}"), "parallel": parallel, "jobs": jobs})
        };
        let object = managed_job(json!({"groups": groups.iter().enumerate().map(group).collect::<Vec<_>>()}));
        let diagram = of(&object);
        let names: Vec<&str> = diagram.steps().map(|node| node.name.as_str()).collect();
        for (to, node) in diagram.steps().enumerate() {
            let mut seen = vec![false; diagram.nodes.len()];
            let mut open = vec![to];
            while let Some(here) = open.pop() {
                for &from in &diagram.nodes[here].dependencies {
                    if !std::mem::replace(&mut seen[from], true) {
                        open.push(from);
                    }
                }
            }
            let waits: Vec<&str> = names.iter().enumerate().filter(|(from, _)| seen[*from]).map(|(_, name)| *name).collect();
            // The reference: the rule of KINDS.md, in the plain way.
            let mut expected = Vec::new();
            let place = |name: &str| -> (usize, usize) {
                let (group, job) = name.split_once('/').unwrap();
                (group[1..].parse().unwrap(), job[1..].parse().unwrap())
            };
            let (group, job) = place(&node.name);
            let group_waits = reached(group, &groups.iter().map(|(parallel, _)| *parallel).collect::<Vec<_>>());
            let job_waits = reached(job, &groups[group].1);
            for name in &names {
                let (other, position) = place(name);
                if group_waits[other] || (other == group && job_waits[position]) {
                    expected.push(*name);
                }
            }
            prop_assert_eq!(waits, expected);
        }
    }
}

/// What the member at `position` of a list waits for, directly or by others.
fn reached(position: usize, parallel: &[bool]) -> Vec<bool> {
    (0..parallel.len())
        .map(|other| !parallel[position] && other < position)
        .collect()
}
