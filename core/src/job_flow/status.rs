//! The status of a JobFlow: what is remembered from one plan to the next, and what users read.

use std::collections::HashMap;

use crds::{FlowRow, JobFlow, JobFlowState, JobFlowStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::ValidJobFlow;
use crate::diagnostic::Report;
use crate::engine::wire::{BEING_DELETED, count, generation, invalid, message, whole_second};
use crate::engine::{Counts, Course, Headline, Last, Outcome, Phase, Row, Subject, set_conditions};

/// The status while the object is being deleted: the rows stay as the record of what ran.
pub(super) fn terminating(flow: &JobFlow) -> JobFlowStatus {
    JobFlowStatus {
        observed_generation: generation(&flow.metadata),
        state: Some(JobFlowState::Terminating),
        message: message(BEING_DELETED),
        ..stored(flow)
    }
}

/// The status of a stored object that breaks a rule, written while the webhook was away: it tells the report, and
/// nothing runs. Rows stay, for they are what is known of Jobs once the object is mended.
pub fn invalid_status(flow: &JobFlow, report: &Report, now: Timestamp) -> JobFlowStatus {
    if flow.metadata.deletion_timestamp.is_some() {
        return terminating(flow);
    }
    let mut status = stored(flow);
    let (message, headline) = invalid(report);
    status.message = message;
    set_conditions(
        &mut status.conditions,
        &headline,
        generation(&flow.metadata),
        &whole_second(now),
    );
    status.state = status.state.or(Some(JobFlowState::Pending));
    status.observed_generation = generation(&flow.metadata);
    status
}

/// The status after a plan.
pub(super) fn next(
    flow: &JobFlow,
    subject: Subject<'_>,
    outcome: &Outcome,
    headline: &Headline,
    now: &Time,
) -> JobFlowStatus {
    let (course, rows) = (&outcome.course, &outcome.rows);
    let counts = Counts::of(rows);
    let mut conditions = stored(flow).conditions;
    set_conditions(&mut conditions, headline, generation(&flow.metadata), now);
    JobFlowStatus {
        observed_generation: generation(&flow.metadata),
        state: Some(course.phase.into()),
        message: message(&headline.message),
        progress: Some(format!("{}/{}", counts.succeeded, counts.total)),
        start_time: course.start.clone(),
        completion_time: course.end.clone(),
        last_handled_retry: course.retry.clone(),
        total: count(counts.total),
        waiting: count(counts.waiting),
        active: count(counts.active),
        succeeded: count(counts.succeeded),
        failed: count(counts.failed),
        skipped: count(counts.skipped),
        flows: rows
            .iter()
            .enumerate()
            .map(|(step, row)| wire_row(subject, step, row))
            .collect(),
        conditions,
    }
}

/// What the last status says: how the whole went, and one row for each step of the model.
pub(crate) fn last(flow: &JobFlow, model: &ValidJobFlow) -> Last {
    let Some(status) = &flow.status else {
        return Last::default();
    };
    let by_name: HashMap<&str, &FlowRow> = status.flows.iter().map(|row| (row.name.as_str(), row)).collect();
    let row = |name: &str| by_name.get(name).map_or_else(Row::default, |row| model_row(row));
    Last {
        course: Course {
            phase: status.state.map_or(Phase::Pending, Phase::from),
            start: status.start_time.clone(),
            end: status.completion_time.clone(),
            retry: status.last_handled_retry.clone(),
        },
        rows: model.steps().iter().map(|step| row(step.name())).collect(),
    }
}

fn stored(flow: &JobFlow) -> JobFlowStatus {
    flow.status.clone().unwrap_or_default()
}

/// A row names its Job from the moment that it is made; a step without one names none.
fn wire_row(subject: Subject<'_>, step: usize, row: &Row) -> FlowRow {
    FlowRow {
        name: subject.name(step).to_owned(),
        job: row.has_job().then(|| subject.job(step).to_owned()),
        state: row.state.into(),
        start: row.start.clone(),
        end: row.end.clone(),
        reason: row.reason.clone(),
        superseded_uid: row.superseded.clone(),
    }
}

fn model_row(row: &FlowRow) -> Row {
    Row {
        state: row.state.into(),
        start: row.start.clone(),
        end: row.end.clone(),
        reason: row.reason.clone(),
        superseded: row.superseded_uid.clone(),
    }
}
