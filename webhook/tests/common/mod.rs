//! Reviews, objects and a webhook without a socket, for the tests of this folder.
#![allow(dead_code, reason = "each test file uses a part")]

#[macro_use]
pub mod hostile;
pub mod server;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use futures::StreamExt;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use jobflow_core::admission::{NoTemplates, TemplateIndex};
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tower::ServiceExt;
use webhook::{Metrics, Webhook, app};

pub use hostile::UID;

/// A webhook, and what it counts.
pub struct Lab {
    pub app: Router,
    pub metrics: Arc<Metrics>,
    registry: Mutex<Registry>,
}

impl Lab {
    pub fn new() -> Self {
        Self::asking(Arc::new(NoTemplates))
    }

    pub fn asking(templates: Arc<dyn TemplateIndex>) -> Self {
        let mut registry = Registry::default();
        let metrics = Metrics::new(&mut registry);
        let webhook = Arc::new(Webhook::new(templates, Arc::clone(&metrics)));
        let registry = Mutex::new(registry);
        Self {
            app: app(webhook),
            metrics,
            registry,
        }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: head.status,
            headers: head.headers,
            body,
        }
    }

    /// The answer to raw bytes.
    pub async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.send(request(path).body(body.into()).unwrap()).await
    }

    /// The `response` to a review.
    pub async fn review(&self, path: &str, review: &Value) -> Value {
        self.post(path, review.to_string()).await.response()
    }

    pub async fn mutate(&self, object: &Value) -> Value {
        self.review("/mutate?timeout=5s", &create(object)).await
    }

    pub async fn validate(&self, object: &Value) -> Value {
        self.review("/validate?timeout=5s", &create(object)).await
    }

    /// Nine bodies of 6.9 MiB that never end, while the result lives: there is room for less than 2 MiB more.
    pub async fn hold_memory(&self) -> JoinSet<StatusCode> {
        let mut holders = JoinSet::new();
        for _ in 0..9 {
            let app = self.app.clone();
            let review = request("/validate").body(unfinished()).unwrap();
            holders.spawn(async move { app.oneshot(review).await.unwrap().status() });
        }
        let all_hold = async {
            while self.metric("jobflow_admission_in_flight") < 9.0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(server::PATIENCE, all_hold).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        holders
    }

    /// The value of one line of `/metrics`, 0 where there is none.
    pub fn metric(&self, line: &str) -> f64 {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry.lock().unwrap()).unwrap();
        let value = text
            .lines()
            .find_map(|it| it.strip_prefix(line)?.strip_prefix(' ')?.parse().ok());
        value.unwrap_or(0.0)
    }
}

fn unfinished() -> Body {
    let first = futures::stream::once(async { Ok(Frame::data(Bytes::from(vec![b' '; 7_235_174]))) });
    let rest = futures::stream::pending::<Result<Frame<Bytes>, std::io::Error>>();
    Body::new(StreamBody::new(first.chain(rest)))
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn response(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        assert_eq!(self.headers["content-type"], "application/json");
        let review: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(review["apiVersion"], "admission.k8s.io/v1");
        assert_eq!(review["kind"], "AdmissionReview");
        assert_eq!(review["response"]["uid"], UID);
        review["response"].clone()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A request as an API server sends it, without a body.
pub fn request(path: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("content-type", "application/json")
}

/// The review of a new object, with all fields that a real one has.
pub fn create(object: &Value) -> Value {
    let kind = object["kind"].as_str().unwrap_or("JobFlow");
    let plural = format!("{}s", kind.to_lowercase());
    let gvk = json!({"group": "api.practice.com", "version": "v1alpha1", "kind": kind});
    let gvr = json!({"group": "api.practice.com", "version": "v1alpha1", "resource": plural});
    let mut review = json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": UID,
            "kind": gvk,
            "resource": gvr,
            "requestKind": gvk,
            "requestResource": gvr,
            "namespace": "default",
            "operation": "CREATE",
            "userInfo": {"username": "alice", "groups": ["system:authenticated"]},
            "object": object,
            "oldObject": null,
            "dryRun": false,
            "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1", "fieldValidation": "Strict"},
        },
    });
    if let Some(name) = object.pointer("/metadata/name") {
        review["request"]["name"] = name.clone();
    }
    review
}

pub fn update(old: &Value, new: &Value) -> Value {
    let mut review = create(new);
    review["request"]["operation"] = json!("UPDATE");
    review["request"]["oldObject"] = old.clone();
    review
}

/// A JobFlow, normalized and valid where `flows` are.
pub fn job_flow(flows: impl Into<Value>) -> Value {
    json!({
        "apiVersion": "api.practice.com/v1alpha1",
        "kind": "JobFlow",
        "metadata": {"name": "demo", "namespace": "default"},
        "spec": {"flows": flows.into()},
    })
}

/// One step, normalized.
pub fn flow(name: &str, dependencies: &[&str]) -> Value {
    let container = json!({"name": "main", "image": "busybox:1.28", "command": ["true"]});
    json!({
        "name": name,
        "dependencies": dependencies,
        "jobTemplate": {"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}},
    })
}

/// Five steps in a diamond with a tail.
pub fn example() -> Value {
    job_flow(vec![
        flow("a", &[]),
        flow("b", &["a"]),
        flow("c", &["a"]),
        flow("d", &["b", "c"]),
        flow("e", &["d"]),
    ])
}

/// The JSON Patch of a response.
pub fn decoded_patch(response: &Value) -> json_patch::Patch {
    use base64::Engine;
    assert_eq!(response["patchType"], "JSONPatch");
    let text = response["patch"].as_str().expect("a patch is a base64 string");
    let json = base64::prelude::BASE64_STANDARD.decode(text).unwrap();
    serde_json::from_slice(&json).unwrap()
}

/// The causes of a denial as `field: message`, after a check of what every denial must have.
pub fn causes(response: &Value) -> Vec<String> {
    assert_eq!(response["allowed"], false, "{response}");
    let status = &response["status"];
    assert_eq!(status["status"], "Failure");
    assert_eq!(status["code"], 422);
    assert_eq!(status["reason"], "Invalid");
    assert!(!status["message"].as_str().unwrap().is_empty());
    assert!(response.get("patch").is_none() && response.get("patchType").is_none());
    let causes = status["details"]["causes"].as_array().unwrap();
    causes
        .iter()
        .map(|cause| format!("{}: {}", text(&cause["field"]), text(&cause["message"])))
        .collect()
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub fn assert_allowed_untouched(response: &Value) {
    assert_eq!(response["allowed"], true, "{response}");
    for key in ["patch", "patchType", "status", "warnings"] {
        assert!(response.get(key).is_none(), "{key} in {response}");
    }
}
