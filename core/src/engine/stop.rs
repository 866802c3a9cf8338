//! Stop: the whole comes to an early end, by its deadline or by its failure policy.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::{SignedDuration, Timestamp};

use super::{Policy, Row, State, Workflow, reason};
use crate::failure_policy::FailurePolicy;
use crate::when::When;

/// Why steps are ended before they end by themselves. Their rows remember it, also while their Jobs are still being
/// deleted, so that a stop which has begun is carried through whatever the object says by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The time is up.
    Deadline,
    /// A step failed.
    Failure,
}

impl Stop {
    /// What ended this step, or is ending it; `None` if that is or was left to its Job.
    pub fn of(row: &Row) -> Option<Self> {
        match row.word()? {
            reason::FAILURE_POLICY => Some(Stop::Failure),
            // A Job has a deadline of its own, with the same word and a message behind it.
            reason::DEADLINE_EXCEEDED if row.reason.as_deref() == Some(reason::DEADLINE_EXCEEDED) => {
                Some(Stop::Deadline)
            }
            _ => None,
        }
    }
}

/// What ends the steps of this plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    stop: Stop,
    failure_policy: FailurePolicy,
    reason: String,
}

impl Order {
    /// Whether there is something to end, by what the rows of this plan say so far.
    pub fn of(workflow: &Workflow<'_>, rows: &[Row], is_expired: bool) -> Option<Self> {
        let failure_policy = workflow.policy.failure_policy;
        if is_expired {
            return Some(Self {
                stop: Stop::Deadline,
                failure_policy,
                reason: reason::DEADLINE_EXCEEDED.to_owned(),
            });
        }
        if failure_policy == FailurePolicy::Continue {
            return None;
        }
        let failed = |row: &Row| row.state == State::Failed;
        // The one that all began with; what was stopped because of it comes later.
        let first = rows.iter().position(|row| failed(row) && Stop::of(row).is_none());
        let first = first.or_else(|| rows.iter().position(failed))?;
        let name = workflow.steps.get(first).map_or("", |step| step.name);
        Some(Self {
            stop: Stop::Failure,
            failure_policy,
            reason: format!("{}: {name}", reason::FAILURE_POLICY),
        })
    }

    /// What the rows of ended steps say.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Whether a step that has not started must not start any more. What is there for failures starts nevertheless,
    /// unless the time is up.
    pub fn skips(&self, when: When) -> bool {
        self.stop == Stop::Deadline || !when.survives_failure()
    }

    /// Whether a running step is ended.
    pub fn ends(&self, when: When) -> bool {
        self.skips(when) && (self.stop == Stop::Deadline || self.failure_policy == FailurePolicy::Terminate)
    }
}

/// When the time of the whole is up. It does not pass while the whole is suspended.
pub(super) fn deadline(policy: &Policy, start: Option<&Time>) -> Option<Timestamp> {
    let seconds = policy.active_deadline_seconds.filter(|_| !policy.suspend)?;
    after(start?, seconds)
}

/// The moment this many seconds after `time`; `None` beyond the end of the calendar.
pub(super) fn after(time: &Time, seconds: u64) -> Option<Timestamp> {
    let seconds = i64::try_from(seconds).ok()?;
    time.0.checked_add(SignedDuration::from_secs(seconds)).ok()
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use k8s_openapi::jiff::Timestamp;

    use super::{Policy, Stop, deadline};
    use crate::engine::{Row, State};

    #[test]
    fn the_deadline_of_a_single_job_is_no_stop_of_the_whole() {
        let of = |reason: &str| Stop::of(&Row::new(State::Failed, Some(reason)));
        assert_eq!(of("DeadlineExceeded"), Some(Stop::Deadline));
        assert_eq!(
            of("DeadlineExceeded: Job was active longer than specified deadline"),
            None
        );
        assert_eq!(of("FailurePolicy: a"), Some(Stop::Failure));
        assert_eq!(of("BackoffLimitExceeded"), None);
    }

    #[test]
    fn no_time_is_up_before_the_start_nor_beyond_the_calendar() {
        let policy = |seconds| Policy {
            active_deadline_seconds: Some(seconds),
            ..Policy::default()
        };
        let start = Time(Timestamp::from_second(100).unwrap());
        assert_eq!(deadline(&policy(30), None), None);
        assert_eq!(deadline(&policy(30), Some(&start)).map(Timestamp::as_second), Some(130));
        for seconds in [u64::MAX, i64::MAX.unsigned_abs()] {
            assert_eq!(deadline(&policy(seconds), Some(&start)), None);
        }
        let suspended = Policy {
            suspend: true,
            ..policy(30)
        };
        assert_eq!(deadline(&suspended, Some(&start)), None);
    }
}
