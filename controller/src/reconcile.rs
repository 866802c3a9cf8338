//! One look at one object of any kind that runs Jobs.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use jobflow_core::engine::{Action, Observed};
use jobflow_core::examine::Examined;
use k8s_openapi::jiff::Timestamp;
use tokio::time::Instant;

use crate::api;
use crate::caches::Caches;
use crate::error::Error;
use crate::execute::{Owner, REQUESTS_MAX, execute};
use crate::front_end::FrontEnd;
use crate::key::Key;
use crate::queue::Again;
use crate::shared::Shared;
use crate::stored::Stored;
use crate::sync::lock;

/// Looks at an object and does what is to be done about it.
///
/// The status is written first, and only if the object is still as it was read: what follows never rests on an outdated
/// object. Wherever this is cut off, the next look goes on from what is written.
pub(crate) async fn reconcile<K: FrontEnd>(shared: &Shared, key: &Key) -> Result<Again, Error> {
    let ended = lock(&shared.ended).remove(key);
    let Some(stored) = K::objects(&shared.caches).get(&key.namespace, &key.name) else {
        shared.unwritten.forget(key);
        return Ok(None);
    };
    let now = Timestamp::now();
    let examined = examine(&shared.caches, &stored);
    let Some(model) = &examined.model else {
        let status = stored.object.invalid_status(&examined.report, now);
        write_status(shared, &stored, &status, false).await?;
        return Ok(None);
    };
    let references = stored.object.references(&shared.caches, model);
    let observed = observe(shared, &stored).await?;
    let plan = stored.object.plan(model, &references, &observed, now);
    let is_news = stored.object.status() != Some(&plan.status);
    if let Some(until) = shared.unwritten.wait(key, plan.can_wait && is_news) {
        return Ok(Some(until));
    }
    let owner = Owner::of(&stored.object);
    let version = write_status(shared, &stored, &plan.status, !plan.actions.is_empty()).await?;
    lock(&shared.caches.jobs).recorded(&owner.uid, &observed.jobs);
    let creates = plan.actions.iter().any(|action| matches!(action, Action::CreateJob(_)));
    let executed = execute::<K>(shared, &owner, &version, plan.actions).await;
    if let (Some(ended), true, Ok(_)) = (ended, creates, &executed) {
        shared.metrics.hopped(ended.elapsed());
    }
    shared.outbox.put(&owner, plan.events, now);
    let wake_at = plan.wake_at.map(|at| from_now(now, at));
    let next_check = lock(&shared.caches.jobs).next_check(&owner.uid);
    let learned = executed?.then(Instant::now);
    Ok([wake_at, next_check, learned].into_iter().flatten().min())
}

/// Forgets all about an object that is gone.
pub(crate) fn forget<K: FrontEnd>(caches: &Caches, uid: &str) {
    K::models(caches).forget(uid);
    lock(&caches.jobs).forget_owner(uid);
    lock(&caches.refusals).forget_owner(uid);
}

/// examine: the verdict of the rules on what is stored. Admission may not have seen it.
fn examine<K: FrontEnd>(caches: &Caches, stored: &Stored<K>) -> Arc<Examined<K::Model>> {
    let models = K::models(caches);
    let examined = models.get(stored, K::examine);
    if stored.object.is_finished() {
        // Thousands of finished objects may lie around that are not looked at again before they are deleted.
        models.forget(stored.uid());
    }
    examined
}

/// resolve: the Jobs. Most are known from the watch; the few that it does not bring are asked for.
async fn observe<K: FrontEnd>(shared: &Shared, stored: &Stored<K>) -> Result<Observed, Error> {
    let (jobs, uid, now) = (&shared.caches.jobs, stored.uid(), Instant::now());
    let due = lock(jobs).due(uid, now);
    let answers = stream::iter(due).map(|name| async move {
        let found = api::get_job(&shared.client, stored.namespace(), &name).await?;
        Ok((name, found))
    });
    let answers: Vec<_> = answers.buffer_unordered(REQUESTS_MAX).try_collect().await?;
    let mut jobs = lock(jobs);
    for (name, found) in answers {
        jobs.checked(uid, &name, found.as_ref(), now);
    }
    let mut observed = jobs.of_owner(uid);
    let (pods, refused_pods) = (lock(&shared.caches.pods), lock(&shared.caches.refused_pods));
    for job in observed.values_mut() {
        let name = || (stored.namespace().to_owned(), job.name.clone());
        let refused = || refused_pods.of_job(&job.uid).filter(|_| jobs.lacks_pods(&name()));
        job.trouble = pods.of_job(&job.uid).or_else(refused);
    }
    Ok(Observed {
        jobs: observed,
        refused: lock(&shared.caches.refusals).of_owner(uid),
    })
}

/// Writes the status. An equal one is written only to learn whether the object is still as it was read. Returns the
/// version that the object has then.
async fn write_status<K: FrontEnd>(
    shared: &Shared,
    stored: &Stored<K>,
    status: &K::Status,
    acts: bool,
) -> Result<String, Error> {
    if !acts && stored.object.status() == Some(status) {
        return Ok(version(stored));
    }
    let written = api::write_status(&shared.client, stored, status).await?;
    let version = version(&written);
    if let Some(change) = K::objects(&shared.caches).put_own_write(written) {
        K::changed(shared, &change);
    }
    Ok(version)
}

fn version<K: FrontEnd>(stored: &Stored<K>) -> String {
    stored.object.meta().resource_version.clone().unwrap_or_default()
}

/// The moment of our clock that is as far away as `at` is from `now`.
fn from_now(now: Timestamp, at: Timestamp) -> Instant {
    let wait = Duration::try_from(at.duration_since(now)).unwrap_or_default();
    // Far beyond the life of any process; the addition could otherwise leave the range of the clock.
    Instant::now() + wait.min(Duration::from_secs(365 * 24 * 3600))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::jiff::SignedDuration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_time_to_look_again_is_kept_even_if_it_is_past_or_absurd() {
        let now = Timestamp::UNIX_EPOCH;
        let wait = |at| from_now(now, at) - Instant::now();
        assert_eq!(wait(now + SignedDuration::from_secs(5)), Duration::from_secs(5));
        assert_eq!(wait(now - SignedDuration::from_secs(5)), Duration::ZERO);
        assert_eq!(wait(Timestamp::MAX), Duration::from_secs(365 * 24 * 3600));
    }
}
