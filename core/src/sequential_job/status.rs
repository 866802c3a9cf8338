//! The status of a SequentialJob: what is remembered from one plan to the next, and what users read.

use crds::{Conditions, ExecutionState, JobProgress, SequentialJob, SequentialJobStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;

use super::ValidSequentialJob;
use crate::diagnostic::Report;
use crate::engine::wire::{BEING_DELETED, count, generation, invalid, message, whole_second};
use crate::engine::{
    Counts, Course, Headline, Last, Outcome, Phase, Row, Standing, State, Stop, capped, reason, set_kstatus_conditions,
};
use crate::limits::CONDITION_MESSAGE_BYTES_MAX;

/// `Started job 0`.
pub(super) fn started(index: usize) -> String {
    format!("Started job {index}")
}

/// `Job 0 completed successfully`.
pub(super) fn completed(index: usize) -> String {
    format!("Job {index} completed successfully")
}

/// The status while the object is being deleted: the progress stays as the record of what ran.
pub(super) fn terminating(object: &SequentialJob) -> SequentialJobStatus {
    SequentialJobStatus {
        observed_generation: generation(&object.metadata),
        phase: Some("Terminating".to_owned()),
        message: message(BEING_DELETED),
        ..stored(object)
    }
}

/// The status of a stored object that breaks a rule, written while the webhook was away: it tells the report, and
/// nothing runs. The progress stays, for it is what is known of Jobs once the object is mended.
pub fn invalid_status(object: &SequentialJob, report: &Report, now: Timestamp) -> SequentialJobStatus {
    if object.metadata.deletion_timestamp.is_some() {
        return terminating(object);
    }
    let mut status = stored(object);
    let (message, headline) = invalid(report);
    status.message = message;
    set_conditions(
        &mut status.conditions,
        &headline,
        &headline,
        generation(&object.metadata),
        &whole_second(now),
    );
    status.phase = status.phase.or_else(|| Some(word(Phase::Pending).to_owned()));
    status.observed_generation = generation(&object.metadata);
    status
}

/// The status after a plan.
pub(super) fn next(object: &SequentialJob, outcome: &Outcome, headline: &Headline, now: &Time) -> SequentialJobStatus {
    let (course, rows) = (&outcome.course, &outcome.rows);
    let counts = Counts::of(rows);
    let mut conditions = stored(object).conditions;
    set_conditions(
        &mut conditions,
        headline,
        &progressing(rows, headline),
        generation(&object.metadata),
        now,
    );
    SequentialJobStatus {
        observed_generation: generation(&object.metadata),
        phase: Some(word(course.phase).to_owned()),
        message: message(&headline.message),
        state: Some(ExecutionState {
            active: count(counts.active),
            succeeded: count(counts.succeeded),
            failed: count(counts.failed),
        }),
        progress: Some(progress(rows)),
        start_time: course.start.clone(),
        completion_time: course.end.clone(),
        conditions,
    }
}

/// When the time is up, the container that could not even start counts as the one that failed: the progress names one.
pub(super) fn name_failed(rows: &mut [Row]) {
    let has_ended = rows.iter().all(|row| row.state.is_final());
    if !has_ended || rows.iter().any(|row| row.state == State::Failed) {
        return;
    }
    if let Some(row) = rows
        .iter_mut()
        .find(|row| Stop::of(row) == Some(Stop::Deadline) && row.state == State::Skipped)
    {
        row.state = State::Failed;
    }
}

/// The three conditions of this kind, which are always there, and those that kstatus reads.
fn set_conditions(
    conditions: &mut Vec<Condition>,
    headline: &Headline,
    progressing: &Headline,
    generation: i64,
    now: &Time,
) {
    let standing = headline.standing;
    let is_held = [reason::SUSPENDED, reason::DEADLINE_EXCEEDED].contains(&headline.reason);
    let told = [
        (reason::AVAILABLE, standing == Standing::Complete, headline),
        (
            reason::PROGRESSING,
            standing == Standing::Reconciling && !is_held,
            progressing,
        ),
        (reason::FAILED, standing == Standing::Failed, headline),
    ];
    for (kind, holds, headline) in told {
        let message = capped(&headline.message, CONDITION_MESSAGE_BYTES_MAX);
        conditions.set(kind, holds, headline.reason, &message, generation, now);
    }
    set_kstatus_conditions(conditions, headline, generation, now);
}

/// What the condition `Progressing` tells: the last Job that completed, in the words that people's scripts know, unless
/// something else is the matter.
fn progressing(rows: &[Row], headline: &Headline) -> Headline {
    if headline.reason != reason::PROGRESSING {
        return headline.clone();
    }
    let last = rows.iter().rposition(|row| row.state == State::Succeeded);
    let (reason, message) = match last {
        Some(index) => (reason::JOB_COMPLETED, completed(index)),
        None => (reason::JOB_STARTED, started(0)),
    };
    Headline::new(headline.standing, reason, message)
}

fn progress(rows: &[Row]) -> JobProgress {
    let indices = |state| rows.iter().enumerate().filter(move |(_, row)| row.state == state);
    let failed = indices(State::Failed).next();
    let completed: Vec<i32> = indices(State::Succeeded).map(|(index, _)| count(index)).collect();
    JobProgress {
        current_index: count(completed.len()),
        current_start_time: indices(State::Active).next().and_then(|(_, row)| row.start.clone()),
        completed_indices: completed,
        failed_index: failed.map(|(index, _)| count(index)),
        failure_reason: failed.and_then(|(_, row)| row.reason.clone()),
    }
}

/// What the last status says.
pub(crate) fn last(object: &SequentialJob, model: &ValidSequentialJob) -> Last {
    let status = stored(object);
    Last {
        rows: rows(&status, model),
        course: Course {
            phase: status.phase.as_deref().map_or(Phase::Pending, phase),
            start: status.start_time,
            end: status.completion_time,
            retry: None,
        },
    }
}

/// The rows that a status stands for, one for each container of the model.
fn rows(status: &SequentialJobStatus, model: &ValidSequentialJob) -> Vec<Row> {
    let progress = status.progress.clone().unwrap_or_default();
    let done = progress.completed_indices.len();
    let failed = progress.failed_index.and_then(|index| usize::try_from(index).ok());
    let is_active = status.state.as_ref().is_some_and(|state| state.active > 0);
    let matter = matter(&status.conditions);
    let stop = matter.filter(|word| *word == reason::DEADLINE_EXCEEDED);
    let obstacle = matter.filter(|word| ![reason::PROGRESSING, reason::SUSPENDED].contains(word));
    let row = |index: usize| match failed {
        _ if index < done => Row::new(State::Succeeded, None),
        Some(failed) if index == failed => Row::new(State::Failed, progress.failure_reason.as_deref()),
        Some(_) => Row::new(State::Skipped, None),
        None if index == done && is_active => Row {
            start: progress.current_start_time.clone(),
            ..Row::new(State::Active, stop)
        },
        None if index == done => Row::new(State::Waiting, obstacle),
        None => Row::default(),
    };
    (0..model.containers().len()).map(row).collect()
}

/// What is the matter with the container that runs or could start, as the condition for kstatus tells it.
fn matter(conditions: &[Condition]) -> Option<&str> {
    let told = conditions
        .iter()
        .find(|held| [reason::RECONCILING, reason::STALLED].contains(&held.type_.as_str()));
    told.map(|held| held.reason.as_str())
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Pending => "Pending",
        Phase::Running => "Running",
        Phase::Succeeded => "Succeeded",
        Phase::Failed => "Failed",
        Phase::Suspended => "Suspended",
        Phase::Terminating => "Terminating",
    }
}

fn phase(word: &str) -> Phase {
    match word {
        "Running" => Phase::Running,
        "Succeeded" => Phase::Succeeded,
        "Failed" => Phase::Failed,
        "Suspended" => Phase::Suspended,
        "Terminating" => Phase::Terminating,
        _ => Phase::Pending,
    }
}

fn stored(object: &SequentialJob) -> SequentialJobStatus {
    object.status.clone().unwrap_or_default()
}
