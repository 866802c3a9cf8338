//! Any bytes as the body of both paths of the webhook.
#![no_main]

#[path = "../../webhook/tests/common/answer.rs"]
mod answer;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use jobflow_core::admission::NoTemplates;
use libfuzzer_sys::fuzz_target;
use prometheus_client::registry::Registry;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;
use webhook::{Metrics, Webhook, app};

/// The service, and what runs it: without a socket, since TLS and HTTP are not ours.
static WEBHOOK: LazyLock<(Runtime, Router)> = LazyLock::new(|| {
    let metrics = Metrics::new(&mut Registry::default());
    let service = app(Arc::new(Webhook::new(Arc::new(NoTemplates), metrics)));
    let runtime = Builder::new_current_thread().enable_time().build();
    (runtime.expect("a runtime can be started"), service)
});

async fn post(service: &Router, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
    let request = Request::post(path).header("content-type", "application/json");
    let request = request.body(Body::from(body.to_vec())).expect("the head is fixed");
    let (head, answer) = service
        .clone()
        .oneshot(request)
        .await
        .expect("the service never fails")
        .into_parts();
    let answer = answer
        .collect()
        .await
        .expect("an answer is there as a whole")
        .to_bytes();
    (head.status.as_u16(), answer.to_vec())
}

fuzz_target!(|body: &[u8]| {
    let (runtime, service) = &*WEBHOOK;
    for path in ["/mutate", "/validate"] {
        let (status, answer) = runtime.block_on(post(service, path, body));
        let patch = answer::check(body, status, &answer);
        assert!(
            patch.is_none() || path == "/mutate",
            "a validating webhook may not patch"
        );
    }
});
