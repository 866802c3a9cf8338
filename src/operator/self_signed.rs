//! Keeps certificates of our own: carries out what [`certs::own`] says, against a Secret and both webhook configurations.
//!
//! Every replica does it. What is written goes onto the version that was read, so of two that write at once one succeeds,
//! and the other reads again. The configurations are read before the Secret: what is published is never older than what
//! somebody else has published.
//!
//! # What it must be allowed to do (RBAC), only by these names
//!
//! | API group | resource | verbs |
//! |---|---|---|
//! | (core) | `secrets`, the one of `--certificate-secret`, in its namespace | get, list, watch, patch |
//! | `admissionregistration.k8s.io` | `mutatingwebhookconfigurations`, `validatingwebhookconfigurations` | get, list, watch, patch |

mod args;
mod objects;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use certs::Identity;
use certs::own::{Published, Step, Store, Terms, carry_out, step};
use kube::Client;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

pub use args::CertificateArgs;
pub(super) use objects::Place;
use objects::{Objects, Written};

/// After a first failure, and after a write that somebody else was quicker with; it doubles with each failure.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
const RETRY_PAUSE_MAX: Duration = Duration::from_secs(30);

/// A look of a few requests that takes longer has failed: the client would wait for ever by itself.
const LOOK_LIMIT: Duration = Duration::from_secs(30);

/// However long there is nothing to do: a machine that slept, or a watch that is silent, is noticed by then.
const LOOK_AGAIN: Duration = Duration::from_secs(600);

/// What is kept where, for whom.
pub(super) struct Keeper {
    objects: Objects,
    terms: Terms,
    identity: Arc<Identity>,
    /// Since when the clients are seen to trust what they trust now.
    settled: Option<(String, Instant)>,
}

impl Keeper {
    pub(super) fn new(client: &Client, place: &Place, terms: Terms, identity: Arc<Identity>) -> Self {
        Self {
            objects: Objects::new(client, place),
            terms,
            identity,
            settled: None,
        }
    }

    /// Goes on until `stop`. The API server may be away for long: what is served stays as it is.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut changes = self.objects.changes();
        let (mut told, mut retry) = (None, RETRY_PAUSE);
        loop {
            let looked = timeout(LOOK_LIMIT, self.look()).await;
            let too_slow = || format!("the API server did not answer within {} s", LOOK_LIMIT.as_secs());
            let pause = match looked.with_context(too_slow).flatten() {
                Ok(pause) => {
                    (told, retry) = (None, RETRY_PAUSE);
                    pause
                }
                Err(problem) => {
                    let problem = format!("{problem:#}");
                    if told.as_ref() != Some(&problem) {
                        warn!(problem, "cannot keep the certificates: trying again");
                    }
                    told = Some(problem);
                    let pause = retry;
                    retry = (retry * 2).min(RETRY_PAUSE_MAX);
                    pause
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = changes.next() => {}
                () = sleep(pause.min(LOOK_AGAIN)) => {}
            }
        }
    }

    /// Looks at everything, does the next step, and returns how long to wait for the one after it.
    async fn look(&mut self) -> anyhow::Result<Duration> {
        let configurations = self.objects.configurations().await?;
        let secret = self.objects.secret().await?;
        let store = Store::read(&secret.data);
        if let Some(leaf) = &store.leaf {
            self.identity.offer(leaf.certificate.as_bytes(), leaf.key.as_bytes());
        }
        let bundle = store.bundle();
        let published = self.published(&bundle, configurations.iter().all(|one| one.trusts(&bundle)));
        let now = SystemTime::now();
        let next = step(&store, published, &self.terms, now);
        let written = match next {
            Step::Rest { until } => return Ok(until.duration_since(now).unwrap_or_default()),
            Step::Publish => self.objects.publish(&configurations, &bundle).await?,
            _ => {
                let after = carry_out(next, &store, &self.terms, now)?;
                self.objects.write(&secret, &after.data()).await?
            }
        };
        match written {
            Written::Done => info!(step = ?next, "certificates of our own"),
            Written::Outdated => info!(step = ?next, "another replica was quicker"),
        }
        // What was written is read back at once, and the next step follows.
        Ok(match written {
            Written::Done => Duration::ZERO,
            Written::Outdated => RETRY_PAUSE,
        })
    }

    fn published(&mut self, bundle: &str, is_published: bool) -> Published {
        if !is_published {
            self.settled = None;
            return Published::No;
        }
        let since = match &self.settled {
            Some((settled, since)) if settled == bundle => *since,
            _ => Instant::now(),
        };
        self.settled = Some((bundle.to_owned(), since));
        Published::For(since.elapsed())
    }
}
