//! Wire: what the statuses of all kinds have in common.

use crds::{FlowState, JobFlowState};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use k8s_openapi::jiff::Timestamp;

use super::headline::{Headline, Standing};
use super::{Phase, State, and_more, capped, reason};
use crate::diagnostic::Report;
use crate::limits::MESSAGE_BYTES_MAX;

/// The message of an object that is being deleted.
pub const BEING_DELETED: &str = "is being deleted, and its jobs with it";

/// Times on the wire have no fractions of a second. Neither may ours, or a status would never equal the stored one.
pub fn whole_second(now: Timestamp) -> Time {
    Time(Timestamp::from_second(now.as_second()).unwrap_or(now))
}

/// The message of a status, harmless and short.
pub fn message(text: &str) -> Option<String> {
    Some(capped(text, MESSAGE_BYTES_MAX))
}

/// The generation that a status speaks of.
pub fn generation(metadata: &ObjectMeta) -> i64 {
    metadata.generation.unwrap_or_default()
}

/// A number of steps.
pub fn count(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// What is told of an object that breaks a rule: the first fault as its message, and the whole report in its conditions.
pub fn invalid(report: &Report) -> (Option<String>, Headline) {
    let denials: Vec<String> = report.denials().map(ToString::to_string).collect();
    let first = denials.first().map_or("", String::as_str);
    let message = message(&format!("invalid: {}", and_more(first, denials.len())));
    let headline = Headline::new(Standing::Stalled, reason::INVALID, denials.join("; "));
    (message, headline)
}

impl From<Phase> for JobFlowState {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Pending => JobFlowState::Pending,
            Phase::Running => JobFlowState::Running,
            Phase::Suspended => JobFlowState::Suspended,
            Phase::Terminating => JobFlowState::Terminating,
            Phase::Succeeded => JobFlowState::Succeed,
            Phase::Failed => JobFlowState::Failed,
        }
    }
}

impl From<JobFlowState> for Phase {
    fn from(state: JobFlowState) -> Self {
        match state {
            JobFlowState::Pending => Phase::Pending,
            JobFlowState::Running => Phase::Running,
            JobFlowState::Suspended => Phase::Suspended,
            JobFlowState::Terminating => Phase::Terminating,
            JobFlowState::Succeed => Phase::Succeeded,
            JobFlowState::Failed => Phase::Failed,
        }
    }
}

impl From<State> for FlowState {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => FlowState::Waiting,
            State::Active => FlowState::Active,
            State::Succeeded => FlowState::Succeeded,
            State::Failed => FlowState::Failed,
            State::Skipped => FlowState::Skipped,
        }
    }
}

impl From<FlowState> for State {
    fn from(state: FlowState) -> Self {
        match state {
            FlowState::Waiting => State::Waiting,
            FlowState::Active => State::Active,
            FlowState::Succeeded => State::Succeeded,
            FlowState::Failed => State::Failed,
            FlowState::Skipped => State::Skipped,
        }
    }
}
