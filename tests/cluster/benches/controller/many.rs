//! What the operator needs for very many objects: its memory, above all.

use std::time::{Duration, Instant};

use anyhow::Result;
use futures::{StreamExt, TryStreamExt, stream};
use kube::Client;
use serde_json::{Value, json};
use test_cluster::{Cluster, Operator};

use crate::{count, post, run, usage};

/// What arguments choose it by.
pub const NAME: &str = "many flows";

const FLOWS: usize = 5_000;
const STEPS: usize = 10;

/// Prints what is resident once all Jobs of all flows are there.
///
/// The controller manager is killed before: 50,000 pods would be a benchmark of everything else. So this comes last.
pub async fn measure(cluster: &Cluster, client: &Client, operator: &Operator) -> Result<()> {
    let _gone = cluster.kill("kube-controller-manager")?;
    let namespace = "many";
    post(client, "/api/v1/namespaces", &json!({"metadata": {"name": namespace}})).await?;
    let before = usage(operator)?;
    let start = Instant::now();
    let path = format!("/apis/api.practice.com/v1alpha1/namespaces/{namespace}/jobflows");
    let requests = (0..FLOWS).map(|number| {
        let (path, client) = (path.clone(), client.clone());
        async move { post(&client, &path, &flow(number)).await }
    });
    stream::iter(requests)
        .buffer_unordered(run::REQUESTS_MAX)
        .try_collect::<()>()
        .await?;
    let jobs = format!("/apis/batch/v1/namespaces/{namespace}/jobs");
    while count(client, &jobs).await? < FLOWS * STEPS {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    // What is asked for in between is given back.
    tokio::time::sleep(Duration::from_secs(10)).await;
    let after = usage(operator)?;
    println!(
        "{FLOWS} flows with {} Jobs: {} MiB resident, at most {} MiB; made in {:.0} s with {:.0} s of the operator's CPU",
        FLOWS * STEPS,
        after.resident_mib,
        after.peak_mib,
        start.elapsed().as_secs_f64(),
        after.cpu.saturating_sub(before.cpu).as_secs_f64(),
    );
    Ok(())
}

/// Steps that wait for nothing.
fn flow(number: usize) -> Value {
    let step = |step| json!({"name": format!("s{step}"), "jobTemplate": run::pod()});
    json!({
        "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow",
        "metadata": {"name": format!("f{number}")},
        "spec": {"flows": (0..STEPS).map(step).collect::<Vec<Value>>()},
    })
}
