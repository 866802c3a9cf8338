//! Creates at a steady pace while something else goes on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use http::Request;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use test_cluster::Cluster;

/// When creates are sent: so many at once, and again after a pause.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    at_once: usize,
    pause: Duration,
}

/// 20 a second.
const STEADY: Pace = Pace {
    at_once: 1,
    pause: Duration::from_millis(50),
};

/// API servers keep 25 connections to a webhook: each burst makes new ones, and so asks for the certificate again.
pub const BURSTS: Pace = Pace {
    at_once: 40,
    pause: Duration::from_secs(2),
};

/// Creates JobFlows by dry run until `work` has ended, and returns how many there were and what failed.
pub fn under_creates<T>(cluster: &Cluster, namespace: &str, work: impl FnOnce() -> T) -> (T, usize, Vec<String>) {
    under_load(cluster, namespace, STEADY, work)
}

/// The same at another pace.
pub fn under_load<T>(
    cluster: &Cluster,
    namespace: &str,
    pace: Pace,
    work: impl FnOnce() -> T,
) -> (T, usize, Vec<String>) {
    let kubeconfig = Kubeconfig::read_from(cluster.kubeconfig()).unwrap();
    let path = format!("/apis/api.practice.com/v1alpha1/namespaces/{namespace}/jobflows?dryRun=All");
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let load = scope.spawn(|| {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
                creates(&Client::try_from(config.unwrap()).unwrap(), &path, pace, &ended).await
            })
        });
        let result = {
            let _ends = Ends(&ended);
            work()
        };
        let (count, failures) = load.join().unwrap();
        (result, count, failures)
    })
}

/// Ends the load also when the work panics: otherwise the test would wait for it for ever.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

async fn creates(client: &Client, path: &str, pace: Pace, ended: &AtomicBool) -> (usize, Vec<String>) {
    let mut tasks = Vec::new();
    while !ended.load(Ordering::SeqCst) {
        for _ in 0..pace.at_once {
            let body = flow(&format!("load-{}", tasks.len()), "true").to_string();
            let request = Request::post(path).header("content-type", "application/json");
            let (request, client) = (request.body(body.into_bytes()).unwrap(), client.clone());
            tasks.push(tokio::spawn(async move { client.request::<Value>(request).await }));
        }
        tokio::time::sleep(pace.pause).await;
    }
    let count = tasks.len();
    let mut failures = Vec::new();
    for task in tasks {
        if let Err(error) = task.await.unwrap() {
            failures.push(error.to_string());
        }
    }
    (count, failures)
}

/// A flow of one step that runs this script.
pub fn flow(name: &str, script: &str) -> Value {
    let container = json!({"name": "main", "image": "busybox:1.28", "command": ["sh", "-c", script]});
    json!({
        "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": name},
        "spec": {"flows": [{"name": "work", "jobTemplate": {"template": {"spec": {"containers": [container]}}}}]},
    })
}
