//! The planner: rows, actions and changes, from a workflow, its last status and the Jobs that are there.
//!
//! ```text
//! basis (retry) ─> report: what Jobs say ─> judge: what may start ─> govern: running Jobs ─> start ─> conclude
//! ```

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::readiness::{Node, Readiness, order, readiness};
use super::report::{ended, row_of};
use super::retry::{Basis, basis};
use super::stop::{Order, after, deadline};
use super::{
    Action, Block, Change, Last, Observed, ObservedJob, Obstacle, Outcome, Phase, Row, State, Step, Stop, Workflow,
    reason,
};
use crate::when::When;

/// Plans. `now` is a whole second, like every time that a plan compares. Linear in steps, gates and edges.
pub fn plan(workflow: &Workflow<'_>, last: &Last, observed: &Observed, now: &Time) -> Outcome {
    let order = order(workflow);
    let mut draft = Draft::new(workflow, observed, now, basis(workflow, last, observed, &order));
    draft.report();
    let is_expired = deadline(&workflow.policy, draft.outcome.course.start.as_ref()).is_some_and(|at| at <= now.0);
    let stop = Order::of(workflow, &draft.outcome.rows, is_expired);
    draft.judge(&order, stop.as_ref());
    draft.govern(stop.as_ref());
    draft.start();
    draft.conclude(last)
}

/// A plan in the making.
pub(super) struct Draft<'a> {
    pub(super) workflow: &'a Workflow<'a>,
    pub(super) observed: &'a Observed,
    pub(super) now: &'a Time,
    /// The rows that it starts from, one a step.
    pub(super) rows: Vec<Row>,
    pub(super) outcome: Outcome,
    /// Steps that nothing but a bound of the whole keeps from starting.
    pub(super) ready: Vec<usize>,
    nodes: Vec<Node>,
}

impl<'a> Draft<'a> {
    fn new(workflow: &'a Workflow<'a>, observed: &'a Observed, now: &'a Time, basis: Basis) -> Self {
        let mut course = basis.course;
        if !workflow.policy.suspend && (course.start.is_none() || course.phase == Phase::Suspended) {
            course.start = Some(now.clone());
        }
        Self {
            workflow,
            observed,
            now,
            outcome: Outcome {
                course,
                rows: vec![Row::default(); workflow.steps.len()],
                gates: vec![State::Waiting; workflow.gates.len()],
                retried: basis.retried,
                ..Outcome::default()
            },
            rows: basis.rows,
            ready: Vec::new(),
            nodes: vec![Node::default(); workflow.len()],
        }
    }

    /// What has ended stays so, and a Job speaks for its step. The rest is left waiting.
    fn report(&mut self) {
        for (index, step) in self.workflow.steps.iter().enumerate() {
            let Some(last) = self.rows.get(index) else { continue };
            let row = if last.state.is_final() {
                last.clone()
            } else if let Some(job) = self.job_of(index) {
                row_of(job, last, self.now)
            } else if let Some(reason) = step.withdrawn {
                Row::new(State::Skipped, Some(reason))
            } else {
                continue;
            };
            let withdrawn = step.withdrawn.filter(|_| row.state == State::Active);
            let row = withdrawn.map_or(row, |reason| Row::new(State::Skipped, Some(reason)));
            if self.outcome.trouble.is_none() && row.trouble().is_some() {
                let told = self.job_of(index).and_then(|job| job.trouble.clone());
                self.outcome.trouble = told.map(|told| (index, told));
            }
            self.set(index, row);
        }
    }

    /// The Job of a step: ours, and not that of an earlier try.
    pub(super) fn job_of(&self, index: usize) -> Option<&'a ObservedJob> {
        let job = self.our_job(index)?;
        (!self.is_superseded(index, job)).then_some(job)
    }

    /// The Job of ours that has the name of a step's Job, of whichever try.
    pub(super) fn our_job(&self, index: usize) -> Option<&'a ObservedJob> {
        let job = self.observed.jobs.get(&self.workflow.steps.get(index)?.job)?;
        (job.owner_uid.as_deref() == Some(self.workflow.owner_uid)).then_some(job)
    }

    pub(super) fn is_superseded(&self, index: usize, job: &ObservedJob) -> bool {
        let superseded = self.rows.get(index).and_then(|row| row.superseded.as_ref());
        superseded == Some(&job.uid)
    }

    pub(super) fn set(&mut self, index: usize, row: Row) {
        if let Some(place) = self.outcome.rows.get_mut(index) {
            *place = row;
        }
    }

    /// Judges what has no Job, each after what it depends on.
    fn judge(&mut self, order: &[usize], stop: Option<&Order>) {
        let regular = self.workflow.steps.iter().zip(&self.outcome.rows);
        let is_running = |(step, row): (&Step<'_>, &Row)| !step.when.survives_failure() && row.state == State::Active;
        // What handles a failure comes after everything else has ended.
        let handlers_wait = stop.is_some() && regular.clone().any(is_running);
        for &index in order {
            let node = match self.workflow.steps.get(index) {
                Some(step) => self.judge_step(index, step, stop, handlers_wait),
                None => self.judge_gate(index),
            };
            if let Some(place) = self.nodes.get_mut(index) {
                *place = node;
            }
        }
    }

    fn judge_step(&mut self, index: usize, step: &Step<'_>, stop: Option<&Order>, handlers_wait: bool) -> Node {
        if self
            .outcome
            .rows
            .get(index)
            .is_some_and(|row| row.state == State::Waiting)
        {
            let row = self.unstarted(index, step, stop, handlers_wait);
            self.set(index, row);
        }
        let Some(row) = self.outcome.rows.get(index) else {
            return Node::default();
        };
        let failed = match row.state {
            State::Failed => true,
            State::Skipped => Stop::of(row).is_some() || self.follows_failure(index),
            State::Waiting | State::Active | State::Succeeded => false,
        };
        Node {
            state: row.state,
            failed,
            step: index,
        }
    }

    fn judge_gate(&mut self, index: usize) -> Node {
        let dependencies = self.workflow.dependencies(index);
        let (state, step) = match readiness(When::OnSuccess, dependencies, &self.nodes) {
            Readiness::Ready => (State::Succeeded, 0),
            Readiness::Waiting | Readiness::NothingFailed => (State::Waiting, 0),
            Readiness::Never(dependency) => (State::Skipped, self.nodes.get(dependency).map_or(0, |node| node.step)),
        };
        if let Some(place) = self.outcome.gates.get_mut(index - self.workflow.steps.len()) {
            *place = state;
        }
        let failed = state == State::Skipped && self.follows_failure(index);
        Node { state, failed, step }
    }

    fn follows_failure(&self, index: usize) -> bool {
        let dependencies = self.workflow.dependencies(index).iter();
        dependencies
            .filter_map(|&dependency| self.nodes.get(dependency))
            .any(|node| node.failed)
    }

    /// The row of a step that has no Job of its own. What has not started may still be skipped, so the dependencies are
    /// asked first.
    fn unstarted(&mut self, index: usize, step: &Step<'_>, stop: Option<&Order>, handlers_wait: bool) -> Row {
        if let Some(last) = self.rows.get(index) {
            if let (State::Active, Some(_), Some(reason)) = (last.state, Stop::of(last), &last.reason) {
                return ended(last, reason, self.now);
            }
            if let Some(stop) = stop.filter(|stop| stop.skips(step.when)) {
                return ended(last, stop.reason(), self.now);
            }
        }
        match readiness(step.when, step.dependencies, &self.nodes) {
            Readiness::Waiting => Row::default(),
            Readiness::Never(dependency) => self.skipped(dependency),
            Readiness::NothingFailed => Row::new(State::Skipped, Some(reason::NOTHING_FAILED)),
            Readiness::Ready if handlers_wait && step.when.survives_failure() => Row::default(),
            Readiness::Ready => self.startable(index, step),
        }
    }

    /// The row of a step that may start, if only its name is free.
    fn startable(&mut self, index: usize, step: &Step<'_>) -> Row {
        if self.workflow.policy.suspend {
            return Row::default();
        }
        let Some(job) = self.observed.jobs.get(&step.job).filter(|job| !job.gone) else {
            self.ready.push(index);
            return Row::default();
        };
        let name = &job.name;
        if self.is_superseded(index, job) {
            let message = format!("the job '{name}' of the try before is being deleted");
            self.blocked(index, Obstacle::JobTerminating, message)
        } else if job.deleting {
            let message = format!("the job '{name}', which is not ours, is being deleted");
            self.blocked(index, Obstacle::JobTerminating, message)
        } else {
            let message = format!("the job '{name}' exists and is not ours: delete it, or choose another name");
            self.blocked(index, Obstacle::NameConflict, message)
        }
    }

    fn skipped(&self, dependency: usize) -> Row {
        let step = self.nodes.get(dependency).map_or(0, |node| node.step);
        let row = self.outcome.rows.get(step);
        let failed = row.is_some_and(|row| row.state == State::Failed);
        let word = if failed {
            reason::DEPENDENCY_FAILED
        } else {
            reason::DEPENDENCY_SKIPPED
        };
        let name = self.workflow.steps.get(step).map_or("", |step| step.name);
        Row::new(State::Skipped, Some(&format!("{word}: {name}")))
    }

    pub(super) fn blocked(&mut self, step: usize, obstacle: Obstacle, message: String) -> Row {
        self.outcome.blocks.push(Block {
            step,
            obstacle,
            message,
        });
        Row::new(State::Waiting, Some(obstacle.reason()))
    }

    /// Asks to be woken at a moment, if not before.
    pub(super) fn wake_at(&mut self, at: Timestamp) {
        let earlier = self.outcome.wake_at.map_or(at, |other| other.min(at));
        self.outcome.wake_at = Some(earlier);
    }

    /// Says how the whole goes, what its clocks ask for, and what is new.
    fn conclude(mut self, last: &Last) -> Outcome {
        let policy = &self.workflow.policy;
        let phase = Phase::of(&self.outcome.rows, policy.suspend);
        self.outcome.course.phase = phase;
        if phase.is_end() {
            let end = self.outcome.course.end.take().unwrap_or_else(|| self.ended_at());
            self.remove_later(&end);
            self.outcome.course.end = Some(end);
        } else {
            self.outcome.course.end = None;
            if let Some(at) = deadline(policy, self.outcome.course.start.as_ref()).filter(|at| *at > self.now.0) {
                self.wake_at(at);
            }
        }
        let mut outcome = self.outcome;
        for (row, last) in outcome.rows.iter_mut().zip(self.rows) {
            row.superseded = last.superseded.filter(|_| !row.state.is_final());
        }
        outcome.blocks.sort_by_key(|block| block.step);
        let new = Row::default();
        let last = last.rows.iter().chain(std::iter::repeat(&new));
        let changes = outcome.rows.iter().zip(last).enumerate();
        outcome.changes = changes
            .filter_map(|(at, (row, last))| Some((at, Change::between(last, row)?)))
            .collect();
        outcome
    }

    /// When the last step ended, as its Job says. When the time is up, the whole ends although no step does.
    fn ended_at(&self) -> Time {
        let rows = &self.outcome.rows;
        if rows.iter().any(|row| Stop::of(row) == Some(Stop::Deadline)) {
            return self.now.clone();
        }
        let end = rows.iter().filter_map(|row| row.end.clone()).max();
        end.unwrap_or_else(|| self.now.clone())
    }

    /// The object goes some time after its end, if that is wished.
    fn remove_later(&mut self, end: &Time) {
        let seconds = self.workflow.policy.ttl_seconds_after_finished;
        match seconds.and_then(|seconds| after(end, seconds.into())) {
            Some(at) if at <= self.now.0 => self.outcome.actions.push(Action::DeleteObject),
            Some(at) => self.wake_at(at),
            None => {}
        }
    }
}
