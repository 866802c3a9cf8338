//! Observed: the facts about Jobs in the cluster that a plan rests on.

use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::{Job, JobCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{OwnerReference, Time};
use k8s_openapi::jiff::Timestamp;

use super::child;

/// The Jobs in an object's namespace: those that it owns, and any other that holds one of its Jobs' names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// By name.
    pub jobs: BTreeMap<String, ObservedJob>,
    /// Jobs that the API server would not create, by name.
    pub refused: BTreeMap<String, Refusal>,
}

/// What the API server said when it would not create a Job: it is invalid, a quota is used up, or a webhook of somebody
/// else says no. A server that is only busy or gone is no refusal, and nothing that a plan has to know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The answer.
    pub message: String,
    /// When to try again; a whole second, like every time that a plan compares.
    pub retry_at: Timestamp,
}

impl FromIterator<ObservedJob> for Observed {
    fn from_iter<I: IntoIterator<Item = ObservedJob>>(jobs: I) -> Self {
        let jobs = jobs.into_iter().map(|job| (job.name.clone(), job)).collect();
        Self {
            jobs,
            refused: BTreeMap::new(),
        }
    }
}

/// What the planner wants to know of a Job.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservedJob {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// The uid of the object that controls it.
    pub owner_uid: Option<String>,
    /// Whether and how it ended.
    pub state: JobState,
    /// When it was made.
    pub start: Option<Time>,
    /// When it ended.
    pub end: Option<Time>,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// Whether it is suspended, and by whom.
    pub suspension: Suspension,
    /// What is the matter with one of its pods, see [`super::trouble`].
    pub trouble: Option<String>,
    /// Whether it is no longer in the cluster, and known only since its end may not be recorded yet.
    pub gone: bool,
}

/// Whether a Job is suspended, and by whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Suspension {
    /// It is not.
    #[default]
    None,
    /// By us, with the whole that it belongs to.
    Ours,
    /// By its template or by somebody else, whose matter it is to resume it.
    Foreign,
}

/// Whether and how a Job ended.
#[derive(Clone, Debug, PartialEq)]
pub enum JobState {
    /// It has not ended.
    Running,
    /// It has the condition `Complete`.
    Complete,
    /// It has the condition `Failed`.
    Failed {
        /// The condition's reason, such as `BackoffLimitExceeded`.
        reason: String,
        /// The condition's message.
        message: String,
    },
}

impl From<&Job> for ObservedJob {
    fn from(job: &Job) -> Self {
        let metadata = &job.metadata;
        let status = job.status.as_ref();
        let (state, ended) = ending(job);
        Self {
            name: metadata.name.clone().unwrap_or_default(),
            uid: metadata.uid.clone().unwrap_or_default(),
            owner_uid: controller(job).map(|owner| owner.uid.clone()),
            state,
            start: metadata.creation_timestamp.clone(),
            end: status.and_then(|status| status.completion_time.clone()).or(ended),
            deleting: metadata.deletion_timestamp.is_some(),
            suspension: suspension(job),
            trouble: None,
            gone: false,
        }
    }
}

fn suspension(job: &Job) -> Suspension {
    let is_suspended = job.spec.as_ref().and_then(|spec| spec.suspend) == Some(true);
    let annotations = job.metadata.annotations.as_ref();
    let is_ours = annotations.is_some_and(|annotations| annotations.contains_key(child::SUSPENDED));
    match (is_suspended, is_ours) {
        (false, _) => Suspension::None,
        (true, true) => Suspension::Ours,
        (true, false) => Suspension::Foreign,
    }
}

fn controller(job: &Job) -> Option<&OwnerReference> {
    job.metadata
        .owner_references
        .iter()
        .flatten()
        .find(|owner| owner.controller == Some(true))
}

/// The condition of this type, if it is true.
pub(super) fn held<'a>(job: &'a Job, kind: &str) -> Option<&'a JobCondition> {
    let mut conditions = job.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.find(|condition| condition.type_ == kind && condition.status == "True")
}

/// Whether and when a Job ended. It has ended once a terminal condition is true. Counting pods would be wrong for
/// `completions`, for retries and for success policies; `FailureTarget` and `SuccessCriteriaMet` come while pods
/// still run. A failure after somebody deleted the running Job is no result: foreground deletion takes the pods
/// first, and the Job controller counts them as failed.
fn ending(job: &Job) -> (JobState, Option<Time>) {
    if let Some(complete) = held(job, "Complete") {
        return (JobState::Complete, complete.last_transition_time.clone());
    }
    let deleted = job.metadata.deletion_timestamp.as_ref();
    let by_deletion = |failed: &JobCondition| deleted.is_some_and(|at| failed.last_transition_time.as_ref() > Some(at));
    let Some(failed) = held(job, "Failed").filter(|failed| !by_deletion(failed)) else {
        return (JobState::Running, None);
    };
    let state = JobState::Failed {
        reason: failed.reason.clone().unwrap_or_default(),
        message: failed.message.clone().unwrap_or_default(),
    };
    (state, failed.last_transition_time.clone())
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::batch::v1::Job;
    use serde_json::{Value, json};

    use super::{JobState, ObservedJob, Suspension};

    fn observed(metadata: &Value, status: &Value) -> ObservedJob {
        let job = json!({"metadata": metadata, "status": status});
        ObservedJob::from(&serde_json::from_value::<Job>(job).unwrap())
    }

    fn state(kind: &str, status: &str) -> JobState {
        let condition = json!({"type": kind, "status": status, "reason": "R", "message": "m"});
        observed(
            &json!({}),
            &json!({"conditions": [condition], "succeeded": 3, "failed": 2}),
        )
        .state
    }

    #[test]
    fn only_true_terminal_conditions_end_a_job() {
        let failed = JobState::Failed {
            reason: "R".into(),
            message: "m".into(),
        };
        assert_eq!(state("Complete", "True"), JobState::Complete);
        assert_eq!(state("Failed", "True"), failed);
        for (kind, status) in [
            ("Complete", "False"),
            ("Failed", "Unknown"),
            ("FailureTarget", "True"),
            ("SuccessCriteriaMet", "True"),
            ("Suspended", "True"),
        ] {
            assert_eq!(state(kind, status), JobState::Running, "{kind}={status}");
        }
    }

    #[test]
    fn a_failure_that_came_of_deletion_does_not_end_a_job() {
        let state = |kind: &str, ended: &str| {
            let condition = json!({"type": kind, "status": "True", "lastTransitionTime": ended});
            let metadata = json!({"deletionTimestamp": "2026-01-01T00:00:05Z"});
            observed(&metadata, &json!({"conditions": [condition]})).state
        };
        assert_eq!(state("Failed", "2026-01-01T00:00:06Z"), JobState::Running);
        assert_eq!(state("Complete", "2026-01-01T00:00:06Z"), JobState::Complete);
        // `ttlSecondsAfterFinished: 0` deletes in the second of the end.
        assert_ne!(state("Failed", "2026-01-01T00:00:05Z"), JobState::Running);
    }

    #[test]
    fn the_owner_is_the_controller_and_no_other_reference() {
        let owner = |uid: &str, controller: Value| json!({"uid": uid, "name": "x", "controller": controller});
        let plain = json!({"ownerReferences": [owner("u1", Value::Null), owner("u2", json!(false))]});
        assert_eq!(observed(&plain, &json!({})).owner_uid, None);
        let owned = json!({"ownerReferences": [owner("u1", Value::Null), owner("u2", json!(true))]});
        assert_eq!(observed(&owned, &json!({})).owner_uid.as_deref(), Some("u2"));
    }

    #[test]
    fn a_suspended_job_is_ours_to_resume_only_if_we_suspended_it() {
        let suspension = |suspend: bool, annotations: Value| {
            let job = json!({"metadata": {"annotations": annotations}, "spec": {"suspend": suspend, "template": {}}});
            ObservedJob::from(&serde_json::from_value::<Job>(job).unwrap()).suspension
        };
        let ours = json!({"api.practice.com/suspended": "true"});
        assert_eq!(suspension(true, ours.clone()), Suspension::Ours);
        assert_eq!(suspension(true, json!({})), Suspension::Foreign);
        // Somebody else has resumed it.
        assert_eq!(suspension(false, ours), Suspension::None);
    }

    #[test]
    fn times_come_from_creation_and_from_the_terminal_condition() {
        let metadata =
            json!({"creationTimestamp": "2026-01-01T00:00:01Z", "deletionTimestamp": "2026-01-01T00:00:09Z"});
        let condition = json!({"type": "Failed", "status": "True", "lastTransitionTime": "2026-01-01T00:00:05Z"});
        let job = observed(
            &metadata,
            &json!({"startTime": "2026-01-01T00:00:02Z", "conditions": [condition]}),
        );
        assert_eq!(job.start.unwrap().0.to_string(), "2026-01-01T00:00:01Z");
        assert_eq!(job.end.unwrap().0.to_string(), "2026-01-01T00:00:05Z");
        assert!(job.deleting);
    }
}
