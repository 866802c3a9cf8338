//! Headline: the one thing about an object that its message and its conditions tell.

use super::wording::{and_more, counted};
use super::{Outcome, Phase, State, Subject, reason};

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
pub fn headline(subject: Subject<'_>, outcome: &Outcome, phase: Phase) -> Headline {
    let failure = failure(subject, outcome);
    match phase {
        Phase::Succeeded => {
            let total = outcome.rows.len();
            let message = format!("{total} of {total} {}s succeeded", subject.noun);
            Headline::new(Standing::Complete, reason::COMPLETED, message)
        }
        Phase::Failed => Headline::new(Standing::Failed, reason::JOB_FAILED, failure.unwrap_or_default()),
        Phase::Pending | Phase::Running => under_way(subject, outcome, failure),
    }
}

fn under_way(subject: Subject<'_>, outcome: &Outcome, failure: Option<String>) -> Headline {
    let blocks = &outcome.blocks;
    let stalling = blocks.iter().find(|block| block.obstacle.stalls());
    let Some(block) = stalling.or(blocks.first()) else {
        let message = failure.unwrap_or_else(|| running(subject, outcome));
        return Headline::new(Standing::Reconciling, reason::PROGRESSING, message);
    };
    let (standing, order) = match (stalling, failure) {
        (Some(_), failure) => (Standing::Stalled, [Some(subject.block(block)), failure]),
        (None, failure) => (Standing::Reconciling, [failure, Some(subject.block(block))]),
    };
    let sentences: Vec<String> = order.into_iter().flatten().collect();
    Headline::new(standing, block.obstacle.reason(), sentences.join("; "))
}

/// The first failure with its reason, and how many more there are.
fn failure(subject: Subject<'_>, outcome: &Outcome) -> Option<String> {
    let mut failed = outcome
        .rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row.state == State::Failed);
    let (step, row) = failed.next()?;
    Some(and_more(
        &subject.failure(step, row.reason.as_deref()),
        1 + failed.count(),
    ))
}

fn running(subject: Subject<'_>, outcome: &Outcome) -> String {
    let rows = outcome.rows.iter().enumerate();
    let active: Vec<usize> = rows
        .filter(|(_, row)| row.state == State::Active)
        .map(|(step, _)| step)
        .collect();
    format!(
        "running {}",
        counted(subject.noun, active.iter().map(|&step| subject.name(step)))
    )
}
