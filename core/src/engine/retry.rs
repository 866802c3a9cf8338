//! Retry: what failed, and what did not run because of it, is made to wait again.

use super::child::label_value;
use super::{Course, Last, Observed, Phase, Row, State, Stop, Workflow};

/// What a plan starts from.
pub(super) struct Basis {
    /// How the whole went.
    pub course: Course,
    /// One row a step.
    pub rows: Vec<Row>,
    /// The steps that are tried again.
    pub retried: Vec<usize>,
}

/// What is to be remembered of a value of the retry annotation, if it has not been acted on; `handled` is what is
/// remembered of the last one that was.
pub fn new_retry(value: Option<&str>, handled: Option<&str>) -> Option<String> {
    let wanted = value.filter(|value| !value.is_empty()).map(label_value)?;
    (Some(wanted.as_str()) != handled).then_some(wanted)
}

/// The last status, or what a retry that has not been acted on makes of it. `order` is that of the workflow.
///
/// A retried step waits, and its row remembers which Job is of the earlier try. So the Job need not be gone before the
/// status is written, and a crash at any point neither takes its old end for a new one nor retries twice.
pub(super) fn basis(workflow: &Workflow<'_>, last: &Last, observed: &Observed, order: &[usize]) -> Basis {
    let mut basis = Basis {
        course: last.course.clone(),
        rows: last.rows.clone(),
        retried: Vec::new(),
    };
    basis.rows.resize(workflow.steps.len(), Row::default());
    let Some(wanted) = new_retry(workflow.retry, last.course.retry.as_deref()) else {
        return basis;
    };
    basis.course.retry = Some(wanted);
    for index in again(workflow, &basis.rows, order) {
        let Some((step, row)) = workflow.steps.get(index).zip(basis.rows.get_mut(index)) else {
            continue;
        };
        if row.state != State::Waiting {
            basis.retried.push(index);
        }
        let job = observed.jobs.get(&step.job);
        let own = job.filter(|job| job.owner_uid.as_deref() == Some(workflow.owner_uid));
        *row = Row {
            superseded: own.map(|job| job.uid.clone()).or_else(|| row.superseded.take()),
            ..Row::default()
        };
    }
    basis.retried.sort_unstable();
    if !basis.retried.is_empty() {
        basis.course.end = None;
        if last.course.phase.is_end() || last.course.phase == Phase::Terminating {
            // The time of the last try says nothing about this one.
            basis.course.start = None;
        }
    }
    basis
}

/// The steps to be tried again: those that failed or were stopped, and whatever has waited for one of them. Besides what
/// was skipped these are the steps that handle failures: they are part of the try that is repeated.
fn again(workflow: &Workflow<'_>, rows: &[Row], order: &[usize]) -> Vec<usize> {
    let mut is_again = vec![false; workflow.len()];
    let mut steps = Vec::new();
    for &index in order {
        let mut dependencies = workflow.dependencies(index).iter();
        let follows = dependencies.any(|&dependency| is_again.get(dependency) == Some(&true));
        let row = rows.get(index);
        if follows || row.is_some_and(|row| row.state == State::Failed || Stop::of(row).is_some()) {
            if let Some(mark) = is_again.get_mut(index) {
                *mark = true;
            }
            if row.is_some() {
                steps.push(index);
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::new_retry;

    #[test]
    fn a_value_acts_once_however_long_it_is() {
        assert_eq!(new_retry(None, None), None);
        assert_eq!(new_retry(Some(""), Some("1")), None);
        assert_eq!(new_retry(Some("1"), None).as_deref(), Some("1"));
        assert_eq!(new_retry(Some("1"), Some("1")), None);
        let long = |end: &str| format!("{}{end}", "x".repeat(300));
        let handled = new_retry(Some(&long("a")), None);
        assert!(handled.as_ref().is_some_and(|handled| handled.len() <= 63));
        assert_eq!(new_retry(Some(&long("a")), handled.as_deref()), None);
        assert!(new_retry(Some(&long("b")), handled.as_deref()).is_some());
    }
}
