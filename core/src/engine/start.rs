//! Start: the steps that are ready, as far as the bounds of the whole allow.

use k8s_openapi::api::batch::v1::Job;

use super::plan::Draft;
use super::{Action, JobState, Obstacle, Refusal, Rendered, Row, State};

impl Draft<'_> {
    /// Starts what is ready, in the order of the manifest.
    pub(super) fn start(&mut self) {
        let mut ready = std::mem::take(&mut self.ready);
        let has_place = |index: usize| self.rows.get(index).is_some_and(|row| row.state == State::Active);
        // What was told to start goes first: its Job may be there already, and not be visible yet.
        ready.sort_unstable_by_key(|&index| (self.workflow.parallelism.is_some() && !has_place(index), index));
        let mut places = self.free_places();
        for index in ready {
            let was_held_up = self.rows.get(index).is_some_and(|row| row.reason.is_some());
            // Without a place there is nothing to learn, but for what must go on being told.
            if places > 0 || was_held_up {
                let row = self.started(index, &mut places);
                self.set(index, row);
            }
        }
    }

    /// Every Job of ours that runs has a place, also one that is being deleted.
    fn free_places(&self) -> usize {
        let Some(most) = self.workflow.parallelism else {
            return usize::MAX;
        };
        let jobs = (0..self.workflow.steps.len()).filter_map(|index| self.our_job(index));
        most.saturating_sub(jobs.filter(|job| job.state == JobState::Running).count())
    }

    fn started(&mut self, index: usize, places: &mut usize) -> Row {
        let step = self.workflow.steps.get(index);
        let refusal = step.and_then(|step| self.observed.refused.get(&step.job));
        match ((self.workflow.render)(index), refusal) {
            (Rendered::Job(_), None) if *places == 0 => Row::default(),
            (Rendered::Job(job), None) => {
                *places -= 1;
                self.outcome.actions.push(Action::CreateJob(job));
                Row::new(State::Active, None)
            }
            (Rendered::Job(job), Some(refusal)) => self.refused(index, job, refusal, places),
            (Rendered::TemplateNotFound(template), _) => {
                let message =
                    format!("there is no JobTemplate '{template}' in this namespace; it starts once there is");
                self.blocked(index, Obstacle::TemplateNotFound, message)
            }
            (Rendered::TemplateInvalid { template, message }, _) => {
                let message = format!("the JobTemplate '{template}' cannot be used: {message}");
                self.blocked(index, Obstacle::TemplateInvalid, message)
            }
        }
    }

    /// The row of a step whose Job was refused. It stays Waiting while the creation is tried again, for most likely it
    /// is refused again; once the Job is there it speaks for itself.
    fn refused(&mut self, index: usize, job: Box<Job>, refusal: &Refusal, places: &mut usize) -> Row {
        let name = job.metadata.name.as_deref().unwrap_or_default();
        let message = format!(
            "the API server refuses the job '{name}': {}; it is tried again",
            refusal.message
        );
        if refusal.retry_at > self.now.0 {
            self.wake_at(refusal.retry_at);
        } else if *places > 0 {
            *places -= 1;
            self.outcome.actions.push(Action::CreateJob(job));
        }
        self.blocked(index, Obstacle::JobRefused, message)
    }
}
