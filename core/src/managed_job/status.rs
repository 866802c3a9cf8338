//! The status of a ManagedJob: what is remembered from one plan to the next, and what users read.

use std::collections::HashMap;

use crds::{ManagedGroupRow, ManagedJob, ManagedJobRow, ManagedJobStatus, ManagedState};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::told::Told;
use super::{Group, Job, ValidManagedJob};
use crate::diagnostic::Report;
use crate::engine::wire::{BEING_DELETED, count, generation, invalid, message, whole_second};
use crate::engine::{Counts, Course, Headline, Last, Phase, Row, State, reason, set_conditions};
use crate::limits::MANAGED_REASONS_BYTES_MAX;

/// The status while the object is being deleted: the rows stay as the record of what ran.
pub(super) fn terminating(object: &ManagedJob) -> ManagedJobStatus {
    let last = last(object);
    let ended = last.completion_time.is_some();
    ManagedJobStatus {
        observed_generation: generation(&object.metadata),
        state: last.state.filter(|_| ended).or(Some(ManagedState::Aborted)),
        message: message(BEING_DELETED),
        ..last
    }
}

/// The status of a stored object that breaks a rule, written while the webhook was away: it tells the report, and
/// nothing runs. Rows stay, for they are what is known of Jobs once the object is mended.
pub fn invalid_status(object: &ManagedJob, report: &Report, now: Timestamp) -> ManagedJobStatus {
    if object.metadata.deletion_timestamp.is_some() {
        return terminating(object);
    }
    let mut status = last(object);
    let (message, headline) = invalid(report);
    status.message = message;
    set_conditions(
        &mut status.conditions,
        &headline,
        generation(&object.metadata),
        &whole_second(now),
    );
    status.state = status.state.or(Some(ManagedState::Pending));
    status.observed_generation = generation(&object.metadata);
    status
}

/// The status after a plan.
pub(super) fn next(
    object: &ManagedJob,
    model: &ValidManagedJob,
    rows: &[Row],
    course: &Course,
    headline: &Headline,
    now: &Time,
) -> ManagedJobStatus {
    let last = last(object);
    let counts = Counts::of(rows);
    let mut conditions = last.conditions;
    set_conditions(&mut conditions, headline, generation(&object.metadata), now);
    ManagedJobStatus {
        observed_generation: generation(&object.metadata),
        state: Some(state(course.phase)),
        message: message(&headline.message),
        progress: Some(format!("{}/{}", counts.succeeded, counts.total)),
        start_time: course.start.clone(),
        completion_time: course.end.clone(),
        total: count(counts.total),
        pending: count(counts.waiting),
        running: count(counts.active),
        succeeded: count(counts.succeeded),
        failed: count(counts.failed),
        aborted: count(counts.skipped),
        groups: group_rows(model, rows),
        conditions,
    }
}

/// What the last status says.
pub(crate) fn remembered(object: &ManagedJob, model: &ValidManagedJob) -> Last {
    let status = object.status.as_ref();
    Last {
        course: Course {
            phase: status.map_or(Phase::Pending, last_phase),
            start: status.and_then(|status| status.start_time.clone()),
            end: status.and_then(|status| status.completion_time.clone()),
            retry: None,
        },
        rows: rows(status, model),
    }
}

/// The rows of the last status, one for each job of the model.
fn rows(status: Option<&ManagedJobStatus>, model: &ValidManagedJob) -> Vec<Row> {
    let groups = status.into_iter().flat_map(|status| &status.groups);
    let wire = groups.flat_map(|group| {
        group
            .jobs
            .iter()
            .map(|row| ((group.name.as_str(), row.name.as_str()), row))
    });
    let by_name: HashMap<(&str, &str), &ManagedJobRow> = wire.collect();
    let row = |job: &Job| {
        let group = model.groups().get(job.group()).map_or("", Group::name);
        by_name
            .get(&(group, job.name()))
            .map_or_else(Row::default, |row| model_row(row))
    };
    model.jobs().iter().map(row).collect()
}

fn last_phase(status: &ManagedJobStatus) -> Phase {
    match status.state {
        None | Some(ManagedState::Pending | ManagedState::Aborted) => Phase::Pending,
        Some(ManagedState::Running) => Phase::Running,
        Some(ManagedState::Succeeded) => Phase::Succeeded,
        Some(ManagedState::Failed) => Phase::Failed,
    }
}

fn group_rows(model: &ValidManagedJob, rows: &[Row]) -> Vec<ManagedGroupRow> {
    let told = Told::of(model);
    let mut reasons = Reasons::default();
    let group = |(position, group): (usize, &Group)| {
        let of_group = rows.get(group.jobs()).unwrap_or_default();
        let jobs = group.jobs().zip(of_group);
        ManagedGroupRow {
            name: group.name().to_owned(),
            state: group_state(of_group),
            dependencies: told.of_group(position),
            jobs: jobs
                .filter_map(|(job, row)| wire_row(model.jobs().get(job)?, told.of_job(job), row, &mut reasons))
                .collect(),
        }
    };
    model.groups().iter().enumerate().map(group).collect()
}

/// What the jobs of a group together have come to.
fn group_state(rows: &[Row]) -> ManagedState {
    let counts = Counts::of(rows);
    let started = counts.active + counts.succeeded + counts.failed;
    match (counts.waiting + counts.active, counts.failed, counts.skipped) {
        (1.., ..) if started == 0 => ManagedState::Pending,
        (1.., ..) => ManagedState::Running,
        (0, 1.., _) => ManagedState::Failed,
        (0, 0, 1..) => ManagedState::Aborted,
        (0, 0, 0) => ManagedState::Succeeded,
    }
}

/// A row names its Job from the moment that it is made; a job without one names none.
fn wire_row(job: &Job, dependencies: Vec<String>, row: &Row, reasons: &mut Reasons) -> Option<ManagedJobRow> {
    Some(ManagedJobRow {
        name: job.name().to_owned(),
        job: row.has_job().then(|| job.job_name().to_owned()),
        state: match row.state {
            State::Waiting => ManagedState::Pending,
            State::Active => ManagedState::Running,
            State::Succeeded => ManagedState::Succeeded,
            State::Failed => ManagedState::Failed,
            State::Skipped => ManagedState::Aborted,
        },
        dependencies,
        start: row.start.clone(),
        end: row.end.clone(),
        reason: reasons.told(row),
    })
}

fn model_row(row: &ManagedJobRow) -> Row {
    Row {
        state: match row.state {
            ManagedState::Pending => State::Waiting,
            ManagedState::Running => State::Active,
            ManagedState::Succeeded => State::Succeeded,
            ManagedState::Failed => State::Failed,
            ManagedState::Aborted => State::Skipped,
        },
        start: row.start.clone(),
        end: row.end.clone(),
        reason: row.reason.clone(),
        ..Row::default()
    }
}

/// The reasons of all rows, which together stay short: of those beyond, in the order of the manifest, only the word is
/// told. A reason that was shortened stays so, and so the same rows always give the same status.
#[derive(Default)]
struct Reasons {
    bytes: usize,
}

impl Reasons {
    fn told(&mut self, row: &Row) -> Option<String> {
        let (word, whole) = (row.word()?, row.reason.as_deref()?);
        self.bytes = self.bytes.saturating_add(whole.len());
        let told = if self.bytes > MANAGED_REASONS_BYTES_MAX {
            word
        } else {
            whole
        };
        // What is skipped is called aborted here.
        Some(match told.strip_prefix(reason::DEPENDENCY_SKIPPED) {
            Some(rest) => format!("{}{rest}", reason::DEPENDENCY_ABORTED),
            None => told.to_owned(),
        })
    }
}

fn state(phase: Phase) -> ManagedState {
    match phase {
        Phase::Pending => ManagedState::Pending,
        // This kind is neither suspended nor stopped.
        Phase::Running | Phase::Suspended | Phase::Terminating => ManagedState::Running,
        Phase::Succeeded => ManagedState::Succeeded,
        Phase::Failed => ManagedState::Failed,
    }
}

fn last(object: &ManagedJob) -> ManagedJobStatus {
    object.status.clone().unwrap_or_default()
}
