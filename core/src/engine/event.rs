//! Events: what is told about the changes of one plan, in few sentences.

use std::collections::BTreeMap;

use super::wording::{and_more, counted};
use super::{Block, Change, Course, Obstacle, Outcome, Phase, RETRY, Stop, Subject, capped, reason};
use crate::limits::MESSAGE_BYTES_MAX;

/// The two types of Kubernetes events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventSeverity {
    /// As it should be.
    Normal,
    /// Somebody may want to look.
    Warning,
}

/// Something to tell the user, about the object as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its type.
    pub severity: EventSeverity,
    /// Its machine-readable reason.
    pub reason: &'static str,
    /// Its text, short enough for an event.
    pub message: String,
}

impl Event {
    /// An event of the type Normal; its message is made harmless and short.
    pub fn normal(reason: &'static str, message: &str) -> Self {
        Self {
            severity: EventSeverity::Normal,
            reason,
            message: capped(message, MESSAGE_BYTES_MAX),
        }
    }

    /// An event of the type Warning; its message is made harmless and short.
    pub fn warning(reason: &'static str, message: &str) -> Self {
        Self {
            severity: EventSeverity::Warning,
            ..Self::normal(reason, message)
        }
    }
}

/// The events of an outcome: one for each kind of change and not for each step, since one plan may start 1,000
/// Jobs. They follow from the difference of two statuses, so the same plan made again gives none.
pub fn of_changes(subject: Subject<'_>, outcome: &Outcome) -> Vec<Event> {
    let mut steps_by_change: BTreeMap<Change, Vec<usize>> = BTreeMap::new();
    for &(step, change) in &outcome.changes {
        steps_by_change.entry(change).or_default().push(step);
    }
    let mut events = Vec::new();
    for (change, steps) in steps_by_change {
        let jobs = || counted("job", steps.iter().map(|&step| subject.job(step)));
        let names = || counted(subject.noun, steps.iter().map(|&step| subject.name(step)));
        match change {
            Change::Created => events.push(Event::normal(reason::JOB_CREATED, &format!("creates {}", jobs()))),
            Change::Recreated => {
                let message = format!("creates again, since deleted before the end: {}", jobs());
                events.push(Event::warning(reason::JOB_RECREATED, &message));
            }
            Change::Succeeded => {
                events.push(Event::normal(reason::JOB_COMPLETED, &format!("succeeded: {}", names())));
            }
            Change::Failed => {
                events.push(Event::warning(reason::JOB_FAILED, &failures(subject, outcome, &steps)));
            }
            Change::Stopped => events.push(Event::warning(reason::JOB_STOPPED, &format!("stops {}", jobs()))),
            Change::Skipped => events.push(Event::normal(reason::SKIPPED, &format!("skipped {}", names()))),
            Change::Blocked => events.extend(of_blocks(subject, outcome, &steps)),
        }
    }
    events
}

/// The events of the whole: that it is suspended, resumed or tried again, that its time is up, and its end, which the
/// `message` tells. `last` is how it went before.
pub fn of_course(subject: Subject<'_>, last: &Course, outcome: &Outcome, message: &str) -> Vec<Event> {
    let now = &outcome.course;
    let mut events = Vec::new();
    if !outcome.retried.is_empty() {
        let names = counted(subject.noun, outcome.retried.iter().map(|&step| subject.name(step)));
        let value = now.retry.as_deref().unwrap_or_default();
        events.push(Event::normal(
            reason::RETRIED,
            &format!("tries again {names} ({RETRY}: {value})"),
        ));
    }
    match (last.phase, now.phase) {
        (Phase::Suspended, now) if now == Phase::Suspended || now.is_end() => {}
        (Phase::Suspended, _) => events.push(Event::normal(reason::RESUMED, "goes on after a suspension")),
        (_, Phase::Suspended) => events.push(Event::normal(reason::SUSPENDED, "no job runs until it is resumed")),
        _ => {}
    }
    let is_new = last.phase != now.phase || !outcome.retried.is_empty();
    match now.phase {
        Phase::Succeeded if is_new => events.push(Event::normal(reason::COMPLETED, message)),
        Phase::Failed if is_new => events.push(Event::warning(end_reason(outcome), message)),
        _ => {}
    }
    events
}

fn end_reason(outcome: &Outcome) -> &'static str {
    let is_deadline = |row| Stop::of(row) == Some(Stop::Deadline);
    if outcome.rows.iter().any(is_deadline) {
        reason::DEADLINE_EXCEEDED
    } else {
        reason::FAILED
    }
}

/// The first failure with its reason, and how many more there are.
fn failures(subject: Subject<'_>, outcome: &Outcome, steps: &[usize]) -> String {
    let first = steps.first().copied().unwrap_or_default();
    let reason = outcome.rows.get(first).and_then(|row| row.reason.as_deref());
    and_more(&subject.failure(first, reason), steps.len())
}

/// One event for each kind of obstacle that `steps`, in ascending order, have newly met.
fn of_blocks(subject: Subject<'_>, outcome: &Outcome, steps: &[usize]) -> Vec<Event> {
    let mut blocks_by_obstacle: BTreeMap<Obstacle, Vec<&Block>> = BTreeMap::new();
    for block in outcome
        .blocks
        .iter()
        .filter(|block| steps.binary_search(&block.step).is_ok())
    {
        blocks_by_obstacle.entry(block.obstacle).or_default().push(block);
    }
    let told = |(obstacle, blocks): (Obstacle, Vec<&Block>)| {
        let message = and_more(&subject.block(blocks.first()?), blocks.len());
        Some(match obstacle {
            Obstacle::JobTerminating => Event::normal(obstacle.reason(), &message),
            _ => Event::warning(obstacle.reason(), &message),
        })
    };
    blocks_by_obstacle.into_iter().filter_map(told).collect()
}
