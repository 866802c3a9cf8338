//! Outcome: what a plan comes to, before a kind words it as status and events.

use k8s_openapi::jiff::Timestamp;

use super::{Action, Course, Observed, Row, State, Stop, reason};

/// What a plan comes to, before a kind words it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// How the whole goes.
    pub course: Course,
    /// One row a step, in the order of the workflow.
    pub rows: Vec<Row>,
    /// Where the gates stand, in the order of the workflow: Waiting, Succeeded or Skipped.
    pub gates: Vec<State>,
    /// What to do.
    pub actions: Vec<Action>,
    /// What holds up steps that could start, in the order of the workflow.
    pub blocks: Vec<Block>,
    /// What is new, in the order of the workflow. Empty when the rows were planned before.
    pub changes: Vec<(usize, Change)>,
    /// The steps that are tried again, in the order of the workflow. Empty when that was planned before.
    pub retried: Vec<usize>,
    /// Of the first running step whose pods suffer from something, its position, and what they say: its row has room for the
    /// beginning only.
    pub trouble: Option<(usize, String)>,
    /// When to plan again although nothing happens.
    pub wake_at: Option<Timestamp>,
}

impl Outcome {
    /// Whether only people have an interest in the status that follows: nothing is to be done, and the whole goes on as it
    /// did. What memory alone knows, the end of a Job that is gone, is written at once.
    pub fn can_wait(&self, last: &Course, observed: &Observed) -> bool {
        let goes_on = last.phase == self.course.phase && self.retried.is_empty();
        goes_on && self.actions.is_empty() && !observed.jobs.values().any(|job| job.gone)
    }
}

/// What holds up a step that could start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The step's position.
    pub step: usize,
    /// What kind of thing it is.
    pub obstacle: Obstacle,
    /// What is the matter, and what to do about it.
    pub message: String,
}

/// The kinds of things that hold up a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// A Job of somebody else has the name of the step's Job.
    NameConflict,
    /// So has a Job that is being deleted: no more than a matter of time.
    JobTerminating,
    /// The template does not exist.
    TemplateNotFound,
    /// The template cannot be used.
    TemplateInvalid,
    /// The API server would not create the Job.
    JobRefused,
}

impl Obstacle {
    /// Its machine-readable reason.
    pub fn reason(self) -> &'static str {
        match self {
            Obstacle::NameConflict => reason::NAME_CONFLICT,
            Obstacle::JobTerminating => reason::JOB_TERMINATING,
            Obstacle::TemplateNotFound => reason::TEMPLATE_NOT_FOUND,
            Obstacle::TemplateInvalid => reason::TEMPLATE_INVALID,
            Obstacle::JobRefused => reason::JOB_REFUSED,
        }
    }

    /// Whether it stays until somebody mends it. A missing template is no fault: it may come later, in the
    /// same `kubectl apply`.
    pub fn stalls(self) -> bool {
        matches!(
            self,
            Obstacle::NameConflict | Obstacle::TemplateInvalid | Obstacle::JobRefused
        )
    }
}

/// What is new about a step: the difference between its last row and its new one, and nothing else, so that it
/// is told once however often the same is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Its Job is Complete.
    Succeeded,
    /// Its Job is Failed.
    Failed,
    /// It will never run.
    Skipped,
    /// Its Job is to be stopped.
    Stopped,
    /// Its Job was seen, is gone before it ended, and is to be created again.
    Recreated,
    /// Its Job is to be created.
    Created,
    /// It could start, and something holds it up.
    Blocked,
}

impl Change {
    pub(super) fn between(last: &Row, row: &Row) -> Option<Self> {
        let entered = last.state != row.state;
        let stopped = Stop::of(row).is_some();
        match row.state {
            State::Active | State::Failed if stopped => Stop::of(last).is_none().then_some(Change::Stopped),
            State::Waiting if row.reason.is_some() && (entered || last.reason != row.reason) => Some(Change::Blocked),
            State::Active if row.start.is_none() && entered => Some(Change::Created),
            State::Active if row.start.is_none() && last.start.is_some() => Some(Change::Recreated),
            State::Succeeded if entered => Some(Change::Succeeded),
            State::Failed if entered => Some(Change::Failed),
            State::Skipped if entered => Some(Change::Skipped),
            _ => None,
        }
    }
}
