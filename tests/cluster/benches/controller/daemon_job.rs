//! A DaemonJob on many nodes: how fast their Jobs are made.

use std::time::{Duration, Instant};

use anyhow::Result;
use kube::Client;
use serde_json::json;
use test_cluster::{Cluster, Operator};

use crate::{count, post, run, usage};

/// What arguments choose it by.
pub const NAME: &str = "daemon job";

/// Nodes, with those that the cluster has.
const NODES: usize = 1_000;

/// Prints how long it takes from the DaemonJob until all its Jobs are there.
pub async fn measure(cluster: &Cluster, client: &Client, operator: &Operator) -> Result<()> {
    let there = count(client, "/api/v1/nodes").await?;
    cluster.add_nodes(there + 1, NODES - there)?;
    let namespace = cluster.namespace("daemon")?;
    let object = json!({
        "apiVersion": "api.practice.com/v1alpha1", "kind": "DaemonJob",
        "metadata": {"name": "d"}, "spec": run::pod(),
    });
    let before = usage(operator)?;
    let start = Instant::now();
    let path = format!(
        "/apis/api.practice.com/v1alpha1/namespaces/{}/daemonjobs",
        namespace.name()
    );
    post(client, &path, &object).await?;
    let jobs = format!("/apis/batch/v1/namespaces/{}/jobs", namespace.name());
    while count(client, &jobs).await? < NODES {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let wall = start.elapsed().as_secs_f64();
    let after = usage(operator)?;
    println!(
        "a DaemonJob on {NODES} nodes: all Jobs made after {wall:.1} s, {:.0} a second, {:.1} s of the operator's CPU, {} MiB resident",
        f64::from(u32::try_from(NODES)?) / wall,
        after.cpu.saturating_sub(before.cpu).as_secs_f64(),
        after.resident_mib,
    );
    Ok(())
}
