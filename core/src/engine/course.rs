//! Course: how the whole goes, beside what the rows say of the steps.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::{Counts, Row, Stop};

/// What the last status says, and so all that a plan remembers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Last {
    /// How the whole went.
    pub course: Course,
    /// One row a step; a step without one is new. Gates have none.
    pub rows: Vec<Row>,
}

/// How the whole goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// What it has come to.
    pub phase: Phase,
    /// When it became active: first, after a suspension, or by a retry after its end. The deadline counts from here.
    pub start: Option<Time>,
    /// When it ended.
    pub end: Option<Time>,
    /// The last value of the retry annotation that was acted on, shortened.
    pub retry: Option<String>,
}

/// What all steps together have come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nothing has started.
    #[default]
    Pending,
    /// A step runs or can still run.
    Running,
    /// Nothing may run until somebody resumes it.
    Suspended,
    /// Running Jobs are being stopped.
    Terminating,
    /// Nothing runs or can run any more, and no step failed.
    Succeeded,
    /// Nothing runs or can run any more, and a step failed or the time was up.
    Failed,
}

impl Phase {
    /// What these rows have come to.
    pub(super) fn of(rows: &[Row], suspend: bool) -> Self {
        let counts = Counts::of(rows);
        let is_stopping = |row: &Row| !row.state.is_final() && Stop::of(row).is_some();
        if counts.waiting + counts.active == 0 {
            let failed = counts.failed > 0 || rows.iter().any(|row| Stop::of(row) == Some(Stop::Deadline));
            if failed { Phase::Failed } else { Phase::Succeeded }
        } else if rows.iter().any(is_stopping) {
            Phase::Terminating
        } else if suspend {
            Phase::Suspended
        } else if counts.waiting == counts.total {
            Phase::Pending
        } else {
            Phase::Running
        }
    }

    /// Whether nothing runs or can run any more.
    pub fn is_end(self) -> bool {
        matches!(self, Phase::Succeeded | Phase::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::Phase;
    use crate::engine::{Row, State};

    fn phase(states: &[State]) -> Phase {
        let rows: Vec<Row> = states.iter().map(|&state| Row::new(state, None)).collect();
        Phase::of(&rows, false)
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
        assert_eq!(phase(&[Succeeded, Skipped]), Phase::Succeeded);
    }

    #[test]
    fn a_suspension_is_told_only_of_what_has_not_ended_and_a_stop_goes_before_it() {
        let suspended = |row: Row| Phase::of(&[row], true);
        assert_eq!(suspended(Row::new(State::Active, None)), Phase::Suspended);
        assert_eq!(suspended(Row::new(State::Succeeded, None)), Phase::Succeeded);
        let stopping = Row::new(State::Active, Some("DeadlineExceeded"));
        assert_eq!(suspended(stopping), Phase::Terminating);
    }

    #[test]
    fn what_the_deadline_skipped_has_failed_although_no_step_has() {
        let rows = [Row::new(State::Skipped, Some("DeadlineExceeded"))];
        assert_eq!(Phase::of(&rows, false), Phase::Failed);
        let rows = [Row::new(State::Skipped, Some("NothingFailed"))];
        assert_eq!(Phase::of(&rows, false), Phase::Succeeded);
    }
}
