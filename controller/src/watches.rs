//! The watches: they fill the caches and say what to look at.

use std::fmt::Debug;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crds::{DaemonJob, JobFlow, JobTemplate, ManagedJob, SequentialJob};
use futures::StreamExt;
use jobflow_core::engine::{FAILED_CREATE, JobState, ObservedJob, child};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event as CoreEvent, Node, Pod};
use kube::runtime::watcher::{self, Config, Event, watcher};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::backoff::Delays;
use crate::daemon_job::nodes_changed;
use crate::error::chain;
use crate::front_end::FrontEnd;
use crate::job_template;
use crate::jobs::{Jobs, name_of};
use crate::key::Key;
use crate::objects::{Change, Objects};
use crate::shared::Shared;
use crate::stored::Stored;
use crate::sync::lock;
use crate::troubles::{Source, Troubles};

/// Delays between attempts to list or watch. Short, so that work begins soon after the API server or the CRDs are there.
const FAILED: Delays = Delays {
    first: Duration::from_millis(200),
    longest: Duration::from_secs(5),
};

/// Watches the objects of a kind that runs Jobs, for ever.
pub(crate) async fn objects<K: FrontEnd>(shared: Arc<Shared>, synced: watch::Sender<bool>) {
    let api = Api::<Stored<K>>::all(shared.client.clone());
    let follow = |event| {
        for change in apply(K::objects(&shared.caches), event) {
            K::changed(&shared, &change);
        }
        report_synced(&shared, &synced);
    };
    run(&shared, api, Config::default(), follow).await;
}

/// Watches JobTemplates, for ever.
pub(crate) async fn job_templates(shared: Arc<Shared>, synced: watch::Sender<bool>) {
    let api = Api::<Stored<JobTemplate>>::all(shared.client.clone());
    let follow = |event| {
        for change in apply(&shared.caches.templates, event) {
            job_template::changed(&shared, &change);
        }
        report_synced(&shared, &synced);
    };
    run(&shared, api, Config::default(), follow).await;
}

/// Watches the nodes, for ever.
pub(crate) async fn nodes(shared: Arc<Shared>, synced: watch::Sender<bool>) {
    let api = Api::<Node>::all(shared.client.clone());
    let follow = |event| {
        apply_node(&shared, event);
        report_synced(&shared, &synced);
    };
    run(&shared, api, Config::default(), follow).await;
}

/// Only what decides about Jobs is kept of a node; see [`crate::nodes`].
pub(crate) fn apply_node(shared: &Shared, event: Event<Node>) {
    if shared.caches.nodes.apply(event) {
        nodes_changed(shared);
    }
}

/// Watches our Jobs, for ever.
pub(crate) async fn jobs(shared: Arc<Shared>, synced: watch::Sender<bool>) {
    let api = Api::<Job>::all(shared.client.clone());
    let follow = |event| {
        for owner in apply_job(&shared, event) {
            shared.queue.wake(owner);
        }
        report_synced(&shared, &synced);
    };
    let ours = format!("{}={}", child::MANAGED_BY, child::JOBFLOW);
    run(&shared, api, Config::default().labels(&ours), follow).await;
}

/// Watches the pods of our Jobs that have not succeeded, for ever: they tell why a Job does not get on.
pub(crate) async fn pods(shared: Arc<Shared>, synced: watch::Sender<bool>) {
    let ours = format!("{}={}", child::MANAGED_BY, child::JOBFLOW);
    let config = Config::default().labels(&ours).fields("status.phase!=Succeeded");
    troubles::<Pod>(&shared, &shared.caches.pods, config, &synced).await;
}

/// Watches the events that tell of pods that could not be made, for ever. Nothing tells which are about our Jobs.
pub(crate) async fn refused_pods(shared: Arc<Shared>, synced: watch::Sender<bool>) {
    let config = Config::default().fields(&format!("involvedObject.kind=Job,reason={FAILED_CREATE}"));
    troubles::<CoreEvent>(&shared, &shared.caches.refused_pods, config, &synced).await;
}

/// Watches what tells of Jobs in trouble, and asks for a look at those whose objects have something to learn.
async fn troubles<S>(shared: &Shared, cache: &Mutex<Troubles>, config: Config, synced: &watch::Sender<bool>)
where
    S: Source + Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let follow = |event: Event<S>| {
        let news = lock(cache).apply(event);
        let jobs = lock(&shared.caches.jobs);
        let owners = news.iter().filter_map(|job| jobs.owner(job));
        owners.for_each(|owner| shared.queue.wake(owner));
        drop(jobs);
        report_synced(shared, synced);
    };
    run(shared, Api::<S>::all(shared.client.clone()), config, follow).await;
}

fn report_synced(shared: &Shared, synced: &watch::Sender<bool>) {
    synced.send_if_modified(|synced| {
        let turned = !*synced && shared.caches.are_synced();
        *synced |= turned;
        turned
    });
}

fn apply<K: Resource<DynamicType = ()>>(objects: &Objects<K>, event: Event<Stored<K>>) -> Vec<Change<K>> {
    match event {
        Event::Init => {
            objects.listing_begins();
            Vec::new()
        }
        Event::InitApply(object) | Event::Apply(object) => objects.put(object).into_iter().collect(),
        Event::Delete(object) => objects.remove(&object).into_iter().collect(),
        Event::InitDone => objects.listing_ends(),
    }
}

/// Only what the planner observes of a Job is kept: pod templates and managed fields are dropped here. Returns the
/// objects that have something to learn.
fn apply_job(shared: &Shared, event: Event<Job>) -> Vec<Key> {
    let mut jobs = lock(&shared.caches.jobs);
    match event {
        Event::Init => {
            jobs.listing_begins();
            Vec::new()
        }
        Event::InitApply(job) => put_job(shared, &mut jobs, &job).into_iter().collect(),
        Event::Apply(job) => {
            let owner = put_job(shared, &mut jobs, &job);
            if let Some(owner) = &owner {
                note_end(shared, owner, &job);
            }
            owner.into_iter().collect()
        }
        Event::Delete(job) => {
            let owner = jobs.remove(&job);
            if Key::of_controller(&job.metadata).is_some_and(|(key, uid)| lives(shared, &key, &uid)) {
                jobs.departed(&job);
            }
            owner.into_iter().collect()
        }
        Event::InitDone => jobs.listing_ends(),
    }
}

/// Keeps a Job. Once it has its pods, what was told of those that it could not have is over.
fn put_job(shared: &Shared, jobs: &mut Jobs, job: &Job) -> Option<Key> {
    let owner = jobs.put(job);
    let uid = job.metadata.uid.as_deref()?;
    let name = name_of(&job.metadata);
    let is_over = !jobs.lacks_pods(&name) && lock(&shared.caches.refused_pods).forget_job(uid);
    owner.or_else(|| jobs.owner(&name).filter(|_| is_over))
}

/// Counts and times what the news of a Job's end brings about, where it brings something about: one of all replicas counts.
fn note_end(shared: &Shared, owner: &Key, job: &Job) {
    if !shared.queue.is_open() {
        return;
    }
    let state = ObservedJob::from(job).state;
    if matches!(state, JobState::Failed { .. }) {
        shared.metrics.job_failed(&owner.kind);
    }
    if !matches!(state, JobState::Running) {
        lock(&shared.ended).entry(owner.clone()).or_insert_with(Instant::now);
    }
}

/// Whether the owner is there: for one that is gone nothing is remembered.
fn lives(shared: &Shared, key: &Key, uid: &str) -> bool {
    if key.kind == SequentialJob::kind(&()) {
        is_there::<SequentialJob>(shared, key, uid)
    } else if key.kind == ManagedJob::kind(&()) {
        is_there::<ManagedJob>(shared, key, uid)
    } else if key.kind == DaemonJob::kind(&()) {
        is_there::<DaemonJob>(shared, key, uid)
    } else {
        is_there::<JobFlow>(shared, key, uid)
    }
}

fn is_there<K: FrontEnd>(shared: &Shared, key: &Key, uid: &str) -> bool {
    let object = K::objects(&shared.caches).get(&key.namespace, &key.name);
    object.is_some_and(|object| object.uid() == uid)
}

/// Lists and watches for ever, through all failures.
async fn run<K>(shared: &Shared, api: Api<K>, config: Config, mut follow: impl FnMut(Event<K>))
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let kind = K::kind(&()).into_owned();
    let mut events = pin!(watcher(api, config));
    let mut failures = 0;
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => {
                // An attempt to list begins with `Init`: only what follows shows that it works.
                if failures > 0 && !matches!(event, Event::Init) {
                    info!("watching {kind} objects again");
                    failures = 0;
                }
                follow(event);
            }
            Err(error) => {
                failures += 1;
                shared.metrics.watch_failed(&kind);
                // What the watch was at is forgotten by the API server; a new listing can begin.
                let has_expired = code(&error) == Some(410);
                let delay = if has_expired {
                    FAILED.first
                } else {
                    FAILED.after(failures)
                };
                let retry_seconds = delay.as_secs_f64();
                warn!(attempts = failures, retry_seconds, "{}", explain::<K>(&error));
                tokio::time::sleep(delay).await;
            }
        }
    }
}

/// What to do about a failure to list or watch.
fn explain<K: Resource<DynamicType = ()>>(error: &watcher::Error) -> String {
    let resource = match K::group(&()) {
        group if group.is_empty() => K::plural(&()).into_owned(),
        group => format!("{}.{group}", K::plural(&())),
    };
    match code(error) {
        Some(404) => format!(
            "this cluster does not serve {resource}: install the CustomResourceDefinitions with \
             `jobflow crds | kubectl apply --server-side -f -`"
        ),
        Some(403) => {
            format!("not allowed to list and watch {resource} in all namespaces: check the RBAC of jobflow's account")
        }
        Some(401) => "the API server does not accept our credentials".to_owned(),
        Some(_) => format!("cannot watch {resource}: {}", chain(error)),
        None => format!("cannot watch {resource}, is the API server reachable? {}", chain(error)),
    }
}

/// The API server's answer; `None` if there was none.
fn code(error: &watcher::Error) -> Option<u16> {
    use watcher::Error::{InitialListFailed, NoResourceVersion, WatchError, WatchFailed, WatchStartFailed};
    match error {
        InitialListFailed(error) | WatchStartFailed(error) | WatchFailed(error) => match error {
            kube::Error::Api(status) => Some(status.code),
            _ => None,
        },
        WatchError(status) => Some(status.code),
        NoResourceVersion => Some(0),
    }
}

#[cfg(test)]
mod tests {
    use kube::core::Status;
    use serde_json::json;

    use super::*;
    use crate::shared::testing::shared;

    #[test]
    fn a_missing_crd_is_explained() {
        let answer = Status::failure("not found", "NotFound").with_code(404).boxed();
        let text = explain::<Stored<JobFlow>>(&watcher::Error::InitialListFailed(kube::Error::Api(answer)));
        assert!(
            text.starts_with("this cluster does not serve jobflows.api.practice.com: install"),
            "{text}"
        );
    }

    #[test]
    fn an_api_server_that_does_not_answer_is_told_from_one_that_refuses() {
        let silent = watcher::Error::InitialListFailed(kube::Error::Service("connection refused".into()));
        assert!(explain::<Job>(&silent).starts_with("cannot watch jobs.batch, is the API server reachable? "));
        let answer = Status::failure("storage is busy", "").with_code(500).boxed();
        let text = explain::<Job>(&watcher::Error::WatchError(answer));
        assert!(
            text.starts_with("cannot watch jobs.batch: ") && text.contains("storage is busy"),
            "{text}"
        );
    }

    fn ended_job() -> Job {
        let owner = json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "name": "f", "uid": "u", "controller": true});
        let condition = json!({"type": "Complete", "status": "True"});
        serde_json::from_value(json!({
            "metadata": {"namespace": "n", "name": "f-x", "uid": "j", "ownerReferences": [owner]},
            "status": {"conditions": [condition]},
        }))
        .unwrap()
    }

    #[tokio::test]
    async fn what_events_tell_of_pods_counts_while_the_job_lacks_them() {
        let shared = shared();
        let job = |active: i32| -> Job {
            let mut job = serde_json::to_value(ended_job()).unwrap();
            job["spec"] = json!({"template": {}});
            job["status"] = json!({"active": active});
            serde_json::from_value(job).unwrap()
        };
        let event: CoreEvent = serde_json::from_value(json!({
            "metadata": {"namespace": "n", "name": "e", "uid": "e"},
            "involvedObject": {"kind": "Job", "namespace": "n", "name": "f-x", "uid": "j"},
            "reason": "FailedCreate", "message": "Error creating: no",
        }))
        .unwrap();
        let name = ("n".to_owned(), "f-x".to_owned());
        apply_job(&shared, Event::Apply(job(0)));
        let news = lock(&shared.caches.refused_pods).apply(Event::Apply(event));
        assert_eq!(news, std::slice::from_ref(&name));
        assert!(lock(&shared.caches.jobs).lacks_pods(&name));
        assert_eq!(apply_job(&shared, Event::Apply(job(0))).len(), 0, "nothing new");
        assert_eq!(
            apply_job(&shared, Event::Apply(job(1))).len(),
            1,
            "its object learns that it is over"
        );
        assert_eq!(lock(&shared.caches.refused_pods).of_job("j"), None);
    }

    #[tokio::test]
    async fn the_end_of_a_job_that_is_gone_is_kept_for_an_owner_that_is_not() {
        let shared = shared();
        let known = || lock(&shared.caches.jobs).of_owner("u").len();
        apply_job(&shared, Event::Delete(ended_job()));
        assert_eq!(known(), 0);
        let flow = json!({"metadata": {"namespace": "n", "name": "f", "uid": "u"}});
        shared.caches.flows.put(serde_json::from_value(flow).unwrap());
        apply_job(&shared, Event::Delete(ended_job()));
        assert_eq!(known(), 1);
    }
}
