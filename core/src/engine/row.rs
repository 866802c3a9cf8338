//! Rows: what the status remembers of each step, and what all of them together say.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::{Stop, capped, reason};
use crate::limits::ROW_REASON_BYTES_MAX;

/// Where a step stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// It waits for its dependencies, or for what blocks it.
    #[default]
    Waiting,
    /// Its Job is made or about to be made, and has not ended.
    Active,
    /// Its Job is Complete.
    Succeeded,
    /// Its Job is Failed.
    Failed,
    /// It will never run.
    Skipped,
}

impl State {
    /// Whether nothing that happens to the Job can change it any more.
    pub fn is_final(self) -> bool {
        matches!(self, State::Succeeded | State::Failed | State::Skipped)
    }
}

/// What the status remembers of one step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Where it stands.
    pub state: State,
    /// When its Job was made; absent until the Job was seen.
    pub start: Option<Time>,
    /// When its Job ended.
    pub end: Option<Time>,
    /// Why it waits, failed or was skipped: a word, and where it helps `: ` and a few more.
    pub reason: Option<String>,
    /// The uid of the Job of an earlier try, from a retry until the step ends again: that Job says nothing any more, and
    /// must be gone before the next one is made.
    pub superseded: Option<String>,
}

impl Row {
    /// A row without times. The reason is made harmless and short, for a status may hold 5,000 of them.
    pub fn new(state: State, reason: Option<&str>) -> Self {
        Self {
            state,
            reason: reason.map(|reason| capped(reason, ROW_REASON_BYTES_MAX)),
            ..Self::default()
        }
    }

    /// Whether it has, or had, a Job of its own.
    pub fn has_job(&self) -> bool {
        !matches!(self.state, State::Waiting | State::Skipped)
    }

    /// What its pods were last said to suffer from, while it runs and nobody stops it; see [`super::trouble`].
    pub fn trouble(&self) -> Option<&str> {
        let told = self.reason.as_deref().filter(|_| self.state == State::Active)?;
        (told != reason::JOB_TERMINATING && Stop::of(self).is_none()).then_some(told)
    }

    /// The word that its reason begins with.
    pub fn word(&self) -> Option<&str> {
        let reason = self.reason.as_deref()?;
        Some(reason.split_once(": ").map_or(reason, |(word, _)| word))
    }
}

/// How many steps stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All steps.
    pub total: usize,
    /// Those in [`State::Waiting`].
    pub waiting: usize,
    /// Those in [`State::Active`].
    pub active: usize,
    /// Those in [`State::Succeeded`].
    pub succeeded: usize,
    /// Those in [`State::Failed`].
    pub failed: usize,
    /// Those in [`State::Skipped`].
    pub skipped: usize,
}

impl Counts {
    /// Counts the rows.
    pub fn of(rows: &[Row]) -> Self {
        let mut counts = Self {
            total: rows.len(),
            ..Self::default()
        };
        for row in rows {
            *match row.state {
                State::Waiting => &mut counts.waiting,
                State::Active => &mut counts.active,
                State::Succeeded => &mut counts.succeeded,
                State::Failed => &mut counts.failed,
                State::Skipped => &mut counts.skipped,
            } += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, State};

    #[test]
    fn a_reason_is_kept_short() {
        let row = Row::new(State::Failed, Some(&"long ".repeat(100)));
        assert_eq!(row.reason.map(|reason| reason.len()), Some(120));
    }

    #[test]
    fn a_reason_begins_with_a_word() {
        let word = |reason| Row::new(State::Failed, reason).word().map(str::to_owned);
        assert_eq!(word(Some("DependencyFailed: a")).as_deref(), Some("DependencyFailed"));
        assert_eq!(word(Some("JobFailed")).as_deref(), Some("JobFailed"));
        assert_eq!(word(None), None);
    }
}
