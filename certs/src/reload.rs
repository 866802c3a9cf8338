//! The task that looks at the files again and again, and tells what it sees.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::clients::{AuthorityError, ClientAuthority};
use crate::identity::Identity;
use crate::pair::PairError;

/// How often the files are read. Reading by content needs no file watch: a Secret volume changes by a swap of
/// symbolic links, which a watch on the file does not see, and two small reads cost microseconds.
pub const RELOAD_INTERVAL: Duration = Duration::from_secs(10);

/// Below this part of its life a certificate should have been renewed by now.
const LIFE_LEFT_WARNING: f64 = 0.25;

/// Below this part of its life somebody has to act.
const LIFE_LEFT_ERROR: f64 = 0.10;

/// Reads the folder of `identity` and the file of `clients` every `interval` until `stop`; the first time at once.
pub async fn reload(
    identity: Arc<Identity>,
    clients: Option<Arc<ClientAuthority>>,
    interval: Duration,
    stop: CancellationToken,
) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut journal = Journal::default();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let readers = (Arc::clone(&identity), clients.clone());
        let read = tokio::task::spawn_blocking(move || {
            let (identity, clients) = readers;
            let clients = clients.map(|clients| clients.refresh());
            (identity.refresh(SystemTime::now()), clients)
        });
        let Ok((outcome, clients_outcome)) = read.await else {
            continue;
        };
        journal.note(&identity, outcome, SystemTime::now());
        if let (Some(clients), Some(outcome)) = (&clients, clients_outcome) {
            journal.note_clients(clients, outcome);
        }
    }
}

/// What was said last, so that the log tells changes and does not repeat a state every interval.
#[derive(Default)]
struct Journal {
    failure: Option<String>,
    clients_have_failed: bool,
    life: Life,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    #[default]
    Long,
    Short,
    Critical,
    Over,
}

impl Life {
    fn of(remaining: f64) -> Self {
        match remaining {
            left if left <= 0.0 => Life::Over,
            left if left < LIFE_LEFT_ERROR => Life::Critical,
            left if left < LIFE_LEFT_WARNING => Life::Short,
            _ => Life::Long,
        }
    }
}

impl Journal {
    fn note(&mut self, identity: &Identity, outcome: Result<bool, PairError>, now: SystemTime) {
        match outcome {
            Ok(true) => self.note_taken(identity),
            Ok(false) => self.failure = None,
            Err(problem) => self.note_failure(identity, &problem),
        }
        self.note_life(identity, now);
    }

    fn note_clients(&mut self, clients: &ClientAuthority, outcome: Result<bool, AuthorityError>) {
        let have_failed = outcome.is_err();
        match outcome {
            Ok(true) => info!(path = %clients.path().display(), "client authorities loaded"),
            Err(problem) if !self.clients_have_failed => {
                let in_force = clients.is_loaded();
                error!(problem = %problem, in_force, "client authorities not taken");
            }
            Ok(false) | Err(_) => {}
        }
        self.clients_have_failed = have_failed;
    }

    fn note_taken(&mut self, identity: &Identity) {
        self.failure = None;
        if let Some(facts) = identity.facts() {
            info!(
                serial = facts.serial,
                not_after_seconds = facts.not_after_seconds(),
                "serving certificate loaded"
            );
        }
    }

    fn note_failure(&mut self, identity: &Identity, problem: &PairError) {
        // Times inside the text change at every reading; the kind of problem is what must be new.
        let kind = format!("{:?}", std::mem::discriminant(problem));
        if self.failure.as_ref() == Some(&kind) {
            return;
        }
        self.failure = Some(kind);
        let source = identity.source();
        let serving = identity.facts().map(|facts| facts.serial);
        error!(source, problem = %problem, serving, "serving certificate not taken");
    }

    fn note_life(&mut self, identity: &Identity, now: SystemTime) {
        let Some(facts) = identity.facts() else {
            return;
        };
        let life = Life::of(facts.remaining_life(now));
        if std::mem::replace(&mut self.life, life) == life {
            return;
        }
        let not_after_seconds = facts.not_after_seconds();
        match life {
            Life::Long => {}
            Life::Short => warn!(
                not_after_seconds,
                "less than 25 % of the serving certificate's life is left"
            ),
            Life::Critical => error!(
                not_after_seconds,
                "less than 10 % of the serving certificate's life is left"
            ),
            Life::Over => error!(
                not_after_seconds,
                "the serving certificate is expired: not ready until it is renewed"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Life;

    #[test]
    fn life_is_long_until_a_quarter_and_critical_below_a_tenth() {
        assert_eq!(Life::of(1.0), Life::Long);
        assert_eq!(Life::of(0.25), Life::Long);
        assert_eq!(Life::of(0.24), Life::Short);
        assert_eq!(Life::of(0.09), Life::Critical);
        assert_eq!(Life::of(0.0), Life::Over);
    }
}
