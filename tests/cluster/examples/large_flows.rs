//! What large JobFlows cost a real API server: `JOBFLOW_TEST_CLUSTER=<folder of the KUBECONFIG> cargo run -p test-cluster
//! --example large_flows`, with a cluster of `cargo xtask cluster up`. The figures stand at `crds::FLOWS_MAX`.
//!
//! Only schema, rules in the schema and storage are measured: without an operator there are no webhooks.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use http::Request;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use test_cluster::Cluster;

const FLOWS: &str = "/apis/api.practice.com/v1alpha1/namespaces/default/jobflows";

/// Each figure is the least of so many: whatever else the machine does only adds.
const TRIES: usize = 5;

/// `USER_HZ`, in which `/proc` counts: the same on every Linux of the last twenty years.
const TICKS_PER_SECOND: u64 = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let lab = Lab::new().await?;
    println!("flows  templates  bytes      create ms (cpu)  status write ms (cpu)  label ms (cpu)");
    for count in [5, 50, 1_000, 5_000] {
        for inline in [false, true] {
            lab.measure(count, inline).await?;
        }
    }
    Ok(())
}

struct Lab {
    client: Client,
    apiserver: i32,
}

impl Lab {
    async fn new() -> Result<Self> {
        let cluster = Cluster::shared()?;
        let apply = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
        cluster
            .kubectl()
            .run_with_input(&apply, crds::generate::YAML)?
            .success()?;
        let wait = ["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"];
        cluster.kubectl().run(&wait)?.success()?;
        let webhooks = cluster.kubectl().json(&["get", "validatingwebhookconfigurations"])?;
        ensure!(
            webhooks.get("items") == Some(&json!([])),
            "webhooks are installed: take a cluster without an operator"
        );
        let processes = cluster.state().processes()?;
        let apiserver = processes
            .iter()
            .find(|process| process.name == "kube-apiserver")
            .context("no API server")?;
        let kubeconfig = Kubeconfig::read_from(cluster.kubeconfig())?;
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
        Ok(Self {
            client: Client::try_from(config)?,
            apiserver: apiserver.pid,
        })
    }

    /// Prints one line of the table.
    async fn measure(&self, count: usize, inline: bool) -> Result<()> {
        let flow = job_flow(count, inline);
        let body = flow.to_string();
        let create = self
            .cost(|_| Request::post(format!("{FLOWS}?dryRun=All")), |_| body.clone())
            .await?;
        let stored = self.send(Request::post(FLOWS), body.clone()).await?;
        let name = stored
            .pointer("/metadata/name")
            .and_then(Value::as_str)
            .context("no name")?
            .to_owned();
        let patch = |address: String| Request::patch(address).header("content-type", "application/merge-patch+json");
        let status = self
            .cost(
                |_| patch(format!("{FLOWS}/{name}/status")),
                |number| json!({"status": {"message": format!("{number}")}}).to_string(),
            )
            .await?;
        let label = self
            .cost(
                |_| patch(format!("{FLOWS}/{name}")),
                |number| json!({"metadata": {"labels": {"try": format!("{number}")}}}).to_string(),
            )
            .await?;
        self.send(Request::delete(format!("{FLOWS}/{name}")), String::new())
            .await?;
        let templates = if inline { "inline" } else { "by name" };
        println!(
            "{count:5}  {templates:9}  {:9}  {create:15}  {status:21}  {label}",
            body.len()
        );
        Ok(())
    }

    /// The least time and the least CPU of the API server that one request took.
    async fn cost(
        &self,
        request: impl Fn(usize) -> http::request::Builder,
        body: impl Fn(usize) -> String,
    ) -> Result<String> {
        let (mut time, mut cpu) = (Duration::MAX, Duration::MAX);
        for number in 0..TRIES {
            let (start, cpu_before) = (Instant::now(), self.cpu()?);
            self.send(request(number), body(number)).await?;
            time = time.min(start.elapsed());
            cpu = cpu.min(self.cpu()?.saturating_sub(cpu_before));
        }
        Ok(format!("{} ({})", time.as_millis(), cpu.as_millis()))
    }

    async fn send(&self, request: http::request::Builder, body: String) -> Result<Value> {
        let json = "application/json";
        let has_type = request
            .headers_ref()
            .is_some_and(|headers| headers.contains_key("content-type"));
        let request = if has_type {
            request
        } else {
            request.header("content-type", json)
        };
        Ok(self.client.request(request.body(body.into_bytes())?).await?)
    }

    /// The CPU time that the API server has taken so far.
    fn cpu(&self) -> Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.apiserver))?;
        let (_, fields) = stat.rsplit_once(')').context("an odd line in /proc")?;
        // `utime` and `stime` are fields 14 and 15; the state, the first behind the name, is field 3.
        let ticks = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse::<u64>)
            .sum::<Result<u64, _>>()?;
        Ok(Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND))
    }
}

/// A chain of `count` flows.
fn job_flow(count: usize, inline: bool) -> Value {
    let pod = json!({
        "restartPolicy": "Never",
        "containers": [{"name": "main", "image": "busybox:1.28", "command": ["sh", "-c", "echo hello"]}],
    });
    let name = |number: usize| format!("step-{number:05}");
    let flows = (0..count).map(|number| {
        let before: Vec<String> = number.checked_sub(1).map(name).into_iter().collect();
        let mut flow = json!({"name": name(number), "dependencies": before});
        let (field, job) = if inline {
            ("jobTemplate", json!({"template": {"spec": pod}}))
        } else {
            ("jobTemplateRef", json!("template"))
        };
        if let Value::Object(flow) = &mut flow {
            flow.insert(field.to_owned(), job);
        }
        flow
    });
    json!({
        "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow",
        "metadata": {"generateName": "large-"}, "spec": {"flows": flows.collect::<Vec<_>>()},
    })
}
