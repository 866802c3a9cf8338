//! How fast a DaemonJob reaches many nodes: `JOBFLOW_TEST_CLUSTER=<folder of the KUBECONFIG> JOBFLOW_BIN=<program> cargo run -p
//! test-cluster --example large_daemon_jobs -- 1000`, with a cluster of `cargo xtask cluster up`.
//!
//! It makes nodes of its own, runs a DaemonJob on all of them, and removes both. What is printed depends on the limits of
//! the controller manager, too: it makes the pods.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use http::Request;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use test_cluster::{Cluster, Operator, OperatorOptions};

/// Label and taint of the nodes.
const ARENA: &str = "jobflow.test/large";
const NODES: &str = "/api/v1/nodes";
const DAEMON_JOBS: &str = "/apis/api.practice.com/v1alpha1/namespaces/default/daemonjobs";

/// Requests at once, for what is not measured.
const REQUESTS_MAX: usize = 16;

/// No step takes longer, or something is wrong.
const LIMIT: Duration = Duration::from_secs(900);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let count: usize = std::env::args().nth(1).as_deref().unwrap_or("1000").parse()?;
    let cluster = Cluster::shared()?;
    let operator = cluster.start_operator(&OperatorOptions::from_environment()?)?;
    let kubeconfig = Kubeconfig::read_from(cluster.kubeconfig())?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    let lab = Lab {
        client: Client::try_from(config)?,
        operator,
        count,
    };
    let measured = lab.measure().await;
    lab.clean().await?;
    measured
}

struct Lab {
    client: Client,
    operator: Operator,
    count: usize,
}

impl Lab {
    async fn measure(&self) -> Result<()> {
        self.add_nodes().await?;
        let before = self.created()?;
        let start = Instant::now();
        self.send(Request::post(DAEMON_JOBS), &daemon_job()).await?;
        until(|| async { Ok(self.created()? > before) }).await?;
        let first = start.elapsed();
        until(|| async { Ok(self.created()? >= before + self.count) }).await?;
        let all = start.elapsed();
        let done = json!(format!("{0}/{0}", self.count));
        until(|| async { Ok(self.read().await?.pointer("/status/done") == Some(&done)) }).await?;
        let jobs = u32::try_from(self.count)?;
        let rate = f64::from(jobs) / all.saturating_sub(first).as_secs_f64().max(0.001);
        println!("nodes  first job ms  all jobs ms  jobs/s  all done s  status bytes");
        println!(
            "{jobs:5}  {:12}  {:11}  {rate:6.0}  {:10.1}  {}",
            first.as_millis(),
            all.as_millis(),
            start.elapsed().as_secs_f64(),
            self.read()
                .await?
                .get("status")
                .unwrap_or(&Value::Null)
                .to_string()
                .len(),
        );
        Ok(())
    }

    async fn add_nodes(&self) -> Result<()> {
        let nodes = stream::iter(0..self.count)
            .map(|number| async move { self.send(Request::post(NODES), &node(number)).await.map(drop) });
        nodes.buffer_unordered(REQUESTS_MAX).try_collect::<()>().await?;
        let list = format!("{NODES}?labelSelector={ARENA}");
        let is_ready = |node: &Value| {
            let conditions = node.pointer("/status/conditions").and_then(Value::as_array);
            conditions.is_some_and(|held| {
                held.iter()
                    .any(|held| held["type"] == "Ready" && held["status"] == "True")
            })
        };
        until(|| async {
            let nodes = self.get(&list).await?;
            let items = nodes.get("items").and_then(Value::as_array).context("no list")?;
            Ok(items.iter().filter(|node| is_ready(node)).count() == self.count)
        })
        .await
    }

    async fn clean(&self) -> Result<()> {
        let foreground = json!({"propagationPolicy": "Background"});
        let object = format!("{DAEMON_JOBS}/large");
        let removed = self.send(Request::delete(object), &foreground).await;
        let nodes = format!("{NODES}?labelSelector={ARENA}");
        self.send(Request::delete(nodes), &json!({})).await?;
        removed.map(drop)
    }

    /// How many Jobs the operator has made.
    fn created(&self) -> Result<usize> {
        let metrics = self.operator.metrics()?;
        let line = metrics
            .lines()
            .find(|line| line.starts_with("jobflow_jobs_created_total") && line.contains("DaemonJob"));
        Ok(line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0))
    }

    async fn read(&self) -> Result<Value> {
        self.get(&format!("{DAEMON_JOBS}/large")).await
    }

    async fn get(&self, path: &str) -> Result<Value> {
        Ok(self.client.request(Request::get(path).body(Vec::new())?).await?)
    }

    async fn send(&self, request: http::request::Builder, body: &Value) -> Result<Value> {
        let request = request.header("content-type", "application/json");
        Ok(self.client.request(request.body(serde_json::to_vec(body)?)?).await?)
    }
}

async fn until<F: Future<Output = Result<bool>>>(reached: impl Fn() -> F) -> Result<()> {
    let start = Instant::now();
    while !reached().await? {
        ensure!(start.elapsed() < LIMIT, "it takes longer than {} s", LIMIT.as_secs());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

fn node(number: usize) -> Value {
    let resources = json!({"cpu": "8", "memory": "32Gi", "pods": "100"});
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": format!("large-{number:05}"), "labels": {ARENA: ""}},
        "spec": {"taints": [{"key": ARENA, "effect": "NoSchedule"}]},
        "status": {"capacity": resources, "allocatable": resources},
    })
}

fn daemon_job() -> Value {
    let pod = json!({
        "nodeSelector": {ARENA: ""},
        "tolerations": [{"key": ARENA, "operator": "Exists"}],
        "containers": [{"name": "main", "image": "busybox:1.28"}],
    });
    json!({
        "apiVersion": "api.practice.com/v1alpha1", "kind": "DaemonJob",
        "metadata": {"name": "large"}, "spec": {"template": {"spec": pod}},
    })
}
