//! The engine: one planner for all kinds, pure and total.
//!
//! A kind is a front end: it compiles its valid model to a [`Workflow`], hands in what its last status says as [`Last`],
//! and words its status from the [`Outcome`]. From a valid model to Jobs there is no error path.
//!
//! ```text
//! ValidJobFlow ──┐                      ┌── course, rows, blocks ──> status
//! (other kinds) ─┴─ Workflow ── plan ───┼── actions ───────────────> executor
//!   last status, observed Jobs, now ──┘ └── changes ───────────────> events
//! ```
//!
//! # What bounds the whole
//!
//! | bound | what it does |
//! |---|---|
//! | `suspend` | nothing starts; running Jobs are suspended, and resumed later, but for those that somebody else suspended |
//! | `parallelism` | of the steps that are ready, as many start as there are places, in the order of the manifest |
//! | deadline | counts from [`Course::start`]; then running Jobs are deleted and what waits is skipped, also what handles failures |
//! | `FailFast` | after a failure, steps that wait for success are skipped |
//! | `Terminate` | and their running Jobs are deleted |
//! | time to live | so long after its end the object is deleted |
//!
//! Steps that are there for failures ([`OnFailure`], [`Always`]) run under every failure policy and are not
//! stopped by one. Under `FailFast` and `Terminate` they start when everything that waits for success has ended, as the
//! `finally` tasks of Tekton do; under `Continue`, when what they depend on has ended.
//!
//! [`OnFailure`]: crate::when::When::OnFailure
//! [`Always`]: crate::when::When::Always
//!
//! # Why a crash is harmless
//!
//! The executor writes the status before it acts, so a row turns [`State::Active`] in the plan that creates its
//! Job, still without `start`. `start` is copied from the Job once it is seen. In the same way a row says that its Job is
//! to be stopped, or is of an earlier try, before the Job is deleted. So what a row says is enough to go on after a crash
//! at any point:
//!
//! | row | Job | meaning | what the planner does |
//! |---|---|---|---|
//! | final | any | the result is recorded | nothing, for ever |
//! | final by a stop, or Skipped | runs | its creation was answered late | deletes it |
//! | Active, no start | none | we stopped before the create, or the Job is not visible yet | creates it; a second create is "already exists" |
//! | Active, start | none | somebody deleted a running Job | creates it again and says so |
//! | Active, to be stopped | runs | we stopped before the delete | deletes it |
//! | Active, to be stopped | none | the stop is carried through | Failed, whatever the object says by now |
//! | Active, to be stopped | has ended | it was faster | takes its state |
//! | superseded | the one of that uid | a retry has begun, and we stopped before the delete | deletes it, and waits until it is gone |
//! | superseded | none | its next try may begin | judges it like any other step |
//! | any other | ours | the Job speaks for itself | takes its state |
//!
//! Whether a Job is suspended, and by whom, is written on the Job itself. That a value of the retry annotation was acted
//! on is written together with the rows that it made to wait. The object is deleted only as it was read.

pub mod child;
mod condition;
mod course;
mod event;
mod govern;
mod headline;
mod observed;
mod outcome;
pub mod params;
mod plan;
mod podless;
mod readiness;
pub mod reason;
mod report;
mod retry;
mod row;
mod start;
mod stop;
mod subject;
mod trouble;
pub mod wire;
mod wording;
mod workflow;

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::jiff::Timestamp;

pub use condition::{set_conditions, set_kstatus_conditions};
pub use course::{Course, Last, Phase};
pub use event::{Event, EventSeverity, of_changes, of_course};
pub use headline::{Headline, Standing, headline};
pub use observed::{JobState, Observed, ObservedJob, Refusal, Suspension};
pub use outcome::{Block, Change, Obstacle, Outcome};
pub use plan::plan;
pub use podless::{FAILED_CREATE, lacks_pods, refused_pods};
pub use retry::new_retry;
pub use row::{Counts, Row, State};
pub use stop::Stop;
pub use subject::Subject;
pub use trouble::trouble;
pub use wording::{and_more, capped, counted};
pub use workflow::{Gate, Policy, Rendered, Step, Workflow};

/// Annotation of an object: a new value asks to try again what failed.
pub const RETRY: &str = "api.practice.com/retry";

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
/// 5. What [can wait](Plan::can_wait) it may leave unwritten for a moment and plan again with what is new then.
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
    /// Whether what is new may be written a moment later, with what comes next: see [`Outcome::can_wait`].
    pub can_wait: bool,
}

impl<S> Plan<S> {
    /// Nothing to do but to see that the status says this.
    pub fn quiet(status: S) -> Self {
        Self {
            actions: Vec::new(),
            status,
            events: Vec::new(),
            wake_at: None,
            can_wait: false,
        }
    }
}

/// One step of the executor, which decides nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Create this Job; "already exists" is success. It must be a create and not a server-side apply, which
    /// would write into a Job of somebody else that holds the name.
    CreateJob(Box<Job>),
    /// Delete this Job, and its pods before it; "not found" is success, and so is that the name has another uid by now.
    DeleteJob {
        /// Its name.
        name: String,
        /// Its uid: another Job of the same name is not meant.
        uid: String,
    },
    /// Suspend this Job and mark it with [`child::SUSPENDED`], or take both back; "not found" is success.
    PatchJobSuspend {
        /// Its name.
        name: String,
        /// Its uid.
        uid: String,
        /// Whether it is to be suspended.
        suspend: bool,
    },
    /// Delete the object itself, and its Jobs before it, if it is still as it was when its status was written; "not
    /// found" is success.
    DeleteObject,
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
