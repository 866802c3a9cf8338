//! New certificates and new authorities under creates, by cert-manager and by the operator: API servers notice nothing.
//!
//! A minute or two of it here; `cargo xtask soak` goes on for longer.

#![expect(
    clippy::unwrap_used,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

mod by_cert_manager;
mod by_operator;
#[path = "../node_lifecycle/load.rs"]
#[expect(dead_code, reason = "the steady load is for the other tests")]
mod load;
mod release;

use std::time::Duration;

use test_cluster::{Chart, Cluster};

const LIMIT: Duration = Duration::from_secs(120);

/// How long certificates are renewed, in seconds, and how often; `cargo xtask soak` sets both.
const SECONDS: (&str, u64) = ("JOBFLOW_SOAK_SECONDS", 20);
const EVERY: (&str, u64) = ("JOBFLOW_SOAK_EVERY_SECONDS", 10);

fn setting((variable, default): (&str, u64)) -> Duration {
    let set = std::env::var(variable).ok().map(|text| text.parse().unwrap());
    Duration::from_secs(set.unwrap_or(default))
}

/// One after the other: both are the release of the one cluster.
#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn renewals_fail_no_create() {
    let cluster = Cluster::shared_node().unwrap();
    let chart = Chart::installed(&cluster).unwrap();
    let namespace = cluster.namespace("rotation").unwrap();
    by_cert_manager::renewals_fail_no_create(&cluster, &namespace);
    by_operator::renewals_fail_no_create(&cluster, &chart, &namespace);
}
