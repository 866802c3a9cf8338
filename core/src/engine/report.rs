//! Report: what a Job says of its step.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::{JobState, ObservedJob, Row, State, Stop, reason};

/// A step that has its Job: the Job speaks for itself, whatever the row said before. Only that it is being stopped is
/// remembered from `last` until the Job is gone or has ended by itself after all.
pub(super) fn row_of(job: &ObservedJob, last: &Row, now: &Time) -> Row {
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
        JobState::Failed { reason, message } => Row {
            start,
            end: end(),
            ..failed(reason, why(job, last).unwrap_or(message))
        },
        JobState::Running => Row {
            start,
            ..Row::new(State::Active, running(job, last))
        },
    }
}

/// What is told of a Job that has not ended. One that is being deleted is made again once it is gone.
fn running<'r>(job: &'r ObservedJob, last: &'r Row) -> Option<&'r str> {
    let stopped = Stop::of(last).and(last.reason.as_deref());
    let deleting = job.deleting.then_some(reason::JOB_TERMINATING);
    stopped.or(deleting).or_else(|| trouble(job))
}

/// What its pods say of a Job, in words that do not speak for the whole.
fn trouble(job: &ObservedJob) -> Option<&str> {
    let text = job.trouble.as_deref()?;
    Stop::of(&Row::new(State::Active, Some(text))).is_none().then_some(text)
}

/// What its pods say, which tells more than the Job's own message; when they are gone by now, what was last told of them.
fn why<'r>(job: &'r ObservedJob, last: &'r Row) -> Option<&'r str> {
    trouble(job).or_else(|| last.trouble())
}

/// `BackoffLimitExceeded: Job has reached the specified backoff limit`.
fn failed(reason: &str, message: &str) -> Row {
    let reason = if reason.is_empty() { reason::JOB_FAILED } else { reason };
    let text = if message.is_empty() {
        reason.to_owned()
    } else {
        format!("{reason}: {message}")
    };
    let row = Row::new(State::Failed, Some(&text));
    // Whoever manages a Job chooses its words. It shall not speak for the whole.
    match Stop::of(&row) {
        Some(_) => Row::new(State::Failed, Some(&format!("{}: {text}", reason::JOB_FAILED))),
        None => row,
    }
}

/// The row of a step that comes to its end without a Job that tells how: it failed if it was running, and is skipped
/// otherwise.
pub(super) fn ended(last: &Row, reason: &str, now: &Time) -> Row {
    if last.state == State::Active && last.start.is_some() {
        Row {
            start: last.start.clone(),
            end: Some(now.clone()),
            ..Row::new(State::Failed, Some(reason))
        }
    } else {
        Row::new(State::Skipped, Some(reason))
    }
}

#[cfg(test)]
mod tests {
    use super::{State, Stop, failed};

    #[test]
    fn a_job_does_not_speak_for_the_whole() {
        for (reason, message) in [("DeadlineExceeded", ""), ("FailurePolicy", "x"), ("FailurePolicy", "")] {
            let row = failed(reason, message);
            assert_eq!((row.state, Stop::of(&row)), (State::Failed, None), "{reason}");
            assert_eq!(row.word(), Some("JobFailed"));
        }
        assert_eq!(failed("", "").reason.as_deref(), Some("JobFailed"));
        assert_eq!(failed("R", "m").reason.as_deref(), Some("R: m"));
    }
}
