//! Invariants 5 and 6: whatever crashes, disappears or is seen late, no step with a recorded end gets a second Job,
//! and all come to the end that their Jobs' fates ask for.

use std::collections::{BTreeMap, BTreeSet};

use crds::{FlowState, JobFlowState, JobFlowStatus};
use proptest::prelude::*;
use serde_json::json;

use super::case::{Case, Happening, case};
use super::world::{Age, Until, World};
use crate::engine::{JobState, ObservedJob, Suspension};

/// What happens in a world that only machines disturb, and people who suspend it.
fn is_disturbance(happening: &Happening) -> bool {
    !matches!(
        happening,
        Happening::Set(..) | Happening::Retry(_) | Happening::Later(_)
    )
}

impl Case {
    /// From here on nothing goes wrong any more: deleted Jobs go, Jobs end, and each change is planned.
    fn finish(&self, world: &mut World) -> Result<(), TestCaseError> {
        world.add_template("late", None);
        world.set("suspend", json!(false));
        if world.is_without_places() {
            world.set("parallelism", json!(1));
        }
        for _ in 0..=self.completes.len() * 4 {
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

    /// What must have become of each step where nothing is stopped: the definition, by recursion.
    fn expected(&self, step: usize) -> FlowState {
        let ends: Vec<usize> = self.dependencies[step].iter().copied().collect();
        let starts = match self.when[step] {
            "OnFailure" => ends.iter().any(|&to| self.has_failed(to)),
            "Always" => true,
            _ => ends.iter().all(|&to| self.expected(to) == FlowState::Succeeded),
        };
        match (starts, self.completes[step]) {
            (false, _) => FlowState::Skipped,
            (true, true) => FlowState::Succeeded,
            (true, false) => FlowState::Failed,
        }
    }

    /// Whether it failed, or was skipped because of a failure.
    fn has_failed(&self, step: usize) -> bool {
        match self.expected(step) {
            FlowState::Failed => true,
            FlowState::Skipped => self.dependencies[step].iter().any(|&to| self.has_failed(to)),
            _ => false,
        }
    }
}

/// Reconciles from current facts. The state that the actions leave asks for no action and no event and has the
/// same status but for the starts of the Jobs that were made; and that status is a fixed point.
fn settle(world: &mut World) -> Result<(), TestCaseError> {
    let planned = world
        .reconcile(Age::default(), Until::End)
        .expect("current facts are written without conflict");
    if world.is_being_deleted() {
        return Ok(());
    }
    conditions_hold(&planned.status)?;
    let again = world.plan(Age::default());
    prop_assert!(again.actions.is_empty(), "{:?}", again.actions);
    prop_assert!(again.events.is_empty(), "{:?}", again.events);
    prop_assert_eq!(without_starts(again.status), without_starts(planned.status));
    world.seconds += 1;
    world.reconcile(Age::default(), Until::End);
    if world.is_being_deleted() {
        return Ok(());
    }
    let fixed = world.plan(Age::default());
    prop_assert_eq!(fixed.status, world.status());
    prop_assert!(fixed.actions.is_empty() && fixed.events.is_empty());
    Ok(())
}

/// The status without what the Jobs tell once they are seen: when they were made, and that they are being deleted.
fn without_starts(mut status: JobFlowStatus) -> JobFlowStatus {
    status.message = None;
    status.conditions.clear();
    for row in &mut status.flows {
        if row.state == FlowState::Active {
            row.start = None;
        }
    }
    status
}

/// Exactly one of the standings of kstatus and Job holds, and the counts are those of the rows.
fn conditions_hold(status: &JobFlowStatus) -> Result<(), TestCaseError> {
    let held: Vec<&str> = status.conditions.iter().map(|held| held.type_.as_str()).collect();
    let wanted: &[&[&str]] = match status.state {
        Some(JobFlowState::Succeed) => &[&["Complete"]],
        Some(JobFlowState::Failed) => &[&["Failed", "Stalled"]],
        Some(JobFlowState::Suspended) => &[&["Reconciling", "Suspended"]],
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

fn is_running(job: &ObservedJob) -> bool {
    job.state == JobState::Running
}

fn observed(world: &World) -> Vec<ObservedJob> {
    world.jobs().values().map(ObservedJob::from).collect()
}

fn count(counts: &BTreeMap<String, u32>, job: &str) -> u32 {
    counts.get(job).copied().unwrap_or(0)
}

/// What holds of every flow that has come to its end, whatever happened to it.
fn end_holds(case: &Case, world: &World) -> Result<(), TestCaseError> {
    let status = world.status();
    let row_of = |step: usize| status.flows.iter().find(|row| row.name == format!("s{step}"));
    for (step, row) in status.flows.iter().enumerate() {
        prop_assert!(row.state.is_final(), "{} {:?}", row.name, row.state);
        prop_assert!(row.superseded_uid.is_none());
        let succeeded = |to: &usize| row_of(*to).is_some_and(|row| row.state == FlowState::Succeeded);
        if row.state == FlowState::Succeeded && case.when[step] == "OnSuccess" {
            prop_assert!(case.dependencies[step].iter().all(succeeded), "{}", row.name);
        }
        // Each Job but the first was made because one had gone.
        prop_assert!(count(&world.made, &case.job(step)) <= count(&world.gone, &case.job(step)) + 1);
    }
    prop_assert!(!observed(world).iter().any(is_running), "a job runs after the end");
    let failed = status.flows.iter().any(|row| row.state == FlowState::Failed);
    let expired = status
        .flows
        .iter()
        .any(|row| row.reason.as_deref() == Some("DeadlineExceeded"));
    let end = if failed || expired {
        JobFlowState::Failed
    } else {
        JobFlowState::Succeed
    };
    prop_assert_eq!(status.state, Some(end));
    prop_assert!(status.completion_time.is_some() && status.start_time.is_some());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_step_ends_as_its_job_does_and_is_never_run_again(case in case()) {
        let mut world = case.world();
        for happening in case.happenings.iter().filter(|happening| is_disturbance(happening)) {
            case.happen(&mut world, happening);
        }
        case.finish(&mut world)?;
        end_holds(&case, &world)?;
        for (step, row) in world.status().flows.iter().enumerate() {
            prop_assert_eq!(row.state, case.expected(step), "{}", &row.name);
            prop_assert_eq!(count(&world.made, &case.job(step)) == 0, row.state == FlowState::Skipped);
        }
    }

    /// With every bound and every change of it, at any moment.
    #[test]
    fn whatever_people_do_too_it_comes_to_an_end_and_nothing_is_left_running(case in case()) {
        let mut world = case.world();
        case.bound(&mut world);
        for happening in &case.happenings {
            case.happen(&mut world, happening);
        }
        case.finish(&mut world)?;
        if !world.is_being_deleted() {
            end_holds(&case, &world)?;
        }
    }

    /// What succeeded is not run again, but for what handles a failure that is tried again.
    #[test]
    fn a_retry_runs_what_failed_and_nothing_else(case in case()) {
        let mut world = case.world();
        for happening in case.happenings.iter().filter(|happening| is_disturbance(happening)) {
            case.happen(&mut world, happening);
        }
        case.finish(&mut world)?;
        let (before, made) = (world.status(), world.made.clone());
        let mut mended = case.clone();
        mended.completes.fill(true);
        world.retry("again");
        for happening in case.happenings.iter().rev().filter(|happening| is_disturbance(happening)) {
            mended.happen(&mut world, happening);
        }
        mended.finish(&mut world)?;
        end_holds(&case, &world)?;
        let after = world.status();
        prop_assert_eq!(after.state, Some(JobFlowState::Succeed));
        prop_assert_eq!(after.last_handled_retry.as_deref(), Some("again"));
        let had_failed = before.state == Some(JobFlowState::Failed);
        for (step, (old, new)) in before.flows.iter().zip(&after.flows).enumerate() {
            let follows = case.follows_failed(step, &before);
            prop_assert_eq!(new.state, if follows || !had_failed { mended.expected(step) } else { old.state }, "{}", &new.name);
            if !follows {
                prop_assert_eq!(count(&world.made, &case.job(step)), count(&made, &case.job(step)), "{} ran again", &new.name);
            }
        }
    }

    /// By a controller that remembers what it has just created, which the executor's is.
    #[test]
    fn no_more_jobs_run_at_once_than_have_a_place(case in case(), places in 1_usize..4) {
        let mut world = case.world();
        world.remembers = true;
        world.set("parallelism", json!(places));
        let sets_places = |happening: &Happening| matches!(happening, Happening::Set("parallelism", _));
        for happening in case.happenings.iter().filter(|happening| !sets_places(happening)) {
            case.happen(&mut world, happening);
            let running = observed(&world).into_iter().filter(is_running).count();
            prop_assert!(running <= places, "{} run at once", running);
        }
    }

    #[test]
    fn a_suspension_reaches_every_job_and_its_end_gives_back_only_what_it_took(case in case()) {
        let mut world = case.world();
        world.remembers = true;
        for happening in case.happenings.iter().filter(|happening| is_disturbance(happening)) {
            case.happen(&mut world, happening);
        }
        world.set("suspend", json!(true));
        world.reconcile(Age::default(), Until::ActionsDone(1));
        settle(&mut world)?;
        let held = observed(&world);
        for job in held.iter().filter(|job| is_running(job) && !job.deleting) {
            prop_assert_ne!(job.suspension, Suspension::None, "{}", &job.name);
        }
        world.set("suspend", json!(false));
        settle(&mut world)?;
        for job in held.iter().filter(|job| is_running(job) && !job.deleting) {
            let now = ObservedJob::from(&world.jobs()[&job.name]);
            let expected = if job.suspension == Suspension::Foreign { Suspension::Foreign } else { Suspension::None };
            prop_assert_eq!(now.suspension, expected, "{}", &job.name);
        }
    }

    #[test]
    fn each_end_is_told_at_most_once(case in case()) {
        let mut world = case.world();
        for happening in case.happenings.iter().filter(|happening| is_disturbance(happening)) {
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
        case.bound(&mut world);
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
