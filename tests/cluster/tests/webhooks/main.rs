//! The way from the API server to the webhook, every golden case along it, and what holds when it is cut.
//!
//! All of these tests change the webhook configurations, which are the whole cluster's, so they run one after the other.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

mod api;
mod cases;
mod own_certificates;
mod paths;
mod real_server;
mod rollout;
mod stranger;
mod unreachable;
mod without_webhook;

use std::sync::{Mutex, MutexGuard, PoisonError};

use test_cluster::{Cluster, Operator, OperatorOptions, Reach};

static CONFIGURATIONS: Mutex<()> = Mutex::new(());

/// The shared cluster with the webhook configurations pointing to an operator of one test.
struct Lab {
    /// None once a test has ended it.
    operator: Option<Operator>,
    cluster: Cluster,
    _configurations: MutexGuard<'static, ()>,
}

impl Lab {
    fn new(reach: Reach) -> Self {
        let configurations = CONFIGURATIONS.lock().unwrap_or_else(PoisonError::into_inner);
        let cluster = Cluster::shared().unwrap();
        let mut options = OperatorOptions::from_environment().unwrap();
        options.reach = reach;
        Self {
            operator: Some(cluster.start_operator(&options).unwrap()),
            cluster,
            _configurations: configurations,
        }
    }

    fn operator(&self) -> &Operator {
        self.operator.as_ref().unwrap()
    }
}
