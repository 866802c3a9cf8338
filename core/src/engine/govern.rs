//! Govern: what the whole asks of Jobs that are there: to stop, to be suspended, to go on.

use super::plan::Draft;
use super::stop::Order;
use super::{Action, JobState, ObservedJob, Row, State, Stop, Suspension};

impl Draft<'_> {
    /// Brings each Job of ours in line with its row and with the policy of the whole.
    pub(super) fn govern(&mut self, stop: Option<&Order>) {
        for (index, step) in self.workflow.steps.iter().enumerate() {
            let Some(job) = self.our_job(index).filter(|job| !job.gone) else {
                continue;
            };
            if self.is_superseded(index, job) {
                self.delete(job);
                continue;
            }
            let Some(row) = self.outcome.rows.get_mut(index) else {
                continue;
            };
            if job.state != JobState::Running {
                continue;
            }
            if row.state == State::Active
                && Stop::of(row).is_none()
                && let Some(stop) = stop.filter(|stop| stop.ends(step.when))
            {
                row.reason = Row::new(State::Active, Some(stop.reason())).reason;
            }
            // A step that is skipped or stopped can still have a Job: its creation was answered late.
            if row.state == State::Skipped || Stop::of(row).is_some() {
                self.delete(job);
            } else if row.state == State::Active && !job.deleting {
                self.suspend(job);
            }
        }
    }

    fn delete(&mut self, job: &ObservedJob) {
        if !job.deleting {
            self.outcome.actions.push(Action::DeleteJob {
                name: job.name.clone(),
                uid: job.uid.clone(),
            });
        }
    }

    /// Suspends or resumes a Job with the whole. One that its template or somebody else has suspended is left alone.
    fn suspend(&mut self, job: &ObservedJob) {
        let suspend = self.workflow.policy.suspend;
        let differs = match job.suspension {
            Suspension::None => suspend,
            Suspension::Ours => !suspend,
            Suspension::Foreign => false,
        };
        if differs {
            self.outcome.actions.push(Action::PatchJobSuspend {
                name: job.name.clone(),
                uid: job.uid.clone(),
                suspend,
            });
        }
    }
}
