//! Retries: what is tried again, when, and by whom.

use jobflow_core::engine::{Phase, State};
use jobflow_core::{daemon_job, job_flow};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff::{SignedDuration, Timestamp};

use super::span::{seconds_between, span};
use super::view::View;

/// How long the Job controller of Kubernetes waits after the first failed pod; it doubles with each further one
/// (`DefaultJobPodFailureBackOff`).
const FIRST_DELAY_SECONDS: i64 = 10;

/// It never waits longer (`MaxJobPodFailureBackOff`).
const LONGEST_DELAY_SECONDS: i64 = 600;

/// After so many failures the delay has its longest: 10 s × 2⁶ is more than 600 s.
const DOUBLINGS_MAX: u32 = 6;

/// What the operator does with a Job that the API server would not create.
pub const AFTER_REFUSAL: &str = "tried again by the operator, at first after 1s, later once a minute";

/// When a Job of which a pod failed makes its next one.
pub fn of_job(job: &Job, pods: &[&Pod], now: Timestamp) -> Option<String> {
    let status = job.status.as_ref()?;
    let failed = u32::try_from(status.failed.unwrap_or_default())
        .ok()
        .filter(|failed| *failed > 0)?;
    if status.active.unwrap_or_default() > 0 {
        return None;
    }
    let limit = job.spec.as_ref()?.backoff_limit.unwrap_or(6);
    let last = pods.iter().filter_map(|pod| ended(pod)).max()?;
    let delay = (FIRST_DELAY_SECONDS << (failed - 1).min(DOUBLINGS_MAX)).min(LONGEST_DELAY_SECONDS);
    let at = last.checked_add(SignedDuration::from_secs(delay)).ok()?;
    let when = match seconds_between(now, at) {
        0 => "now".to_owned(),
        seconds => format!("in {}", span(seconds)),
    };
    Some(format!("try {} of {} {when}", failed + 1, i64::from(limit) + 1))
}

/// When the last container of a pod ended.
fn ended(pod: &Pod) -> Option<Timestamp> {
    let containers = pod.status.as_ref()?.container_statuses.iter().flatten();
    let ends = containers.filter_map(|container| container.state.as_ref()?.terminated.as_ref()?.finished_at.clone());
    ends.map(|time| time.0).max()
}

/// What a user can do about an object that has failed.
pub fn by_hand(view: &View) -> String {
    if view.phase() != Phase::Failed {
        return String::new();
    }
    if can_retry(view) {
        return format!(
            "none by itself: `{} retry {}` tries again what failed",
            super::program(),
            view.title()
        );
    }
    format!(
        "none: a {} is not tried again; create it again under another name, or after deleting this one",
        view.resource.kind.kind
    )
}

/// Whether the kind knows retries.
pub fn can_retry(view: &View) -> bool {
    view.resource.is(&job_flow::KIND) || view.resource.is(&daemon_job::KIND)
}

/// The names of the steps that a retry is for.
pub fn failed_steps(view: &View) -> Vec<&str> {
    let is_failed = |state| matches!(state, State::Failed);
    let deadline = |reason: Option<&str>| reason.is_some_and(|told| told.starts_with("DeadlineExceeded"));
    let failed = view
        .steps
        .iter()
        .filter(|step| is_failed(step.state) || deadline(step.reason.as_deref()));
    failed.map(|step| step.name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::batch::v1::Job;
    use k8s_openapi::api::core::v1::Pod;
    use k8s_openapi::jiff::Timestamp;
    use serde_json::json;

    use super::of_job;

    fn told(failed: i32, active: i32, now: &str) -> Option<String> {
        let job: Job = serde_json::from_value(json!({
            "metadata": {"name": "m-g-a"},
            "spec": {"backoffLimit": 3, "template": {"spec": {"containers": []}}},
            "status": {"failed": failed, "active": active},
        }))
        .unwrap();
        let container = json!({
            "name": "main", "image": "i", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"terminated": {"exitCode": 1, "finishedAt": "2026-01-01T00:00:00Z"}},
        });
        let pod: Pod = serde_json::from_value(json!({"status": {"containerStatuses": [container]}})).unwrap();
        of_job(&job, &[&pod], now.parse::<Timestamp>().unwrap())
    }

    #[test]
    fn the_delay_doubles_with_each_failure() {
        assert_eq!(told(1, 0, "2026-01-01T00:00:04Z").as_deref(), Some("try 2 of 4 in 6s"));
        assert_eq!(told(2, 0, "2026-01-01T00:00:04Z").as_deref(), Some("try 3 of 4 in 16s"));
        assert_eq!(told(2, 0, "2026-01-01T00:01:00Z").as_deref(), Some("try 3 of 4 now"));
        assert_eq!(
            told(20, 0, "2026-01-01T00:00:00Z").as_deref(),
            Some("try 21 of 4 in 10m")
        );
    }

    #[test]
    fn nothing_is_told_while_a_pod_runs_or_none_failed() {
        assert_eq!(told(1, 1, "2026-01-01T00:00:04Z"), None);
        assert_eq!(told(0, 0, "2026-01-01T00:00:04Z"), None);
    }
}
