//! Whatever crashes, disappears, is seen late, comes or leaves: no node is served twice, none that stays is forgotten, and no
//! more run at once than asked for.

use std::collections::BTreeMap;

use crds::{DaemonJobStatus, FlowState, JobFlowState};
use proptest::prelude::*;
use serde_json::json;

use super::world::{Age, Until, World, node};
use crate::engine::testing::world::{any_age, any_end};

/// One thing that happens. Nodes are numbers, taken modulo their count.
#[derive(Clone, Debug)]
enum Happening {
    Reconcile { age: Age, until: Until },
    End(usize),
    Delete(usize),
    Remove(usize),
    Join(usize),
    Leave(usize),
    Cordon(usize),
    Suspend(bool),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => (any_age(), any_end()).prop_map(|(age, until)| Happening::Reconcile { age, until }),
        4 => any::<usize>().prop_map(Happening::End),
        1 => any::<usize>().prop_map(Happening::Delete),
        1 => any::<usize>().prop_map(Happening::Remove),
        2 => any::<usize>().prop_map(Happening::Join),
        1 => any::<usize>().prop_map(Happening::Leave),
        1 => any::<usize>().prop_map(Happening::Cordon),
        1 => any::<bool>().prop_map(Happening::Suspend),
    ]
}

/// How many nodes there can be.
const NODES: usize = 6;

#[derive(Clone, Debug)]
struct Case {
    is_continuous: bool,
    /// Whether plans may be made from facts that are old.
    sees_late: bool,
    parallelism: Option<usize>,
    /// Whether the Job of a node completes.
    completes: [bool; NODES],
    happenings: Vec<Happening>,
}

fn case() -> impl Strategy<Value = Case> {
    let happenings = proptest::collection::vec(happening(), 0..60);
    let completes = proptest::array::uniform6(proptest::bool::weighted(0.8));
    let flags = (any::<bool>(), any::<bool>());
    (flags, proptest::option::of(1..4_usize), completes, happenings).prop_map(
        |((is_continuous, sees_late), parallelism, completes, happenings)| Case {
            is_continuous,
            sees_late,
            parallelism,
            completes,
            happenings,
        },
    )
}

fn name(number: usize) -> String {
    // Two names that differ by a dot only.
    ["a.b", "a-b", "c", "d", "e", "f"][number % NODES].to_owned()
}

impl Case {
    fn world(&self) -> World {
        let policy = if self.is_continuous { "Continuous" } else { "Snapshot" };
        let nodes: Vec<String> = (0..NODES / 2).map(name).collect();
        let nodes: Vec<_> = nodes.iter().map(|name| (name.as_str(), node(&[]))).collect();
        let members = json!({"nodePolicy": policy, "nodeParallelism": self.parallelism});
        World::new(&members, &nodes)
    }

    fn end(&self, world: &mut World, number: usize) {
        let kind = if self.completes[number % NODES] {
            "Complete"
        } else {
            "Failed"
        };
        world.end(&world.job_of(&name(number)), kind, "BackoffLimitExceeded", "");
    }

    fn happen(&self, world: &mut World, happening: &Happening) {
        world.seconds += 1;
        match happening {
            Happening::Reconcile { age, until } => {
                let age = if self.sees_late { *age } else { Age::default() };
                world.reconcile(age, *until);
            }
            Happening::End(number) => self.end(world, *number),
            Happening::Delete(number) => world.delete(&world.job_of(&name(*number))),
            Happening::Remove(number) => world.remove(&world.job_of(&name(*number))),
            Happening::Join(number) => world.change_node(&name(*number), |_| {}),
            Happening::Leave(number) => drop(world.part.nodes.remove(&name(*number))),
            Happening::Cordon(number) if world.part.nodes.contains_key(&name(*number)) => {
                world.change_node(&name(*number), |node| node.is_cordoned = !node.is_cordoned);
            }
            Happening::Cordon(_) => {}
            Happening::Suspend(suspend) => world.set("suspend", json!(suspend)),
        }
    }

    fn happen_all(&self, world: &mut World) -> Result<(), TestCaseError> {
        for happening in &self.happenings {
            self.happen(world, happening);
            self.few_run(world)?;
        }
        Ok(())
    }

    /// A Job that was made and is not seen yet can hold a place that nobody knows of.
    fn few_run(&self, world: &World) -> Result<(), TestCaseError> {
        let most = self.parallelism.filter(|_| !self.sees_late).unwrap_or(usize::MAX);
        prop_assert!(world.running() <= most, "{} run at once", world.running());
        Ok(())
    }

    /// From here on nothing goes wrong any more: deleted Jobs go, Jobs end, and each change is planned.
    fn finish(&self, world: &mut World) -> Result<(), TestCaseError> {
        world.set("suspend", json!(false));
        world.change_node("c", |_| {});
        for _ in 0..=2 * NODES {
            self.settle(world)?;
            for number in 0..NODES {
                let job = world.job_of(&name(number));
                let is_going = |job: &k8s_openapi::api::batch::v1::Job| job.metadata.deletion_timestamp.is_some();
                if world.jobs().get(&job).is_some_and(is_going) {
                    world.remove(&job);
                } else {
                    self.end(world, number);
                }
            }
        }
        self.settle(world)
    }

    /// Reconciles from current facts. The state that the actions leave asks for no action and no event and has the same
    /// status but for the starts of the Jobs that were made; and that status is a fixed point.
    fn settle(&self, world: &mut World) -> Result<(), TestCaseError> {
        let planned = world
            .reconcile(Age::default(), Until::End)
            .expect("current facts are written without conflict");
        self.few_run(world)?;
        consistent(&planned.status)?;
        let again = world.plan(Age::default());
        prop_assert!(again.actions.is_empty(), "{:?}", again.actions);
        prop_assert!(again.events.is_empty(), "{:?}", again.events);
        prop_assert_eq!(without_starts(again.status), without_starts(planned.status));
        world.seconds += 1;
        world.reconcile(Age::default(), Until::End);
        let fixed = world.plan(Age::default());
        prop_assert_eq!(fixed.status, world.status());
        prop_assert!(fixed.actions.is_empty() && fixed.events.is_empty());
        Ok(())
    }
}

fn without_starts(mut status: DaemonJobStatus) -> DaemonJobStatus {
    for row in status.nodes.iter_mut().filter(|row| row.state == FlowState::Active) {
        row.start = None;
    }
    status
}

/// The counts are those of the rows, and an end is told where there is one.
fn consistent(status: &DaemonJobStatus) -> Result<(), TestCaseError> {
    let count = |state| status.nodes.iter().filter(|row| row.state == state).count();
    let counts = [status.active, status.succeeded, status.failed, status.skipped];
    let states = [
        FlowState::Active,
        FlowState::Succeeded,
        FlowState::Failed,
        FlowState::Skipped,
    ];
    prop_assert_eq!(counts.map(|count| usize::try_from(count).unwrap()), states.map(count));
    let is_end = matches!(status.state, Some(JobFlowState::Succeed | JobFlowState::Failed));
    prop_assert_eq!(is_end, status.completion_time.is_some());
    prop_assert!(status.state != Some(JobFlowState::Succeed) || status.succeeded > 0);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn every_node_that_stays_is_served_once_whatever_happens(case in case()) {
        let mut world = case.world();
        case.happen_all(&mut world)?;
        case.finish(&mut world)?;
        let status = world.status();
        for row in &status.nodes {
            let number = (0..NODES).find(|&number| name(number) == row.name).unwrap();
            let ends = if case.completes[number] { FlowState::Succeeded } else { FlowState::Failed };
            let is_gone = row.state == FlowState::Skipped && row.reason.as_deref() == Some("NodeGone");
            prop_assert!(row.state == ends || is_gone, "{:?}", row);
            if case.is_continuous {
                prop_assert_eq!(is_gone, !world.part.nodes.contains_key(&row.name), "{:?}", row);
            }
            // Each Job but the first was made because one had gone.
            let count = |counts: &BTreeMap<String, u32>| counts.get(&world.job_of(&row.name)).copied().unwrap_or(0);
            prop_assert!(count(&world.made) <= count(&world.gone) + 1);
        }
        if case.is_continuous {
            let served = world.part.nodes.keys().all(|name| world.row(name).is_some());
            prop_assert!(served && status.state == Some(JobFlowState::Running));
        } else {
            prop_assert!(matches!(status.state, Some(JobFlowState::Succeed | JobFlowState::Failed)), "{:?}", status.state);
        }
        prop_assert_eq!(world.running(), 0, "a job is left that nobody looks at");
    }

    #[test]
    fn the_same_input_gives_the_same_bytes(case in case()) {
        let mut world = case.world();
        case.happen_all(&mut world)?;
        let bytes = || {
            let planned = world.plan(Age::default());
            (serde_json::to_string(&planned.status).unwrap(), format!("{:?}{:?}", planned.actions, planned.events))
        };
        prop_assert_eq!(bytes(), bytes());
    }
}
