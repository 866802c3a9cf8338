//! What every part of the controller works with.

use std::collections::HashMap;
use std::sync::Mutex;

use kube::Client;
use tokio::time::Instant;

use crate::caches::Caches;
use crate::events::Outbox;
use crate::key::Key;
use crate::metrics::Metrics;
use crate::queue::Queue;
use crate::unwritten::Unwritten;

/// Shared by the watches and all reconciles.
pub(crate) struct Shared {
    /// Counts what it does, see [`crate::client`].
    pub client: Client,
    /// What is known.
    pub caches: Caches,
    /// What to look at.
    pub queue: Queue,
    /// What to tell.
    pub outbox: Outbox,
    /// What monitoring sees.
    pub metrics: Metrics,
    /// When the first news of an ended Job came that the next look at its owner will act on.
    pub ended: Mutex<HashMap<Key, Instant>>,
    /// Statuses that wait to be written.
    pub unwritten: Unwritten,
    /// The name of this replica, for events.
    pub instance: String,
}

#[cfg(test)]
pub(crate) mod testing {
    //! What the watches fill, for tests that send nothing.

    use kube::Config;
    use prometheus_client::registry::Registry;

    use super::*;

    /// Empty caches, and a client that leads nowhere.
    pub(crate) fn shared() -> Shared {
        let nowhere = Config::new("http://127.0.0.1:9".parse().unwrap());
        Shared {
            client: Client::try_from(nowhere).unwrap(),
            caches: Caches::default(),
            queue: Queue::new().0,
            outbox: Outbox::new().0,
            metrics: Metrics::register(&mut Registry::default()),
            ended: Mutex::default(),
            unwritten: Unwritten::default(),
            instance: "test".to_owned(),
        }
    }
}
