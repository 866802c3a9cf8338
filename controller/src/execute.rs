//! Carries out the actions of a plan. It decides nothing.

use futures::{StreamExt, stream};
use jobflow_core::engine::Action;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::jiff::Timestamp;
use kube::core::Status;
use kube::{Resource, ResourceExt};
use tokio::time::Instant;
use tracing::{info, warn};

use crate::api::{self, Deletion};
use crate::error::Error;
use crate::front_end::FrontEnd;
use crate::key::Key;
use crate::shared::Shared;
use crate::sync::lock;

/// Requests at once for one object: a plan may start 1,000 Jobs.
pub(crate) const REQUESTS_MAX: usize = 32;

/// The object that actions are carried out for.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    /// Its name.
    pub key: Key,
    /// Its uid.
    pub uid: String,
    /// What events refer to.
    pub reference: ObjectReference,
}

impl Owner {
    /// The owner that an object is.
    pub fn of<K: Resource<DynamicType = ()>>(object: &K) -> Self {
        Self {
            key: Key::of(object),
            uid: object.uid().unwrap_or_default(),
            reference: object.object_ref(&()),
        }
    }
}

/// What the API server said to an action.
#[derive(Debug, PartialEq)]
enum Answer {
    /// It was carried out, now or before.
    Done,
    /// The Job is there now.
    Created,
    /// The Job was there, and it is ours.
    Ours,
    /// A Job of somebody else has the name.
    Taken,
    /// It will not have this Job.
    Refused,
    /// A Job that was known is gone.
    Vanished,
}

/// Carries out all actions, also when some fail; `version` is the object's when its status was written. Returns whether
/// something was learned that calls for a new plan.
pub(crate) async fn execute<K: FrontEnd>(
    shared: &Shared,
    owner: &Owner,
    version: &str,
    actions: Vec<Action>,
) -> Result<bool, Error> {
    let requests = stream::iter(actions).map(|action| async move {
        match action {
            Action::CreateJob(job) => create(shared, owner, &job).await,
            Action::DeleteJob { name, uid } => delete(shared, owner, &name, &uid).await,
            Action::PatchJobSuspend { name, uid, suspend } => {
                api::suspend_job(&shared.client, &owner.key.namespace, &name, &uid, suspend).await?;
                info!(object = %owner.key, job = name, suspend, "suspended or resumed a job");
                Ok(Answer::Done)
            }
            Action::DeleteObject => {
                api::delete_object::<K>(&shared.client, owner, version).await?;
                info!(object = %owner.key, "deleted the object, whose time after its end has passed");
                Ok(Answer::Done)
            }
        }
    });
    let answers: Vec<Result<Answer, Error>> = requests.buffer_unordered(REQUESTS_MAX).collect().await;
    let mut learned = false;
    for answer in answers {
        learned |= !matches!(answer?, Answer::Created | Answer::Done);
    }
    Ok(learned)
}

async fn delete(shared: &Shared, owner: &Owner, name: &str, uid: &str) -> Result<Answer, Error> {
    let deletion = api::delete_job(&shared.client, &owner.key.namespace, name, uid).await?;
    if deletion == Deletion::Begun {
        info!(object = %owner.key, job = name, "deleted a job");
        return Ok(Answer::Done);
    }
    if deletion == Deletion::OfAnother && is_there(shared, owner, name, uid).await? {
        return Err(Error::Outdated);
    }
    // What only we know of would be taken for there until it is asked for; of the rest the watch tells.
    let was_unwatched = lock(&shared.caches.jobs).vanished(&owner.uid, name, uid);
    Ok(if was_unwatched { Answer::Vanished } else { Answer::Done })
}

/// Whether the Job is there nevertheless: a conflict can have other reasons than another uid, and nothing would tell us that
/// it passed.
async fn is_there(shared: &Shared, owner: &Owner, name: &str, uid: &str) -> Result<bool, Error> {
    let found = api::get_job(&shared.client, &owner.key.namespace, name).await?;
    Ok(found.is_some_and(|job| job.uid().as_deref() == Some(uid) && job.metadata.deletion_timestamp.is_none()))
}

async fn create(shared: &Shared, owner: &Owner, job: &Job) -> Result<Answer, Error> {
    let name = job.name_any();
    let answer = match api::create_job(&shared.client, &owner.key.namespace, job).await {
        Ok(created) => {
            info!(object = %owner.key, job = name, "created a job");
            shared.metrics.job_created(&owner.key.kind);
            lock(&shared.caches.jobs).created(&owner.uid, &created, Instant::now());
            Answer::Created
        }
        Err(kube::Error::Api(status)) if status.is_already_exists() => find(shared, owner, name.clone()).await?,
        Err(kube::Error::Api(status)) if is_refusal(&status) => {
            warn!(object = %owner.key, job = name, refusal = status.message, "the API server refused to create a job");
            let mut refusals = lock(&shared.caches.refusals);
            refusals.refused(&owner.uid, &name, status.message.clone(), Timestamp::now());
            return Ok(Answer::Refused);
        }
        Err(source) => return Err(Error::CreateJob { name, source }),
    };
    lock(&shared.caches.refusals).settled(&owner.uid, &name);
    Ok(answer)
}

/// Looks whose Job it is that has the name.
async fn find(shared: &Shared, owner: &Owner, name: String) -> Result<Answer, Error> {
    let Some(found) = api::get_job(&shared.client, &owner.key.namespace, &name).await? else {
        return Err(Error::JobVanished { name });
    };
    let is_ours = Key::of_controller(&found.metadata).is_some_and(|(_, uid)| uid == owner.uid);
    let mut jobs = lock(&shared.caches.jobs);
    if is_ours {
        jobs.created(&owner.uid, &found, Instant::now());
        return Ok(Answer::Ours);
    }
    warn!(object = %owner.key, job = name, "a job that is not ours has the name");
    jobs.name_is_taken(&owner.uid, &found, Instant::now());
    Ok(Answer::Taken)
}

/// Whether the API server will answer the same until something changes: the Job is invalid, a quota is used up, or
/// another webhook says no. Everything else (5xx, too many requests, not logged in, lost races) may pass by itself.
fn is_refusal(status: &Status) -> bool {
    matches!(status.code, 400..=499) && !matches!(status.code, 401 | 408 | 409 | 429)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_answers_that_stay_the_same_are_refusals() {
        let status = |code| Status::failure("", "").with_code(code);
        for code in [400, 403, 404, 413, 422] {
            assert!(is_refusal(&status(code)), "{code}");
        }
        for code in [401, 408, 409, 429, 500, 503, 504] {
            assert!(!is_refusal(&status(code)), "{code}");
        }
    }
}
