//! Headline: the one thing about an object that its message and its conditions tell.

use super::wording::{and_more, counted};
use super::{Counts, Outcome, Phase, Row, State, Stop, Subject, reason};

/// How the whole stands, as conditions tell it. Exactly one holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It goes on by itself.
    Reconciling,
    /// Somebody must do something before all of it can go on.
    Stalled,
    /// It succeeded.
    Complete,
    /// It failed.
    Failed,
}

/// The one thing that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headline {
    /// How the whole stands.
    pub standing: Standing,
    /// The machine-readable reason.
    pub reason: &'static str,
    /// The sentence; whoever shows it makes it harmless and as short as the place asks.
    pub message: String,
}

impl Headline {
    /// A headline.
    pub fn new(standing: Standing, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            standing,
            reason,
            message: message.into(),
        }
    }
}

/// What matters most: that somebody must act, then a failure (also while other steps still run), then what else
/// holds up steps, and only where there is nothing of all that, what runs.
pub fn headline(subject: Subject<'_>, outcome: &Outcome) -> Headline {
    let counts = Counts::of(&outcome.rows);
    let failure = failure(subject, outcome);
    match outcome.course.phase {
        Phase::Succeeded => {
            let Counts { total, succeeded, .. } = counts;
            let mut message = format!("{succeeded} of {total} {}s succeeded", subject.noun);
            if counts.skipped > 0 {
                message.push_str(&format!(", {} not needed", counts.skipped));
            }
            Headline::new(Standing::Complete, reason::COMPLETED, message)
        }
        Phase::Failed if is_expired(outcome) => {
            let sentences = [Some(EXPIRED.to_owned()), failure];
            Headline::new(Standing::Failed, reason::DEADLINE_EXCEEDED, joined(sentences))
        }
        Phase::Failed => Headline::new(Standing::Failed, reason::JOB_FAILED, failure.unwrap_or_default()),
        Phase::Suspended => {
            let sentences = [failure, Some("suspended: no job runs until it is resumed".to_owned())];
            Headline::new(Standing::Reconciling, reason::SUSPENDED, joined(sentences))
        }
        Phase::Terminating => stopping(subject, outcome, failure),
        Phase::Pending | Phase::Running => under_way(subject, outcome, failure),
    }
}

/// What is told when the time is up.
const EXPIRED: &str = "was active for longer than `activeDeadlineSeconds` allows";

fn joined(sentences: [Option<String>; 2]) -> String {
    sentences.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn is_expired(outcome: &Outcome) -> bool {
    outcome.rows.iter().any(|row| Stop::of(row) == Some(Stop::Deadline))
}

fn stopping(subject: Subject<'_>, outcome: &Outcome, failure: Option<String>) -> Headline {
    let steps = of_rows(outcome, |row| row.state == State::Active && Stop::of(row).is_some());
    let stops = format!(
        "stopping {}",
        counted(subject.noun, steps.iter().map(|&step| subject.name(step)))
    );
    let (reason, why) = if is_expired(outcome) {
        (reason::DEADLINE_EXCEEDED, Some(EXPIRED.to_owned()))
    } else {
        (reason::FAILURE_POLICY, failure)
    };
    Headline::new(Standing::Reconciling, reason, joined([why, Some(stops)]))
}

fn under_way(subject: Subject<'_>, outcome: &Outcome, failure: Option<String>) -> Headline {
    let blocks = &outcome.blocks;
    let stalling = blocks.iter().find(|block| block.obstacle.stalls());
    let Some(block) = stalling.or(blocks.first()) else {
        let trouble = trouble(subject, outcome);
        let told = failure.is_some() || trouble.is_some();
        let message = if told {
            joined([failure, trouble])
        } else {
            running(subject, outcome)
        };
        return Headline::new(Standing::Reconciling, reason::PROGRESSING, message);
    };
    let (standing, order) = match (stalling, failure) {
        (Some(_), failure) => (Standing::Stalled, [Some(subject.block(block)), failure]),
        (None, failure) => (Standing::Reconciling, [failure, Some(subject.block(block))]),
    };
    Headline::new(standing, block.obstacle.reason(), joined(order))
}

/// The first running step whose pod cannot start or has failed, and how many more there are.
fn trouble(subject: Subject<'_>, outcome: &Outcome) -> Option<String> {
    let held = of_rows(outcome, |row| row.trouble().is_some());
    let step = *held.first()?;
    let whole = outcome.trouble.as_ref().filter(|(of, _)| *of == step);
    let told = match whole {
        Some((_, told)) => told,
        None => outcome.rows.get(step)?.trouble()?,
    };
    Some(and_more(
        &format!("{} '{}': {told}", subject.noun, subject.name(step)),
        held.len(),
    ))
}

/// The first failure with its reason, and how many more there are. What was stopped since something else failed is told
/// only where nothing else is known.
fn failure(subject: Subject<'_>, outcome: &Outcome) -> Option<String> {
    let failed = of_rows(outcome, |row| row.state == State::Failed && Stop::of(row).is_none());
    let stopped = || {
        of_rows(outcome, |row| {
            row.state == State::Failed && Stop::of(row) == Some(Stop::Failure)
        })
    };
    let failed = if failed.is_empty() { stopped() } else { failed };
    let step = *failed.first()?;
    let reason = outcome.rows.get(step).and_then(|row| row.reason.as_deref());
    Some(and_more(&subject.failure(step, reason), failed.len()))
}

fn running(subject: Subject<'_>, outcome: &Outcome) -> String {
    let active = of_rows(outcome, |row| row.state == State::Active);
    if active.is_empty() {
        return "no job may run: `parallelism` is 0".to_owned();
    }
    format!(
        "running {}",
        counted(subject.noun, active.iter().map(|&step| subject.name(step)))
    )
}

fn of_rows(outcome: &Outcome, wanted: impl Fn(&Row) -> bool) -> Vec<usize> {
    let rows = outcome.rows.iter().enumerate();
    rows.filter(|(_, row)| wanted(row)).map(|(step, _)| step).collect()
}
