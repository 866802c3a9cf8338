//! Leader election: of several replicas one works, and another takes over when it stops or dies.
//!
//! All replicas watch and serve admission; only the work of the queue waits for the Lease. What makes a late leader
//! harmless is not the Lease but the `resourceVersion` on every status: see [`crate`].

use std::pin::pin;
use std::time::Duration;

use futures::{Stream, StreamExt};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::jiff::Timestamp;
use kube::api::PostParams;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Config, Event, watcher};
use kube::{Api, Client};
use thiserror::Error;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::error::chain;
use crate::lease::{self, Next, RENEW_DEADLINE, RENEW_INTERVAL, Seen};
use crate::metrics::Metrics;
use crate::start::instance;

/// Between two attempts to take the Lease: short beside the two seconds in which another replica shall follow one that stops.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// The Lease that all replicas of one installation share.
const LEASE_NAME: &str = "jobflow-operator";

/// Where and as whom a replica stands for election.
#[derive(Clone, Debug)]
pub struct Election {
    namespace: String,
    lease: &'static str,
    /// What tells this process apart from all others that run.
    identity: String,
}

impl Election {
    /// An election among the replicas in `namespace`.
    pub fn within(namespace: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            lease: LEASE_NAME,
            // In a pod the name alone would do; by hand several may run on one machine.
            identity: format!("{}_{}", instance(), std::process::id()),
        }
    }
}

/// Somebody else may lead by now.
#[derive(Debug, Error)]
#[error("no longer the leader: {reason}")]
pub(crate) struct Lost {
    reason: String,
}

/// Stands for election and, once leader, stays it until `stop`; then gives the Lease back.
///
/// # Errors
/// When leadership was lost. Then all work must end at once.
pub(crate) async fn lead(
    client: &Client,
    election: &Election,
    leading: &watch::Sender<bool>,
    metrics: &Metrics,
    stop: &CancellationToken,
) -> Result<(), Lost> {
    let api = Api::<Lease>::namespaced(client.clone(), &election.namespace);
    let taken = tokio::select! {
        taken = take(&api, election) => taken,
        () = stop.cancelled() => return Ok(()),
    };
    info!(
        lease = election.lease,
        identity = election.identity,
        "this replica is the leader"
    );
    leading.send_replace(true);
    metrics.leads(true);
    let kept = keep(&api, election, taken, stop).await;
    leading.send_replace(false);
    metrics.leads(false);
    let last = kept?;
    let released = last.released(Timestamp::now());
    if let Err(error) = api.replace(election.lease, &PostParams::default(), &released).await {
        warn!(
            error = chain(&error),
            "cannot give the lease back; it runs out by itself"
        );
    }
    Ok(())
}

/// Waits for the Lease and takes it. A change of it is heard by a watch, so that one that is given back is taken at once.
async fn take(api: &Api<Lease>, election: &Election) -> Seen {
    let only_ours = Config::default().fields(&format!("metadata.name={}", election.lease));
    let mut changes = pin!(watcher(api.clone(), only_ours).default_backoff());
    let mut seen = None;
    read(api, election, &mut seen).await;
    loop {
        match lease::next(seen.as_ref(), &election.identity, Instant::now()) {
            Next::Take => match write(api, election, seen.as_ref()).await {
                Ok(taken) => return taken,
                Err(error) => {
                    if !is_of_a_race(&error) {
                        warn!(error = chain(&error), "cannot take the lease: trying again");
                    }
                    sleep(RETRY_PAUSE).await;
                    read(api, election, &mut seen).await;
                }
            },
            Next::Wait(until) => tokio::select! {
                () = hear(&mut changes, election, &mut seen) => {}
                () = sleep_until(until) => {}
            },
        }
    }
}

/// Renews the Lease until `stop`, and returns it as it is then.
async fn keep(api: &Api<Lease>, election: &Election, taken: Seen, stop: &CancellationToken) -> Result<Seen, Lost> {
    let mut current = Some(taken);
    let mut renewed = Instant::now();
    loop {
        tokio::select! {
            () = sleep(RENEW_INTERVAL) => {}
            () = stop.cancelled() => break,
        }
        // Before the request: the API server may store it long before we hear so, but not sooner than we asked.
        let asked = Instant::now();
        let deadline = renewed + RENEW_DEADLINE;
        match timeout_at(deadline, write(api, election, current.as_ref())).await {
            Ok(Ok(lease)) => (current, renewed) = (Some(lease), asked),
            Ok(Err(error)) => {
                warn!(error = chain(&error), "cannot renew the lease: trying again");
                let known = timeout_at(deadline, read(api, election, &mut current)).await;
                let holder = current.as_ref().and_then(Seen::holder);
                if let (Ok(()), Some(other)) = (known, holder.filter(|holder| *holder != election.identity)) {
                    let reason = format!("'{other}' has taken the lease");
                    return Err(Lost { reason });
                }
            }
            Err(_) => {}
        }
        if renewed.elapsed() >= RENEW_DEADLINE {
            let reason = format!(
                "the lease could not be renewed for {} seconds",
                RENEW_DEADLINE.as_secs()
            );
            return Err(Lost { reason });
        }
    }
    current.ok_or_else(|| Lost {
        reason: "the lease was deleted".to_owned(),
    })
}

/// Writes the Lease as held by us: creates it where there is none.
async fn write(api: &Api<Lease>, election: &Election, seen: Option<&Seen>) -> kube::Result<Seen> {
    let (params, me, now) = (PostParams::default(), &election.identity, Timestamp::now());
    let written = match seen {
        Some(seen) => api.replace(election.lease, &params, &seen.held_by(me, now)).await?,
        None => {
            let first = lease::first(&election.namespace, election.lease, me, now);
            api.create(&params, &first).await?
        }
    };
    Ok(Seen::new(written, Instant::now()))
}

/// Reads what the Lease is. Where it cannot be read, what was known stays.
async fn read(api: &Api<Lease>, election: &Election, seen: &mut Option<Seen>) {
    match api.get_opt(election.lease).await {
        Ok(Some(lease)) => Seen::note(seen, lease, Instant::now()),
        Ok(None) => *seen = None,
        Err(error) => warn!(error = chain(&error), "cannot read the lease"),
    }
}

/// Waits for a change of the Lease.
async fn hear(
    changes: &mut (impl Stream<Item = watcher::Result<Event<Lease>>> + Unpin),
    election: &Election,
    seen: &mut Option<Seen>,
) {
    while let Some(event) = changes.next().await {
        match event {
            Ok(Event::Apply(lease) | Event::InitApply(lease)) => {
                Seen::note(seen, lease, Instant::now());
                return;
            }
            Ok(Event::Delete(_)) => {
                *seen = None;
                return;
            }
            Ok(Event::Init | Event::InitDone) => {}
            Err(error) => warn!(lease = election.lease, error = chain(&error), "cannot watch the lease"),
        }
    }
    // A watcher never ends; if one did, the holder's time would still run out.
    futures::future::pending::<()>().await;
}

/// Whether somebody else wrote at the same time: to be expected when a leader goes and several want to follow it.
fn is_of_a_race(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if matches!(status.code, 404 | 409))
}
