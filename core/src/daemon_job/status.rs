//! The status of a DaemonJob: what is remembered from one plan to the next, and what users read.

use std::collections::BTreeMap;

use crds::{Conditions, DaemonJob, DaemonJobStatus, JobFlowState, NodeRow};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;

use super::eligibility::Hindrance;
use super::wording::{Scene, Told};
use crate::diagnostic::Report;
use crate::engine::wire::{BEING_DELETED, count, generation, invalid, message, whole_second};
use crate::engine::{Counts, Course, Outcome, Phase, Row, State, capped, reason, set_conditions};
use crate::limits::CONDITION_MESSAGE_BYTES_MAX;

/// The status while the object is being deleted: the rows stay as the record of what ran.
pub(super) fn terminating(object: &DaemonJob) -> DaemonJobStatus {
    DaemonJobStatus {
        observed_generation: generation(&object.metadata),
        state: Some(JobFlowState::Terminating),
        message: message(BEING_DELETED),
        ..stored(object)
    }
}

/// The status of a stored object that breaks a rule, written while the webhook was away: it tells the report, and
/// nothing runs. Rows stay, for they are what is known of Jobs once the object is mended.
pub fn invalid_status(object: &DaemonJob, report: &Report, now: Timestamp) -> DaemonJobStatus {
    if object.metadata.deletion_timestamp.is_some() {
        return terminating(object);
    }
    let mut status = stored(object);
    let (message, headline) = invalid(report);
    status.message = message;
    let (generation, now) = (generation(&object.metadata), whole_second(now));
    set_conditions(&mut status.conditions, &headline, generation, &now);
    status.state = status.state.or(Some(JobFlowState::Pending));
    status.observed_generation = generation;
    status
}

/// The status after a plan.
pub(super) fn next(scene: &Scene<'_>, outcome: &Outcome, told: &Told, now: &Time) -> DaemonJobStatus {
    let (course, rows) = (&outcome.course, &outcome.rows);
    let counts = Counts::of(rows);
    let row = |(step, row): (usize, &Row)| {
        let hindrance = scene.hindrances.get(step).and_then(Option::as_ref);
        wire_row(scene.subject.name(step), scene.subject.job(step), row, hindrance)
    };
    DaemonJobStatus {
        observed_generation: generation(&scene.object.metadata),
        state: Some(course.phase.into()),
        message: message(&told.headline.message),
        done: Some(format!("{}/{}", counts.succeeded, counts.total)),
        start_time: course.start.clone(),
        completion_time: course.end.clone(),
        last_handled_retry: course.retry.clone(),
        desired: count(counts.total),
        active: count(counts.active),
        succeeded: count(counts.succeeded),
        failed: count(counts.failed),
        skipped: count(counts.skipped),
        nodes: rows.iter().enumerate().map(row).collect(),
        conditions: conditions(scene.object, told, now),
    }
}

fn conditions(object: &DaemonJob, told: &Told, now: &Time) -> Vec<Condition> {
    let mut conditions = stored(object).conditions;
    set_conditions(&mut conditions, &told.headline, generation(&object.metadata), now);
    if told.is_settled {
        // To kstatus this is what a DaemonSet is that runs everywhere: current.
        conditions.unset(reason::RECONCILING);
    }
    match &told.unknown {
        Some(unknown) => {
            let message = capped(unknown, CONDITION_MESSAGE_BYTES_MAX);
            let kind = reason::EXCLUDED_NODES_NOT_FOUND;
            conditions.set(
                kind,
                true,
                reason::NODE_NOT_FOUND,
                &message,
                generation(&object.metadata),
                now,
            );
        }
        None => conditions.unset(reason::EXCLUDED_NODES_NOT_FOUND),
    }
    conditions
}

/// How the whole went at the last status.
pub(super) fn course(object: &DaemonJob) -> Course {
    let Some(status) = &object.status else {
        return Course::default();
    };
    Course {
        phase: status.state.map_or(Phase::Pending, Phase::from),
        start: status.start_time.clone(),
        end: status.completion_time.clone(),
        retry: status.last_handled_retry.clone(),
    }
}

/// The rows of the last status, by the names of their nodes.
pub(super) fn rows(object: &DaemonJob) -> BTreeMap<String, Row> {
    let rows = object.status.iter().flat_map(|status| &status.nodes);
    rows.map(|row| (row.name.clone(), model_row(row))).collect()
}

/// Whether a node left before its Job ended.
pub(super) fn is_gone(row: &Row) -> bool {
    row.state == State::Skipped && row.word() == Some(reason::NODE_GONE)
}

fn stored(object: &DaemonJob) -> DaemonJobStatus {
    object.status.clone().unwrap_or_default()
}

/// A row names its Job from the moment that it is made; a node without one names none. What keeps pods from the node is
/// told where nothing else is.
fn wire_row(name: &str, job: &str, row: &Row, hindrance: Option<&Hindrance>) -> NodeRow {
    NodeRow {
        name: name.to_owned(),
        job: row.has_job().then(|| job.to_owned()),
        state: row.state.into(),
        start: row.start.clone(),
        end: row.end.clone(),
        reason: row.reason.clone().or_else(|| Some(word(hindrance?).to_owned())),
        superseded_uid: row.superseded.clone(),
    }
}

fn model_row(row: &NodeRow) -> Row {
    // Found out anew by every plan, and no word of the engine.
    let own = [reason::NODE_NOT_READY, reason::NODE_CORDONED, reason::NODE_UNFIT];
    Row {
        state: row.state.into(),
        start: row.start.clone(),
        end: row.end.clone(),
        reason: row.reason.clone().filter(|reason| !own.contains(&reason.as_str())),
        superseded: row.superseded_uid.clone(),
    }
}

fn word(hindrance: &Hindrance) -> &'static str {
    match hindrance {
        Hindrance::NotReady => reason::NODE_NOT_READY,
        Hindrance::Cordoned => reason::NODE_CORDONED,
        Hindrance::Misfit(_) => reason::NODE_UNFIT,
    }
}
