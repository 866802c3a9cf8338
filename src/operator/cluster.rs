//! The way to the cluster, and one sentence for a user when there is none.

use std::error::Error;
use std::time::Duration;

use anyhow::{Context, anyhow};
use kube::config::InferConfigError;
use kube::{Client, Config};
use tokio::time::timeout;

/// How long the first answer of the API server may take.
const FIRST_ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// What to look at, after every sentence about a cluster that is not there.
const WHAT_TO_CHECK: &str = "check that the cluster runs and that KUBECONFIG names the right file and context";

/// A client for the cluster, which has answered once.
pub(super) async fn connect() -> anyhow::Result<Client> {
    let config = Config::infer().await.map_err(|error| no_cluster(&error))?;
    let address = config.cluster_url.to_string();
    let client = Client::try_from(config).with_context(|| format!("cannot use the settings for '{address}'"))?;
    match timeout(FIRST_ANSWER_TIMEOUT, client.apiserver_version()).await {
        Ok(Ok(version)) => {
            tracing::info!(address, version = version.git_version, "connected to the cluster");
            Ok(client)
        }
        Ok(Err(kube::Error::Api(status))) if matches!(status.code, 401 | 403) => Err(anyhow!(
            "the API server at '{address}' refuses our credentials ({}): {WHAT_TO_CHECK}",
            status.message
        )),
        Ok(Err(error)) => Err(anyhow!(
            "cannot reach the API server at '{address}' ({}): {WHAT_TO_CHECK}",
            innermost(&error)
        )),
        Err(_) => Err(anyhow!(
            "the API server at '{address}' did not answer within {} seconds: {WHAT_TO_CHECK}",
            FIRST_ANSWER_TIMEOUT.as_secs()
        )),
    }
}

/// There is neither a service account nor a usable kubeconfig; the second is what a user can mend.
fn no_cluster(error: &InferConfigError) -> anyhow::Error {
    let why = error.source().map(ToString::to_string).unwrap_or_default();
    anyhow!("found no cluster to work with ({why}): set KUBECONFIG, or run inside a cluster")
}

/// The end of the chain of causes: "connection refused", and not that a service call failed.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
