//! The real API server, asked what it thinks of a Job.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};
use http::Request;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use test_cluster::Cluster;

use crate::template::JOB_NAME;

/// How many questions are asked at the same time.
const REQUESTS_AT_ONCE: usize = 8;

/// What the API server says of a Job.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It would be created.
    Accepted,
    /// It would not, because of what is wrong at these fields.
    Refused(BTreeSet<String>),
    /// It cannot even be read: no field is named.
    Unreadable(String),
}

/// Asks about the Jobs with these specs, in order. Nothing is created.
pub fn answers(jobs: Vec<Value>) -> Vec<Answer> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let kubeconfig = Kubeconfig::read_from(Cluster::shared().unwrap().kubeconfig()).unwrap();
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
            .await
            .unwrap();
        let client = Client::try_from(config).unwrap();
        let asked = jobs.into_iter().map(|job| ask(client.clone(), job));
        stream::iter(asked)
            .buffered(REQUESTS_AT_ONCE)
            .try_collect()
            .await
            .unwrap()
    })
}

/// The Job as the engine would make it; `spec` may be faulty, so it is not made by the engine.
pub fn job(mut spec: Value) -> Value {
    if spec.get("backoffLimit").is_none() && spec.get("backoffLimitPerIndex").is_none() {
        spec["backoffLimit"] = json!(0);
    }
    let template = &mut spec["template"];
    if template.is_null() || template.is_object() && (template["spec"].is_null() || template["spec"].is_object()) {
        template["spec"]["restartPolicy"] = json!("Never");
    }
    json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": JOB_NAME}, "spec": spec})
}

async fn ask(client: Client, job: Value) -> kube::Result<Answer> {
    let uri = "/apis/batch/v1/namespaces/default/jobs?dryRun=All&fieldValidation=Strict";
    let body = job.to_string().into_bytes();
    let request = Request::post(uri)
        .header("content-type", "application/json")
        .body(body)
        .unwrap();
    match client.request::<Value>(request).await {
        Ok(_) => Ok(Answer::Accepted),
        Err(kube::Error::Api(status)) => {
            let causes = status
                .details
                .as_ref()
                .map(|details| &details.causes[..])
                .unwrap_or_default();
            let fields: BTreeSet<String> = causes.iter().map(|cause| cause.field.clone()).collect();
            Ok(if fields.is_empty() {
                Answer::Unreadable(status.message.clone())
            } else {
                Answer::Refused(fields)
            })
        }
        Err(error) => Err(error),
    }
}
