//! How much the operator adds to what Kubernetes needs for the same Jobs in the same order: `cargo xtask bench controller`.
//!
//! Every shape is run by the operator and by a plain client, one after the other, on one cluster in one process. Ratios are
//! of that one run; times are those at which this program's watch heard of something.

mod daemon_job;
mod many;
mod run;
mod shape;

use std::time::Duration;

use anyhow::{Context, Result};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use run::{Maker, Measured};
use serde_json::Value;
use shape::Shape;
use test_cluster::{Cluster, Operator, OperatorOptions};

#[tokio::main]
async fn main() -> Result<()> {
    let cluster = Cluster::shared()?;
    let options = OperatorOptions::from_environment()?;
    let operator = cluster.start_operator(&options)?;
    let kubeconfig = Kubeconfig::read_from(cluster.kubeconfig())?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    let client = Client::try_from(config)?;
    println!("from start to ready: {} ms", replica(&cluster, &options)?.as_millis());
    println!("idle: {}", usage(&operator)?.text());
    println!();
    println!(
        "shape                      jobs   wall s  floor s  ratio  hop p50 ms  floor's  hop p99 ms  floor's  writes/step  status/step  CPU s  peak MiB"
    );
    for shape in shape::all().iter().filter(|shape| is_wanted(shape.name)) {
        measure(&cluster, &client, &operator, shape).await?;
    }
    println!();
    if is_wanted(daemon_job::NAME) {
        daemon_job::measure(&cluster, &client, &operator).await?;
    }
    if is_wanted(many::NAME) {
        many::measure(&cluster, &client, &operator).await?;
    }
    Ok(())
}

/// Whether an argument is part of this name, or there are none.
fn is_wanted(name: &str) -> bool {
    let mut parts = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).peekable();
    parts.peek().is_none() || parts.any(|part| name.contains(&part))
}

/// How long another replica takes until it is ready, on a cluster where all is installed.
fn replica(cluster: &Cluster, options: &OperatorOptions) -> Result<Duration> {
    let options = OperatorOptions {
        name: "replica".to_owned(),
        install: false,
        certificates_of: Some(options.name.clone()),
        ..options.clone()
    };
    Ok(cluster.start_operator(&options)?.ready_after())
}

async fn measure(cluster: &Cluster, client: &Client, operator: &Operator, shape: &Shape) -> Result<()> {
    let (floor, ours) = (cluster.namespace("floor")?, cluster.namespace("flows")?);
    let mut floor = run::run(client, floor.name(), shape, Maker::Floor).await?;
    let before = (usage(operator)?, writes(operator)?);
    let Measured { wall, mut hops } = run::run(client, ours.name(), shape, Maker::Operator).await?;
    // The last status is written after the last Job has ended.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = (usage(operator)?, writes(operator)?);
    hops.sort_unstable();
    floor.hops.sort_unstable();
    let steps = f64::from(u32::try_from(shape.steps())?);
    println!(
        "{:25} {steps:5}  {:7.1}  {:7.1}  {:5.2}  {:10.1}  {:7.1}  {:10.1}  {:7.1}  {:11.2}  {:11.2}  {:5.1}  {:8}",
        shape.name,
        wall.as_secs_f64(),
        floor.wall.as_secs_f64(),
        wall.as_secs_f64() / floor.wall.as_secs_f64(),
        millis(percentile(&hops, 50)),
        millis(percentile(&floor.hops, 50)),
        millis(percentile(&hops, 99)),
        millis(percentile(&floor.hops, 99)),
        (after.1.all - before.1.all) / steps,
        (after.1.of_status - before.1.of_status) / steps,
        after.0.cpu.saturating_sub(before.0.cpu).as_secs_f64(),
        after.0.peak_mib,
    );
    Ok(())
}

/// How many objects there are at a path of the API, which the API server counts without sending them.
async fn count(client: &Client, path: &str) -> Result<usize> {
    let request = http::Request::get(format!("{path}?limit=1")).body(Vec::new())?;
    let list: Value = client.request(request).await?;
    let shown = list.pointer("/items").and_then(Value::as_array).map_or(0, Vec::len);
    let rest = list.pointer("/metadata/remainingItemCount").and_then(Value::as_u64);
    Ok(shown + usize::try_from(rest.unwrap_or_default())?)
}

/// Creates an object from JSON.
async fn post(client: &Client, path: &str, object: &Value) -> Result<()> {
    let request = http::Request::post(path).header("content-type", "application/json");
    client
        .request::<Value>(request.body(object.to_string().into_bytes())?)
        .await?;
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let at = sorted.len().saturating_sub(1) * percent / 100;
    sorted.get(at).copied().unwrap_or_default()
}

/// How many requests of the operator have changed something.
struct Writes {
    all: f64,
    of_status: f64,
}

fn writes(operator: &Operator) -> Result<Writes> {
    let metrics = operator.metrics()?;
    let of_writes = |line: &&str| {
        let verbs = ["create", "patch", "update", "delete"];
        line.starts_with("jobflow_api_calls_total{") && verbs.iter().any(|verb| line.contains(&format!("\"{verb}\"")))
    };
    let mut writes = Writes {
        all: 0.0,
        of_status: 0.0,
    };
    for line in metrics.lines().filter(of_writes) {
        let count = line.rsplit(' ').next().and_then(|count| count.parse::<f64>().ok());
        let count = count.context("a metric is no number")?;
        writes.all += count;
        if line.contains("/status\"") {
            writes.of_status += count;
        }
    }
    Ok(writes)
}

/// What the operator's process has used.
struct Usage {
    cpu: Duration,
    resident_mib: u64,
    peak_mib: u64,
}

impl Usage {
    fn text(&self) -> String {
        format!(
            "{} MiB resident, {:.2} s of CPU since its start",
            self.resident_mib,
            self.cpu.as_secs_f64()
        )
    }
}

fn usage(operator: &Operator) -> Result<Usage> {
    let process = format!("/proc/{}", operator.process_id());
    let status = std::fs::read_to_string(format!("{process}/status"))?;
    let kib = |field: &str| {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(field))
            .context("Linux tells")?;
        anyhow::Ok(line.split_whitespace().next().context("a number")?.parse::<u64>()?)
    };
    let stat = std::fs::read_to_string(format!("{process}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').context("a name in parentheses")?;
    // Fields 14 and 15 of the line: user and system, in hundredths of a second.
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    let ticks: u64 = ticks.sum::<Result<u64, _>>()?;
    Ok(Usage {
        cpu: Duration::from_millis(ticks * 10),
        resident_mib: kib("VmRSS:")? / 1024,
        peak_mib: kib("VmHWM:")? / 1024,
    })
}
