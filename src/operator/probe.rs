//! `jobflow probe`: asks a cluster about a good and a broken JobFlow, as a user's `kubectl create --dry-run=server` does.
//!
//! Nothing else proves the whole way at once: Service, endpoints, certificate, trust, rules, and the CRDs.

use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use clap::Args;
use crds::JobFlow;
use kube::Api;
use kube::api::PostParams;
use rustls::crypto::ring;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep};

use super::cluster;

/// How long to wait between two attempts.
const PAUSE: Duration = Duration::from_secs(1);

/// The rule by which the broken one must be refused.
const CYCLE: &str = "[JF203]";

/// Check that a cluster admits a good JobFlow and refuses a cyclic one, by dry run
///
/// Tries until both are so: the parts of a new installation come together one by one.
///
/// Exit status: 0 when both are so, 1 when they are not in time.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  jobflow probe
  jobflow probe --namespace team-a --timeout-seconds 30")]
pub struct ProbeArgs {
    /// Where to ask; nothing is stored there
    #[arg(long, value_name = "NAMESPACE", default_value = "default")]
    namespace: String,

    /// How long to try
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    timeout_seconds: u64,
}

/// Runs the check.
///
/// # Errors
/// When the cluster does not answer as it should in time.
pub fn run(args: &ProbeArgs) -> anyhow::Result<()> {
    // Two providers in one program make rustls panic where a library chooses by itself; kube does.
    let _ = ring::default_provider().install_default();
    Runtime::new()
        .context("cannot start the async runtime")?
        .block_on(probe(args))
}

async fn probe(args: &ProbeArgs) -> anyhow::Result<()> {
    let end = Instant::now() + Duration::from_secs(args.timeout_seconds);
    loop {
        let Err(problem) = attempt(&args.namespace).await else {
            println!("a good JobFlow is admitted, and a cyclic one is refused");
            return Ok(());
        };
        if Instant::now() >= end {
            bail!("after {} seconds: {problem:#}", args.timeout_seconds);
        }
        sleep(PAUSE).await;
    }
}

async fn attempt(namespace: &str) -> anyhow::Result<()> {
    let flows: Api<JobFlow> = Api::namespaced(cluster::connect().await?, namespace);
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    // Admitted only if the mutating webhook is called too: what was not normalized is refused.
    let good = flows
        .create(&dry_run, &job_flow(&[("a", None), ("b", Some("a"))])?)
        .await;
    good.map_err(|error| anyhow!("a good JobFlow is not admitted: {}", told(&error)))?;
    match flows
        .create(&dry_run, &job_flow(&[("a", Some("b")), ("b", Some("a"))])?)
        .await
    {
        Ok(_) => {
            bail!("a cyclic JobFlow is admitted: the validating webhook is not called for namespace '{namespace}'")
        }
        Err(error) => {
            let told = told(&error);
            ensure!(
                told.contains(CYCLE),
                "a cyclic JobFlow is refused by somebody else: {told}"
            );
            Ok(())
        }
    }
}

/// What the API server said, without how it was carried.
fn told(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.message.clone(),
        other => other.to_string(),
    }
}

/// A JobFlow with these flows, each with the one it depends on.
fn job_flow(flows: &[(&str, Option<&str>)]) -> anyhow::Result<JobFlow> {
    let container = json!({"name": "probe", "image": "probe"});
    let flow = |(name, dependency): &(&str, Option<&str>)| -> Value {
        json!({
            "name": name,
            "dependencies": dependency.iter().collect::<Vec<_>>(),
            "jobTemplate": {"template": {"spec": {"containers": [container]}}},
        })
    };
    let flows: Vec<Value> = flows.iter().map(flow).collect();
    let object = json!({
        "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow",
        "metadata": {"generateName": "jobflow-probe-"}, "spec": {"flows": flows},
    });
    serde_json::from_value(object).context("the probe's own JobFlow")
}

#[cfg(test)]
mod tests {
    use super::job_flow;

    #[test]
    fn the_flows_of_the_probe_are_read() {
        let flow = job_flow(&[("a", Some("b")), ("b", Some("a"))]).unwrap();
        let dependencies: Vec<_> = flow.spec.flows.iter().map(|flow| flow.dependencies.clone()).collect();
        assert_eq!(format!("{dependencies:?}"), r#"[["b"], ["a"]]"#);
    }
}
