//! Rows: what the status remembers of each step, and what all of them together say.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::capped;
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

    /// What the whole has come to.
    pub fn phase(self) -> Phase {
        if self.waiting == self.total && self.total > 0 {
            Phase::Pending
        } else if self.waiting + self.active > 0 {
            Phase::Running
        } else if self.failed > 0 {
            Phase::Failed
        } else {
            Phase::Succeeded
        }
    }
}

/// What all steps together have come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing has started.
    Pending,
    /// A step runs or can still run.
    Running,
    /// Nothing runs or can run any more, and no step failed.
    Succeeded,
    /// Nothing runs or can run any more, and a step failed.
    Failed,
}

#[cfg(test)]
mod tests {
    use super::{Counts, Phase, Row, State};

    fn phase(states: &[State]) -> Phase {
        let rows: Vec<Row> = states.iter().map(|&state| Row::new(state, None)).collect();
        Counts::of(&rows).phase()
    }

    #[test]
    fn the_whole_fails_only_when_nothing_runs_or_can_run() {
        use State::{Active, Failed, Skipped, Succeeded, Waiting};
        assert_eq!(phase(&[Waiting, Waiting]), Phase::Pending);
        assert_eq!(phase(&[Active, Waiting]), Phase::Running);
        assert_eq!(phase(&[Succeeded, Waiting]), Phase::Running);
        assert_eq!(phase(&[Failed, Active]), Phase::Running);
        assert_eq!(phase(&[Failed, Waiting]), Phase::Running);
        assert_eq!(phase(&[Failed, Skipped, Succeeded]), Phase::Failed);
        assert_eq!(phase(&[Succeeded, Succeeded]), Phase::Succeeded);
    }

    #[test]
    fn a_reason_is_kept_short() {
        let row = Row::new(State::Failed, Some(&"long ".repeat(100)));
        assert_eq!(row.reason.map(|reason| reason.len()), Some(120));
    }
}
