//! The real API server, asked by HTTP: kubectl would need a process for each of hundreds of questions.
#![expect(
    clippy::panic,
    reason = "an API server that gives no answer fails the test that asked"
)]

use std::time::Duration;

use http::Request;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::Value;
use test_cluster::Cluster;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;

/// A connection to the API server as the administrator.
pub struct Api {
    runtime: Runtime,
    client: Client,
}

/// Why something was refused.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// `field: message` of each cause, in order.
    pub causes: Vec<String>,
    /// The message for where causes are not shown.
    pub message: String,
}

impl Api {
    pub fn connect(cluster: &Cluster) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let kubeconfig = Kubeconfig::read_from(cluster.kubeconfig()).unwrap();
        let client = runtime.block_on(async {
            let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
                .await
                .unwrap();
            Client::try_from(config).unwrap()
        });
        Self { runtime, client }
    }

    /// Makes the object, with the strictness of kubectl.
    pub fn create(&self, collection: &str, body: String, dry_run: bool) -> Result<Value, Refusal> {
        self.send(Request::post(address(collection, dry_run)), body)
    }

    /// The object as it is.
    pub fn read(&self, object: &str) -> Result<Value, Refusal> {
        self.send(Request::get(object), String::new())
    }

    /// Replaces the object, without storing the new one.
    pub fn replace(&self, object: &str, body: String) -> Result<Value, Refusal> {
        self.send(Request::put(address(object, true)), body)
    }

    /// Creates what `body` makes of a number, so many times a second and without storing it, while `work` is done. Returns how often,
    /// and what was said where it failed.
    pub fn under_load<T>(
        &self,
        (collection, per_second): (&str, u32),
        body: impl Fn(usize) -> String + Send + 'static,
        work: impl FnOnce() -> T,
    ) -> (T, usize, Vec<String>) {
        let stop = CancellationToken::new();
        let (client, path, stopped) = (self.client.clone(), address(collection, true), stop.clone());
        let load = self.runtime.spawn(async move {
            let mut due = interval(Duration::from_secs(1) / per_second);
            let mut calls = JoinSet::new();
            for number in 0.. {
                tokio::select! {
                    _ = due.tick() => {}
                    () = stopped.cancelled() => break,
                }
                let request = Request::post(&path).header("content-type", "application/json");
                let request = request.body(body(number).into_bytes()).unwrap();
                let client = client.clone();
                calls.spawn(async move { client.request::<Value>(request).await });
            }
            calls.join_all().await
        });
        let done = work();
        stop.cancel();
        let limit = Duration::from_secs(60);
        let answers = self.runtime.block_on(async { timeout(limit, load).await });
        let answers = answers.expect("every call ends within its own time limit").unwrap();
        let failures = answers.iter().filter_map(|answer| answer.as_ref().err());
        let failures = failures.map(ToString::to_string).collect();
        (done, answers.len(), failures)
    }

    fn send(&self, request: http::request::Builder, body: String) -> Result<Value, Refusal> {
        let request = request
            .header("content-type", "application/json")
            .body(body.into_bytes())
            .unwrap();
        self.runtime
            .block_on(self.client.request::<Value>(request))
            .map_err(|error| match error {
                kube::Error::Api(status) => Refusal {
                    causes: status
                        .details
                        .iter()
                        .flat_map(|details| &details.causes)
                        .map(|cause| format!("{}: {}", cause.field, cause.message))
                        .collect(),
                    message: status.message.clone(),
                },
                error => panic!("the API server gave no answer: {error}"),
            })
    }
}

fn address(path: &str, dry_run: bool) -> String {
    let dry_run = if dry_run { "&dryRun=All" } else { "" };
    format!("{path}?fieldValidation=Strict{dry_run}")
}
