//! The status of a SequentialJob: what is remembered from one plan to the next, and what users read.

use crds::{Conditions, ExecutionState, JobProgress, SequentialJob, SequentialJobStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;

use super::ValidSequentialJob;
use crate::diagnostic::Report;
use crate::engine::{Counts, Headline, Phase, Row, Standing, State, and_more, capped, reason, set_kstatus_conditions};
use crate::limits::{CONDITION_MESSAGE_BYTES_MAX, MESSAGE_BYTES_MAX};

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
        observed_generation: generation(object),
        phase: Some("Terminating".to_owned()),
        message: message("is being deleted, and its jobs with it"),
        ..last(object)
    }
}

/// The status of a stored object that breaks a rule, written while the webhook was away: it tells the report, and
/// nothing runs. The progress stays, for it is what is known of Jobs once the object is mended.
pub fn invalid_status(object: &SequentialJob, report: &Report, now: Timestamp) -> SequentialJobStatus {
    if object.metadata.deletion_timestamp.is_some() {
        return terminating(object);
    }
    let mut status = last(object);
    let denials: Vec<String> = report.denials().map(ToString::to_string).collect();
    let first = denials.first().map_or("", String::as_str);
    status.message = message(&format!("invalid: {}", and_more(first, denials.len())));
    let headline = Headline::new(Standing::Stalled, reason::INVALID, denials.join("; "));
    set_conditions(
        &mut status.conditions,
        &headline,
        &headline,
        generation(object),
        &whole_second(now),
    );
    status.phase = status.phase.or_else(|| Some(word(Phase::Pending).to_owned()));
    status.observed_generation = generation(object);
    status
}

/// The status after a plan.
pub(super) fn next(object: &SequentialJob, rows: &[Row], headline: &Headline, now: &Time) -> SequentialJobStatus {
    let last = last(object);
    let counts = Counts::of(rows);
    let mut conditions = last.conditions;
    set_conditions(
        &mut conditions,
        headline,
        &progressing(rows, headline),
        generation(object),
        now,
    );
    let ended = matches!(counts.phase(), Phase::Succeeded | Phase::Failed);
    let ended_at = || {
        rows.iter()
            .filter_map(|row| row.end.clone())
            .max()
            .unwrap_or_else(|| now.clone())
    };
    SequentialJobStatus {
        observed_generation: generation(object),
        phase: Some(word(counts.phase()).to_owned()),
        message: message(&headline.message),
        state: Some(ExecutionState {
            active: number(counts.active),
            succeeded: number(counts.succeeded),
            failed: number(counts.failed),
        }),
        progress: Some(progress(rows)),
        start_time: last
            .start_time
            .or_else(|| rows.first().and_then(|row| row.start.clone())),
        completion_time: ended.then(|| last.completion_time.unwrap_or_else(ended_at)),
        conditions,
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
    let told = [
        (reason::AVAILABLE, standing == Standing::Complete, headline),
        (reason::PROGRESSING, standing == Standing::Reconciling, progressing),
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
    let completed: Vec<i32> = indices(State::Succeeded).map(|(index, _)| number(index)).collect();
    JobProgress {
        current_index: number(completed.len()),
        current_start_time: indices(State::Active).next().and_then(|(_, row)| row.start.clone()),
        completed_indices: completed,
        failed_index: failed.map(|(index, _)| number(index)),
        failure_reason: failed.and_then(|(_, row)| row.reason.clone()),
    }
}

/// The rows that the last status stands for, one for each container of the model.
pub(super) fn rows(object: &SequentialJob, model: &ValidSequentialJob) -> Vec<Row> {
    let status = last(object);
    let progress = status.progress.unwrap_or_default();
    let done = progress.completed_indices.len();
    let failed = progress.failed_index.and_then(|index| usize::try_from(index).ok());
    let is_active = status.state.is_some_and(|state| state.active > 0);
    let row = |index: usize| match failed {
        _ if index < done => Row::new(State::Succeeded, None),
        Some(failed) if index == failed => Row::new(State::Failed, progress.failure_reason.as_deref()),
        Some(_) => Row::new(State::Skipped, None),
        None if index == done && is_active => Row {
            start: progress.current_start_time.clone(),
            ..Row::new(State::Active, None)
        },
        None if index == done => Row::new(State::Waiting, obstacle(&status.conditions)),
        None => Row::default(),
    };
    (0..model.containers().len()).map(row).collect()
}

/// What held up the container that could start, as the condition for kstatus tells it.
fn obstacle(conditions: &[Condition]) -> Option<&str> {
    let told = conditions
        .iter()
        .find(|held| [reason::RECONCILING, reason::STALLED].contains(&held.type_.as_str()));
    told.map(|held| held.reason.as_str())
        .filter(|word| *word != reason::PROGRESSING)
}

/// Times on the wire have no fractions of a second. Neither may ours, or a status would never equal the stored one.
pub(super) fn whole_second(now: Timestamp) -> Time {
    Time(Timestamp::from_second(now.as_second()).unwrap_or(now))
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Pending => "Pending",
        Phase::Running => "Running",
        Phase::Succeeded => "Succeeded",
        Phase::Failed => "Failed",
    }
}

fn last(object: &SequentialJob) -> SequentialJobStatus {
    object.status.clone().unwrap_or_default()
}

fn message(text: &str) -> Option<String> {
    Some(capped(text, MESSAGE_BYTES_MAX))
}

fn generation(object: &SequentialJob) -> i64 {
    object.metadata.generation.unwrap_or_default()
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
