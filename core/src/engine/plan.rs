//! The planner: rows, actions and changes, from a workflow, its last rows and the Jobs that are there.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::readiness::{Readiness, order, readiness};
use super::{
    Action, Block, Change, JobState, Observed, ObservedJob, Obstacle, Outcome, Refusal, Rendered, Row, State, Step,
    Workflow, reason,
};

/// Plans. `last` are the rows of the last status, one a step (a step without one is new); `now` is used only
/// where a Job does not tell a time. Linear in steps and edges.
pub fn plan(workflow: &Workflow<'_>, last: &[Row], observed: &Observed, now: &Time) -> Outcome {
    let new = Row::default();
    let last = |index: usize| last.get(index).unwrap_or(&new);
    let mut draft = Draft {
        outcome: Outcome {
            rows: vec![Row::default(); workflow.steps.len()],
            ..Outcome::default()
        },
        ready: Vec::new(),
    };
    for index in order(&workflow.steps) {
        if let Some(step) = workflow.steps.get(index) {
            let job = observed.jobs.get(&step.job);
            let row = match last(index) {
                last if last.state.is_final() => last.clone(),
                last => match job {
                    Some(job) if job.owner_uid.as_deref() == Some(workflow.owner_uid) => row_of(job, last, now),
                    job => draft.unstarted(workflow, index, step, job),
                },
            };
            draft.set(index, row);
        }
    }
    draft.start(workflow, observed, now.0);
    draft.told(last)
}

/// A step that has its Job: the Job speaks for itself, whatever the row said before.
fn row_of(job: &ObservedJob, last: &Row, now: &Time) -> Row {
    let start = job
        .start
        .clone()
        .or_else(|| last.start.clone())
        .or_else(|| Some(now.clone()));
    let end = || job.end.clone().or_else(|| Some(now.clone()));
    match &job.state {
        JobState::Complete => Row {
            start,
            end: end(),
            ..Row::new(State::Succeeded, None)
        },
        JobState::Failed { reason, message } => {
            let reason = failure(reason, message);
            Row {
                start,
                end: end(),
                ..Row::new(State::Failed, Some(&reason))
            }
        }
        // The row stays Active, and the Job is made again once this one is gone.
        JobState::Running if job.deleting => Row {
            start,
            ..Row::new(State::Active, Some(reason::JOB_TERMINATING))
        },
        JobState::Running => Row {
            start,
            ..Row::new(State::Active, None)
        },
    }
}

/// `BackoffLimitExceeded: Job has reached the specified backoff limit`.
fn failure(reason: &str, message: &str) -> String {
    let reason = if reason.is_empty() { reason::JOB_FAILED } else { reason };
    if message.is_empty() {
        reason.to_owned()
    } else {
        format!("{reason}: {message}")
    }
}

/// A plan in the making.
struct Draft {
    outcome: Outcome,
    ready: Vec<usize>,
}

impl Draft {
    fn set(&mut self, index: usize, row: Row) {
        if let Some(place) = self.outcome.rows.get_mut(index) {
            *place = row;
        }
    }

    /// The row of a step that has no Job of ours; `other` is a Job of somebody else that has the name. What has
    /// not started may still be skipped, so the dependencies are asked first.
    fn unstarted(
        &mut self,
        workflow: &Workflow<'_>,
        index: usize,
        step: &Step<'_>,
        other: Option<&ObservedJob>,
    ) -> Row {
        match (readiness(step.dependencies, &self.outcome.rows), other) {
            (Readiness::Waiting, _) => Row::default(),
            (Readiness::Never(dependency), _) => self.skipped(workflow, dependency),
            (Readiness::Ready, None) => {
                self.ready.push(index);
                Row::default()
            }
            (Readiness::Ready, Some(job)) if job.deleting => {
                let message = format!("the job '{}', which is not ours, is being deleted", job.name);
                self.blocked(index, Obstacle::JobTerminating, message)
            }
            (Readiness::Ready, Some(job)) => {
                let message = format!(
                    "the job '{}' exists and is not ours: delete it, or choose another name",
                    job.name
                );
                self.blocked(index, Obstacle::NameConflict, message)
            }
        }
    }

    fn skipped(&self, workflow: &Workflow<'_>, dependency: usize) -> Row {
        let failed = self
            .outcome
            .rows
            .get(dependency)
            .is_some_and(|row| row.state == State::Failed);
        let word = if failed {
            reason::DEPENDENCY_FAILED
        } else {
            reason::DEPENDENCY_SKIPPED
        };
        let name = workflow.steps.get(dependency).map_or("", |step| step.name);
        Row::new(State::Skipped, Some(&format!("{word}: {name}")))
    }

    fn blocked(&mut self, step: usize, obstacle: Obstacle, message: String) -> Row {
        self.outcome.blocks.push(Block {
            step,
            obstacle,
            message,
        });
        Row::new(State::Waiting, Some(obstacle.reason()))
    }

    /// Starts what is ready. It is a pass of its own since here limits of the whole apply, in the order of
    /// the manifest.
    fn start(&mut self, workflow: &Workflow<'_>, observed: &Observed, now: Timestamp) {
        let mut ready = std::mem::take(&mut self.ready);
        ready.sort_unstable();
        for index in ready {
            let refusal = workflow
                .steps
                .get(index)
                .and_then(|step| observed.refused.get(&step.job));
            let row = match ((workflow.render)(index), refusal) {
                (Rendered::Job(job), None) => {
                    self.outcome.actions.push(Action::CreateJob(job));
                    Row::new(State::Active, None)
                }
                (Rendered::Job(job), Some(refusal)) => self.refused(index, job, refusal, now),
                (Rendered::TemplateNotFound(template), _) => {
                    let message =
                        format!("there is no JobTemplate '{template}' in this namespace; it starts once there is");
                    self.blocked(index, Obstacle::TemplateNotFound, message)
                }
                (Rendered::TemplateInvalid { template, message }, _) => {
                    let message = format!("the JobTemplate '{template}' cannot be used: {message}");
                    self.blocked(index, Obstacle::TemplateInvalid, message)
                }
            };
            self.set(index, row);
        }
    }

    /// The row of a step whose Job was refused. It stays Waiting while the creation is tried again, for most likely it
    /// is refused again; once the Job is there it speaks for itself.
    fn refused(&mut self, index: usize, job: Box<Job>, refusal: &Refusal, now: Timestamp) -> Row {
        let name = job.metadata.name.as_deref().unwrap_or_default();
        let message = format!(
            "the API server refuses the job '{name}': {}; it is tried again",
            refusal.message
        );
        if refusal.retry_at <= now {
            self.outcome.actions.push(Action::CreateJob(job));
        } else {
            let wake_at = self
                .outcome
                .wake_at
                .map_or(refusal.retry_at, |at| at.min(refusal.retry_at));
            self.outcome.wake_at = Some(wake_at);
        }
        self.blocked(index, Obstacle::JobRefused, message)
    }

    fn told<'a>(mut self, last: impl Fn(usize) -> &'a Row) -> Outcome {
        let outcome = &mut self.outcome;
        outcome.blocks.sort_by_key(|block| block.step);
        let changes = outcome.rows.iter().enumerate();
        outcome.changes = changes
            .filter_map(|(at, row)| Some((at, Change::between(last(at), row)?)))
            .collect();
        self.outcome
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use k8s_openapi::jiff::Timestamp;

    use super::{Observed, Obstacle, Outcome, Refusal, Rendered, Row, State, Step, Workflow, plan};

    /// Plans steps with these last states, each of which depends on the one before it.
    fn renderings(states: &[State]) -> usize {
        let before: Vec<[usize; 1]> = (0..states.len()).map(|step| [step.saturating_sub(1)]).collect();
        let step = |at: usize| Step {
            name: "",
            job: at.to_string(),
            dependencies: if at == 0 { &[] } else { &before[at] },
        };
        let rendered = Cell::new(0);
        let render = |_| {
            rendered.set(rendered.get() + 1);
            Rendered::Job(Box::default())
        };
        let workflow = Workflow {
            owner_uid: "u",
            steps: (0..states.len()).map(step).collect(),
            render: &render,
        };
        let rows: Vec<Row> = states.iter().map(|&state| Row::new(state, None)).collect();
        let outcome = plan(&workflow, &rows, &Observed::default(), &Time(Timestamp::UNIX_EPOCH));
        assert_eq!(outcome.actions.len(), rendered.get());
        rendered.get()
    }

    #[test]
    fn only_steps_that_are_about_to_start_are_rendered() {
        let mut states = vec![State::Succeeded; 2_500];
        states.resize(5_000, State::Waiting);
        assert_eq!(renderings(&states), 1);
        assert_eq!(renderings(&[State::Succeeded; 5_000]), 0);
        states[2_499] = State::Failed;
        assert_eq!(renderings(&states), 0);
    }

    /// Plans one step whose Job was refused until `retry_second`, at second 10.
    fn refused_until(retry_second: i64) -> Outcome {
        let at = |second| Timestamp::from_second(second).unwrap();
        let refusal = Refusal {
            message: "exceeded quota".to_owned(),
            retry_at: at(retry_second),
        };
        let observed = Observed {
            refused: [("j".to_owned(), refusal)].into(),
            ..Observed::default()
        };
        let step = Step {
            name: "s",
            job: "j".to_owned(),
            dependencies: &[],
        };
        let workflow = Workflow {
            owner_uid: "u",
            steps: vec![step],
            render: &|_| Rendered::Job(Box::default()),
        };
        let row = Row::new(State::Active, None);
        plan(&workflow, &[row], &observed, &Time(at(10)))
    }

    #[test]
    fn a_refused_job_waits_for_its_time_and_is_tried_again_then() {
        let early = refused_until(11);
        assert_eq!(
            (early.actions.len(), early.wake_at.map(Timestamp::as_second)),
            (0, Some(11))
        );
        let due = refused_until(10);
        assert_eq!((due.actions.len(), due.wake_at), (1, None));
        for outcome in [early, due] {
            assert_eq!(outcome.rows, [Row::new(State::Waiting, Some("JobRefused"))]);
            assert_eq!(outcome.blocks[0].obstacle, Obstacle::JobRefused);
            assert!(
                outcome.blocks[0].message.contains("exceeded quota"),
                "{}",
                outcome.blocks[0].message
            );
        }
    }
}
