//! The engine: one planner for all kinds, pure and total.
//!
//! A kind is a front end: it compiles its valid model to a [`Workflow`], hands in the [`Row`]s of its last
//! status, and words its status from the [`Outcome`]. From a valid model to Jobs there is no error path.
//!
//! ```text
//! ValidJobFlow ──┐                      ┌── rows, blocks ──> status
//! (other kinds) ─┴─ Workflow ── plan ───┼── actions ───────> executor
//!   last rows, observed Jobs, now ──┘   └── changes ───────> events
//! ```
//!
//! # Why a crash is harmless
//!
//! The executor writes the status before it acts, so a row turns [`State::Active`] in the plan that creates its
//! Job, still without `start`. `start` is copied from the Job once it is seen. So what a row says is enough to
//! go on after a crash at any point:
//!
//! | row | Job | meaning | what the planner does |
//! |---|---|---|---|
//! | final | any | the result is recorded | nothing, for ever |
//! | Active, no start | none | we stopped before the create, or the Job is not visible yet | creates it; a second create is "already exists" |
//! | Active, start | none | somebody deleted a running Job | creates it again and says so |
//! | any other | ours | the Job speaks for itself | takes its state |

pub mod child;
mod condition;
mod event;
mod headline;
mod observed;
mod outcome;
pub mod params;
mod plan;
mod readiness;
pub mod reason;
mod row;
mod subject;
mod wording;
mod workflow;

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::jiff::Timestamp;

pub use condition::{set_conditions, set_kstatus_conditions};
pub use event::{Event, EventSeverity, of_changes, of_end};
pub use headline::{Headline, Standing, headline};
pub use observed::{JobState, Observed, ObservedJob, Refusal};
pub use outcome::{Block, Change, Obstacle, Outcome};
pub use plan::plan;
pub use row::{Counts, Phase, Row, State};
pub use subject::Subject;
pub use wording::{and_more, capped};
pub use workflow::{Rendered, Step, Workflow};

/// What is to be done about one object, and what its status says afterwards.
///
/// # What the executor owes
///
/// 1. It writes `status` first, with the `resourceVersion` that the plan was made from, and stops on a conflict.
/// 2. With no actions, a status equal to the stored one is not written. With actions it is written even then:
///    the API server stores nothing, but it refuses an outdated `resourceVersion`, and so a plan made from an
///    outdated object cannot create the Job of a step whose end is already recorded.
/// 3. Then it carries out all actions, in any order. An action that was carried out before succeeds again.
/// 4. It sends the events only after the status was written: each tells of a change of the status.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan<S> {
    /// What to do.
    pub actions: Vec<Action>,
    /// The status, equal to the previous one when nothing changed.
    pub status: S,
    /// What to tell the user, once.
    pub events: Vec<Event>,
    /// When to plan again although nothing happens; `None` when only the cluster can change the answer.
    pub wake_at: Option<Timestamp>,
}

/// One step of the executor, which decides nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Create this Job; "already exists" is success. It must be a create and not a server-side apply, which
    /// would write into a Job of somebody else that holds the name.
    CreateJob(Box<Job>),
}
