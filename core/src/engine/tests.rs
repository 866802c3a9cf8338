//! What of the planner no kind alone shows: how much it renders, refusals, gates, and steps that are withdrawn.

use std::cell::Cell;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::{
    Action, Gate, JobState, Last, Observed, ObservedJob, Obstacle, Outcome, Phase, Refusal, Rendered, Row, State, Step,
    Suspension, Workflow, plan,
};

fn at(second: i64) -> Time {
    Time(Timestamp::from_second(second).unwrap())
}

fn last(states: &[State]) -> Last {
    Last {
        rows: states.iter().map(|&state| Row::new(state, None)).collect(),
        ..Last::default()
    }
}

/// Steps `s0`, `s1`, … with these dependencies; their Jobs are named like them.
fn steps<'a>(names: &'a [String], dependencies: &[&'a [usize]]) -> Vec<Step<'a>> {
    let step = |(name, &dependencies): (&'a String, &&'a [usize])| Step {
        name,
        job: name.clone(),
        dependencies,
        ..Step::default()
    };
    names.iter().zip(dependencies).map(step).collect()
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("s{at}")).collect()
}

/// How many steps are rendered when each depends on the one before it, and these were their last states.
fn renderings(states: &[State]) -> usize {
    let before: Vec<[usize; 1]> = (0..states.len()).map(|step| [step.saturating_sub(1)]).collect();
    let dependencies: Vec<&[usize]> = (0..states.len())
        .map(|at| if at == 0 { &[][..] } else { &before[at] })
        .collect();
    let names = names(states.len());
    let rendered = Cell::new(0);
    let render = |_| {
        rendered.set(rendered.get() + 1);
        Rendered::Job(Box::default())
    };
    let workflow = Workflow::new("u", steps(&names, &dependencies), &render);
    let outcome = plan(&workflow, &last(states), &Observed::default(), &at(0));
    assert_eq!(outcome.actions.len(), rendered.get());
    rendered.get()
}

#[test]
fn only_steps_that_are_about_to_start_are_rendered() {
    let mut states = vec![State::Succeeded; 2_500];
    states.resize(5_000, State::Waiting);
    assert_eq!(renderings(&states), 1);
    assert_eq!(renderings(&[State::Succeeded; 5_000]), 0);
    states[2_499] = State::Failed;
    assert_eq!(renderings(&states), 0);
}

#[test]
fn without_a_place_nothing_is_rendered() {
    let (names, rendered) = (names(5_000), Cell::new(0));
    let render = |_| {
        rendered.set(rendered.get() + 1);
        Rendered::Job(Box::default())
    };
    let workflow = Workflow {
        parallelism: Some(3),
        ..Workflow::new("u", steps(&names, &vec![&[][..]; 5_000]), &render)
    };
    let outcome = plan(&workflow, &Last::default(), &Observed::default(), &at(0));
    assert_eq!((outcome.actions.len(), rendered.get()), (3, 3));
}

/// Plans one step whose Job was refused until `retry_second`, at second 10.
fn refused_until(retry_second: i64) -> Outcome {
    let refusal = Refusal {
        message: "exceeded quota".to_owned(),
        retry_at: at(retry_second).0,
    };
    let observed = Observed {
        refused: [("s0".to_owned(), refusal)].into(),
        ..Observed::default()
    };
    let names = names(1);
    let workflow = Workflow::new("u", steps(&names, &[&[]]), &|_| Rendered::Job(Box::default()));
    plan(&workflow, &last(&[State::Active]), &observed, &at(10))
}

#[test]
fn a_refused_job_waits_for_its_time_and_is_tried_again_then() {
    let early = refused_until(11);
    assert_eq!(
        (early.actions.len(), early.wake_at.map(Timestamp::as_second)),
        (0, Some(11))
    );
    let due = refused_until(10);
    assert_eq!((due.actions.len(), due.wake_at), (1, None));
    for outcome in [early, due] {
        assert_eq!(outcome.rows, [Row::new(State::Waiting, Some("JobRefused"))]);
        assert_eq!(outcome.blocks[0].obstacle, Obstacle::JobRefused);
        assert!(
            outcome.blocks[0].message.contains("exceeded quota"),
            "{}",
            outcome.blocks[0].message
        );
    }
}

/// Plans `s0`, `s1` -> gate -> `s2` -> gate, after these last states.
fn gated(states: &[State]) -> Outcome {
    let names = names(3);
    let gates = vec![Gate { dependencies: &[0, 1] }, Gate { dependencies: &[2] }];
    let workflow = Workflow {
        gates,
        ..Workflow::new(
            "u",
            steps(&names, &[&[], &[], &[3]]),
            &|_| Rendered::Job(Box::default()),
        )
    };
    plan(&workflow, &last(states), &Observed::default(), &at(0))
}

#[test]
fn a_gate_opens_when_all_before_it_succeeded_and_has_no_row() {
    use State::{Active, Failed, Skipped, Succeeded, Waiting};
    let closed = gated(&[Succeeded, Waiting, Waiting]);
    assert_eq!(closed.gates, [Waiting, Waiting]);
    assert_eq!(closed.rows.len(), 3);
    let open = gated(&[Succeeded, Succeeded, Waiting]);
    assert_eq!((open.gates, open.rows[2].state), (vec![Succeeded, Waiting], Active));
    let end = gated(&[Succeeded, Succeeded, Succeeded]);
    assert_eq!(
        (end.gates, end.course.phase),
        (vec![Succeeded, Succeeded], Phase::Succeeded)
    );
    let failed = gated(&[Succeeded, Failed, Waiting]);
    assert_eq!(failed.gates, [Skipped, Skipped]);
    assert_eq!(
        failed.rows[2],
        Row::new(Skipped, Some("DependencyFailed: s1")),
        "it names the step and not the gate"
    );
    assert_eq!(failed.changes.len(), 1);
}

/// A Job of ours.
fn job(name: &str, state: JobState) -> ObservedJob {
    ObservedJob {
        name: name.to_owned(),
        uid: format!("uid-{name}"),
        owner_uid: Some("u".to_owned()),
        state,
        start: None,
        end: None,
        deleting: false,
        suspension: Suspension::None,
        trouble: None,
        gone: false,
    }
}

#[test]
fn a_row_has_the_beginning_of_a_trouble_and_the_whole_is_kept_of_the_first() {
    let names = names(3);
    let told = |end: &str| Some(format!("FailedCreate: {}{end}", "x".repeat(300)));
    let troubled = |name: &str, trouble| ObservedJob {
        trouble,
        ..job(name, JobState::Running)
    };
    let jobs = [
        troubled("s0", None),
        troubled("s1", told("1")),
        troubled("s2", told("2")),
    ];
    let workflow = Workflow::new("u", steps(&names, &[&[], &[], &[]]), &|_| Rendered::Job(Box::default()));
    let outcome = plan(
        &workflow,
        &last(&[State::Active; 3]),
        &jobs.into_iter().collect(),
        &at(0),
    );
    assert_eq!(outcome.trouble, told("1").map(|told| (1, told)));
    assert!(outcome.rows[1].trouble().unwrap().len() < 130);
}

#[test]
fn only_what_people_alone_wait_for_can_wait() {
    let names = names(3);
    let can_wait = |dependencies: &[&[usize]], jobs: &[ObservedJob]| {
        let observed: Observed = jobs.iter().cloned().collect();
        let workflow = Workflow::new("u", steps(&names, dependencies), &|_| Rendered::Job(Box::default()));
        let mut last = last(&[State::Active, State::Active, State::Waiting]);
        last.course.phase = Phase::Running;
        last.course.start = Some(at(0));
        plan(&workflow, &last, &observed, &at(9)).can_wait(&last.course, &observed)
    };
    let (complete, running) = (job("s0", JobState::Complete), job("s1", JobState::Running));
    let both: &[&[usize]] = &[&[], &[], &[0, 1]];
    assert!(
        can_wait(both, &[complete.clone(), running.clone()]),
        "one of two has ended"
    );
    let one: &[&[usize]] = &[&[], &[], &[0]];
    assert!(
        !can_wait(one, &[complete.clone(), running.clone()]),
        "the third can start"
    );
    let gone = ObservedJob {
        gone: true,
        ..complete.clone()
    };
    assert!(!can_wait(both, &[gone, running]), "only memory knows of its end");
    let none: &[&[usize]] = &[&[], &[]];
    assert!(
        !can_wait(none, &[complete, job("s1", JobState::Complete)]),
        "the whole has ended"
    );
}

#[test]
fn a_step_that_is_withdrawn_is_skipped_and_its_job_deleted_unless_it_has_ended() {
    let names = names(3);
    let mut steps = steps(&names, &[&[], &[], &[]]);
    for step in &mut steps {
        step.withdrawn = Some("NodeGone");
    }
    let observed: Observed = [job("s0", JobState::Running), job("s1", JobState::Complete)]
        .into_iter()
        .collect();
    let workflow = Workflow::new("u", steps, &|_| Rendered::Job(Box::default()));
    let outcome = plan(&workflow, &last(&[State::Active; 3]), &observed, &at(0));
    let states: Vec<State> = outcome.rows.iter().map(|row| row.state).collect();
    assert_eq!(states, [State::Skipped, State::Succeeded, State::Skipped]);
    assert_eq!(outcome.rows[0].reason.as_deref(), Some("NodeGone"));
    let delete = Action::DeleteJob {
        name: "s0".to_owned(),
        uid: "uid-s0".to_owned(),
    };
    assert_eq!(outcome.actions, [delete]);
}
