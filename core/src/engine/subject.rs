//! Subject: how a kind names its steps in sentences.

use super::{Block, Step, reason};

/// What a kind calls its steps, and the steps.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The singular, such as `flow`; the plural has an `s`.
    pub noun: &'static str,
    /// The steps.
    pub steps: &'a [Step<'a>],
}

impl<'a> Subject<'a> {
    /// The name of the step at a position.
    pub fn name(&self, step: usize) -> &'a str {
        self.steps.get(step).map_or("", |step| step.name)
    }

    /// The name of its Job.
    pub fn job(&self, step: usize) -> &'a str {
        self.steps.get(step).map_or("", |step| step.job.as_str())
    }

    /// What is told about a failed step: `flow 'load' failed: BackoffLimitExceeded: ...`.
    pub fn failure(&self, step: usize, reason: Option<&str>) -> String {
        format!(
            "{} '{}' failed: {}",
            self.noun,
            self.name(step),
            reason.unwrap_or(reason::JOB_FAILED)
        )
    }

    /// What is told about a step that is held up: `flow 'load' waits: there is no JobTemplate ...`.
    pub fn block(&self, block: &Block) -> String {
        format!("{} '{}' waits: {}", self.noun, self.name(block.step), block.message)
    }
}
