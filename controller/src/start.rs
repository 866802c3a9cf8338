//! The controller as a whole: how it is put together, started and stopped.

use std::sync::{Arc, Mutex};

use crds::{DaemonJob, JobFlow, JobTemplate, ManagedJob, SequentialJob};
use futures::FutureExt;
use futures::future::{self, BoxFuture};
use jobflow_core::admission::{Presence, TemplateIndex};
use kube::{Client, Resource};
use prometheus_client::registry::Registry;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::caches::Caches;
use crate::error::Error;
use crate::events::{Letters, Outbox, publish};
use crate::front_end::FrontEnd;
use crate::job_template;
use crate::key::Key;
use crate::leader::{self, Election, Lost};
use crate::metrics::Metrics;
use crate::queue::{Again, Queue, Requests, work};
use crate::reconcile::reconcile;
use crate::shared::Shared;
use crate::unwritten::Unwritten;
use crate::{client, watches};

/// A controller that is ready to run.
pub struct Controller {
    /// Runs until it is told to stop, through all failures of the API server and of the network. What is under way then
    /// comes to its end first. It must be polled for anything to happen, the filling of the caches included.
    pub run: BoxFuture<'static, ()>,
    /// Which JobTemplates there are, for admission.
    pub templates: Arc<dyn TemplateIndex>,
    /// Becomes true once all caches are filled.
    pub synced: watch::Receiver<bool>,
}

impl Controller {
    /// Puts a controller together. Nothing is sent before [`Controller::run`] is polled. With an election it works only
    /// while it leads, and ends when it leads no longer.
    pub fn start(
        client: Client,
        registry: &mut Registry,
        election: Option<Election>,
        shutdown: CancellationToken,
    ) -> Self {
        let metrics = Metrics::register(registry);
        let (queue, requests) = Queue::new();
        registry.register(
            "jobflow_queue_depth",
            "Objects that wait to be looked at",
            queue.depth(),
        );
        let (outbox, letters) = Outbox::new();
        let shared = Arc::new(Shared {
            client: client::counting(client, metrics.clone()),
            caches: Caches::default(),
            queue,
            outbox,
            metrics,
            ended: Mutex::default(),
            unwritten: Unwritten::default(),
            instance: instance(),
        });
        let (sender, synced) = watch::channel(false);
        let templates: Arc<dyn TemplateIndex> = Arc::new(Templates(Arc::clone(&shared)));
        let run = run(shared, requests, letters, sender, election, shutdown).boxed();
        Self { run, templates, synced }
    }
}

async fn run(
    shared: Arc<Shared>,
    requests: Requests,
    letters: Letters,
    synced: watch::Sender<bool>,
    election: Option<Election>,
    shutdown: CancellationToken,
) {
    let filled = synced.subscribe();
    let (lead, leading) = watch::channel(election.is_none());
    shared.metrics.leads(election.is_none());
    let mut watches = JoinSet::new();
    watches.spawn(watches::objects::<JobFlow>(Arc::clone(&shared), synced.clone()));
    watches.spawn(watches::objects::<SequentialJob>(Arc::clone(&shared), synced.clone()));
    watches.spawn(watches::objects::<ManagedJob>(Arc::clone(&shared), synced.clone()));
    watches.spawn(watches::objects::<DaemonJob>(Arc::clone(&shared), synced.clone()));
    watches.spawn(watches::nodes(Arc::clone(&shared), synced.clone()));
    watches.spawn(watches::pods(Arc::clone(&shared), synced.clone()));
    watches.spawn(watches::refused_pods(Arc::clone(&shared), synced.clone()));
    watches.spawn(watches::job_templates(Arc::clone(&shared), synced.clone()));
    watches.spawn(watches::jobs(Arc::clone(&shared), synced));
    let (stop_publishing, all_done) = (CancellationToken::new(), CancellationToken::new());
    let works = async {
        work_once_filled(&shared, requests, filled, leading, &shutdown).await;
        stop_publishing.cancel();
    };
    let publishes = publish(&shared, letters, &stop_publishing);
    let ends = async {
        future::join(works, publishes).await;
        // The Lease is given back only now: the next leader shall not work beside us.
        all_done.cancel();
    };
    let leads = stand(&shared, election.as_ref(), &lead, &all_done);
    tokio::select! {
        ended = future::try_join(ends.map(Ok), leads) => {
            if let Err(lost) = ended {
                error!(%lost, "the controller stops at once");
            }
        }
        _ = watches.join_next() => error!("a watch has ended, which it never should; the controller stops"),
    }
}

/// Stands for election until all is done; returns early when leadership was lost. Without an election it leads anyway.
async fn stand(
    shared: &Shared,
    election: Option<&Election>,
    lead: &watch::Sender<bool>,
    all_done: &CancellationToken,
) -> Result<(), Lost> {
    match election {
        Some(election) => leader::lead(&shared.client, election, lead, &shared.metrics, all_done).await,
        None => {
            all_done.cancelled().await;
            Ok(())
        }
    }
}

/// Works until `shutdown`, once this replica leads. Before all Jobs are known, a plan would create those again that are
/// there.
async fn work_once_filled(
    shared: &Arc<Shared>,
    requests: Requests,
    filled: watch::Receiver<bool>,
    leading: watch::Receiver<bool>,
    shutdown: &CancellationToken,
) {
    if !is_true(filled, shutdown).await {
        return;
    }
    info!("all caches are filled");
    if !is_true(leading, shutdown).await {
        return;
    }
    shared.queue.open();
    wake_all(shared);
    let context = Arc::clone(shared);
    let look = move |key| look_at(Arc::clone(&context), key);
    work(&shared.queue, requests, &shared.metrics, look, shutdown).await;
}

/// Waits until this becomes true; `false` when the program shall end before.
async fn is_true(mut state: watch::Receiver<bool>, shutdown: &CancellationToken) -> bool {
    tokio::select! {
        turned = state.wait_for(|is| *is) => turned.is_ok(),
        () = shutdown.cancelled() => false,
    }
}

/// Asks for a look at every object there is: until now nobody looked at any.
fn wake_all(shared: &Shared) {
    let templates = shared.caches.templates.keys().into_iter();
    templates.for_each(|key| shared.queue.wake(key));
    wake_all_of::<JobFlow>(shared);
    wake_all_of::<SequentialJob>(shared);
    wake_all_of::<ManagedJob>(shared);
    wake_all_of::<DaemonJob>(shared);
}

fn wake_all_of<K: FrontEnd>(shared: &Shared) {
    let keys = K::objects(&shared.caches).keys().into_iter();
    keys.for_each(|key| shared.queue.wake(key));
}

/// One look at the object of this key.
async fn look_at(shared: Arc<Shared>, key: Key) -> Result<Again, Error> {
    if key.kind == JobTemplate::kind(&()) {
        job_template::reconcile(&shared, &key).await
    } else if key.kind == SequentialJob::kind(&()) {
        reconcile::<SequentialJob>(&shared, &key).await
    } else if key.kind == ManagedJob::kind(&()) {
        reconcile::<ManagedJob>(&shared, &key).await
    } else if key.kind == DaemonJob::kind(&()) {
        reconcile::<DaemonJob>(&shared, &key).await
    } else {
        reconcile::<JobFlow>(&shared, &key).await
    }
}

/// The name of the pod, or of the machine: what tells replicas apart.
pub(crate) fn instance() -> String {
    kube::runtime::events::Reporter::from("jobflow")
        .instance
        .unwrap_or_else(|| "jobflow".to_owned())
}

/// The caches as admission sees them.
struct Templates(Arc<Shared>);

impl TemplateIndex for Templates {
    fn presence(&self, namespace: &str, name: &str) -> Presence {
        self.0.caches.presence(namespace, name)
    }

    fn unfinished_users(&self, namespace: &str, name: &str) -> Vec<String> {
        self.0.caches.unfinished_users(namespace, name)
    }
}
