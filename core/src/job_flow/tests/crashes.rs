//! Invariants 5 and 6: whatever crashes, disappears or is seen late, no step with a recorded end gets a second Job,
//! and all come to the end that their Jobs' fates ask for.

use std::collections::BTreeSet;

use crds::{FlowState, JobFlowState, JobFlowStatus};
use proptest::prelude::*;

use super::world::{Age, Until, World, stored};

/// One thing that happens. Steps are numbers, taken modulo the number of steps.
#[derive(Clone, Debug)]
enum Happening {
    Reconcile { age: Age, until: Until },
    End(usize),
    Delete(usize),
    Remove(usize),
    Template,
}

fn happening() -> impl Strategy<Value = Happening> {
    let age = prop_oneof![3 => Just(0_usize), 2 => 1..8_usize];
    let age = (age.clone(), age).prop_map(|(flow, jobs)| Age { flow, jobs });
    let until = prop_oneof![
        3 => Just(Until::End),
        1 => Just(Until::StatusWritten),
        1 => (0..3_usize).prop_map(Until::ActionsDone),
    ];
    prop_oneof![
        6 => (age, until).prop_map(|(age, until)| Happening::Reconcile { age, until }),
        4 => any::<usize>().prop_map(Happening::End),
        1 => any::<usize>().prop_map(Happening::Delete),
        1 => any::<usize>().prop_map(Happening::Remove),
        1 => Just(Happening::Template),
    ]
}

/// A graph, and the fate of each step's Job: whether it completes.
#[derive(Clone, Debug)]
struct Case {
    dependencies: Vec<BTreeSet<usize>>,
    completes: Vec<bool>,
    by_template: Vec<bool>,
    happenings: Vec<Happening>,
}

fn case() -> impl Strategy<Value = Case> {
    (1..9_usize).prop_flat_map(|count| {
        let edges = proptest::collection::vec((0..count, 0..count), 0..count * 2);
        let flags = |share| proptest::collection::vec(proptest::bool::weighted(share), count);
        let happenings = proptest::collection::vec(happening(), 0..60);
        (edges, flags(0.8), flags(0.2), happenings).prop_map(move |(edges, completes, by_template, happenings)| {
            let mut dependencies = vec![BTreeSet::new(); count];
            for (a, b) in edges.into_iter().filter(|(a, b)| a != b) {
                dependencies[a.min(b)].insert(a.max(b));
            }
            Case {
                dependencies,
                completes,
                by_template,
                happenings,
            }
        })
    })
}

impl Case {
    fn world(&self) -> World {
        let flow = |(at, dependencies): (usize, &BTreeSet<usize>)| {
            let template = self.by_template[at].then(|| "late".to_owned());
            (
                format!("s{at}"),
                dependencies.iter().map(|to| format!("s{to}")).collect(),
                template,
            )
        };
        World::new(&stored(
            &self.dependencies.iter().enumerate().map(flow).collect::<Vec<_>>(),
        ))
    }

    fn job(&self, step: usize) -> String {
        format!("demo-s{}", step % self.completes.len())
    }

    fn end(&self, world: &mut World, step: usize) {
        let kind = if self.completes[step % self.completes.len()] {
            "Complete"
        } else {
            "Failed"
        };
        world.end(&self.job(step), kind, "BackoffLimitExceeded", "");
    }

    fn happen(&self, world: &mut World, happening: &Happening) {
        world.seconds += 1;
        match happening {
            Happening::Reconcile { age, until } => {
                world.reconcile(*age, *until);
            }
            Happening::End(step) => self.end(world, *step),
            Happening::Delete(step) => world.delete(&self.job(*step)),
            Happening::Remove(step) => world.remove(&self.job(*step)),
            Happening::Template => world.add_template("late", None),
        }
    }

    /// From here on nothing goes wrong any more: deleted Jobs go, Jobs end, and each change is planned.
    fn finish(&self, world: &mut World) -> Result<(), TestCaseError> {
        world.add_template("late", None);
        for _ in 0..=self.completes.len() * 2 {
            settle(world)?;
            for step in 0..self.completes.len() {
                let job = world.jobs().get(&self.job(step));
                if job.is_some_and(|job| job.metadata.deletion_timestamp.is_some()) {
                    world.remove(&self.job(step));
                } else {
                    self.end(world, step);
                }
            }
        }
        settle(world)
    }

    /// What must have become of each step: the definition, by recursion.
    fn expected(&self, step: usize) -> FlowState {
        let all = self.dependencies[step]
            .iter()
            .all(|&to| self.expected(to) == FlowState::Succeeded);
        match (all, self.completes[step]) {
            (false, _) => FlowState::Skipped,
            (true, true) => FlowState::Succeeded,
            (true, false) => FlowState::Failed,
        }
    }
}

/// Reconciles from current facts. The state that the actions leave asks for no action and no event and has the
/// same status but for the starts of the Jobs that were made; and that status is a fixed point.
fn settle(world: &mut World) -> Result<(), TestCaseError> {
    let planned = world
        .reconcile(Age::default(), Until::End)
        .expect("current facts are written without conflict");
    conditions_hold(&planned.status)?;
    let again = world.plan(Age::default());
    prop_assert!(again.actions.is_empty(), "{:?}", again.actions.len());
    prop_assert!(again.events.is_empty(), "{:?}", again.events);
    prop_assert_eq!(without_starts(again.status), without_starts(planned.status));
    world.seconds += 1;
    world.reconcile(Age::default(), Until::End);
    let fixed = world.plan(Age::default());
    prop_assert_eq!(fixed.status, world.status());
    prop_assert!(fixed.actions.is_empty() && fixed.events.is_empty());
    Ok(())
}

fn without_starts(mut status: JobFlowStatus) -> JobFlowStatus {
    status.start_time = None;
    for row in status.flows.iter_mut().filter(|row| row.state == FlowState::Active) {
        row.start = None;
    }
    status
}

/// Exactly one of the standings of kstatus and Job holds, and the counts are those of the rows.
fn conditions_hold(status: &JobFlowStatus) -> Result<(), TestCaseError> {
    let held: Vec<&str> = status.conditions.iter().map(|held| held.type_.as_str()).collect();
    let wanted: &[&[&str]] = match status.state {
        Some(JobFlowState::Succeed) => &[&["Complete"]],
        Some(JobFlowState::Failed) => &[&["Failed", "Stalled"]],
        _ => &[&["Reconciling"], &["Stalled"]],
    };
    let held: BTreeSet<&str> = held.into_iter().collect();
    prop_assert!(
        wanted.iter().any(|set| held == set.iter().copied().collect()),
        "{:?} {:?}",
        status.state,
        held
    );
    let counts = [
        status.waiting,
        status.active,
        status.succeeded,
        status.failed,
        status.skipped,
    ];
    prop_assert_eq!(counts.iter().sum::<i32>(), status.total);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_step_ends_as_its_job_does_and_is_never_run_again(case in case()) {
        let mut world = case.world();
        for happening in &case.happenings {
            case.happen(&mut world, happening);
        }
        case.finish(&mut world)?;
        let status = world.status();
        for (step, row) in status.flows.iter().enumerate() {
            prop_assert_eq!(row.state, case.expected(step), "{}", &row.name);
            let count = |counts: &std::collections::BTreeMap<String, u32>| counts.get(&case.job(step)).copied().unwrap_or(0);
            // Each Job but the first was made because one had gone.
            prop_assert!(count(&world.made) <= count(&world.gone) + 1);
            prop_assert_eq!(count(&world.made) == 0, row.state == FlowState::Skipped);
        }
        let failed = status.flows.iter().any(|row| row.state == FlowState::Failed);
        prop_assert_eq!(status.state, Some(if failed { JobFlowState::Failed } else { JobFlowState::Succeed }));
        prop_assert!(status.completion_time.is_some() && status.start_time.is_some());
    }

    #[test]
    fn each_end_is_told_at_most_once(case in case()) {
        let mut world = case.world();
        for happening in &case.happenings {
            case.happen(&mut world, happening);
        }
        case.finish(&mut world)?;
        for reason in ["Completed", "Failed"] {
            prop_assert!(world.events.iter().filter(|event| event.reason == reason).count() <= 1);
        }
        for step in 0..case.completes.len() {
            let name = format!("'s{step}'");
            let ended = world.events.iter().filter(|event| event.reason == "JobCompleted" && event.message.contains(&name));
            prop_assert!(ended.count() <= 1);
        }
    }

    #[test]
    fn the_same_input_gives_the_same_bytes(case in case()) {
        let mut world = case.world();
        for happening in &case.happenings {
            case.happen(&mut world, happening);
        }
        let bytes = || {
            let planned = world.plan(Age::default());
            (serde_json::to_string(&planned.status).unwrap(), format!("{:?}{:?}", planned.actions, planned.events))
        };
        prop_assert_eq!(bytes(), bytes());
    }
}
