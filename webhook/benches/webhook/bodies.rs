//! What is sent: reviews of valid flows in three sizes.

use hyper::body::Bytes;
use serde_json::{Value, json};

pub use crate::hostile::UID;

pub struct Subject {
    pub name: &'static str,
    pub body: Bytes,
}

pub fn subjects() -> [Subject; 3] {
    let subject = |name, flows, width, padding| {
        let body = review(&job_flow(flows, width, padding)).to_string().into();
        Subject { name, body }
    };
    [
        subject("5 flows", 5, 2, 300),
        subject("50 flows", 50, 3, 200),
        subject("256 flows, 1 MB", 256, 20, 3_000),
    ]
}

/// Flows that depend on the `width` flows before them, each with `padding` bytes of script.
fn job_flow(count: usize, width: usize, padding: usize) -> Value {
    let script = "echo working; ".repeat(padding / 14);
    let flows = (0..count).map(|index| {
        let dependencies: Vec<String> = (index.saturating_sub(width)..index).map(|it| format!("step-{it:04}")).collect();
        let container = json!({
            "name": "main", "image": "busybox:1.28", "command": ["sh", "-c", script], "imagePullPolicy": "IfNotPresent",
            "env": [{"name": "INDEX", "value": index.to_string()}], "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
        });
        json!({"name": format!("step-{index:04}"), "dependencies": dependencies,
            "jobTemplate": {"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}}})
    });
    object(&flows.collect())
}

fn object(flows: &Value) -> Value {
    json!({
        "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow",
        "metadata": {"name": "demo", "namespace": "default", "uid": UID, "creationTimestamp": "2026-01-01T00:00:00Z", "generation": 1},
        "spec": {"flows": flows},
    })
}

fn review(object: &Value) -> Value {
    let kind = json!({"group": "api.practice.com", "version": "v1alpha1", "kind": "JobFlow"});
    let resource = json!({"group": "api.practice.com", "version": "v1alpha1", "resource": "jobflows"});
    json!({
        "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": UID, "kind": kind, "resource": resource, "requestKind": kind, "requestResource": resource,
            "name": "demo", "namespace": "default", "operation": "CREATE",
            "userInfo": {"username": "alice", "groups": ["system:authenticated"]},
            "object": object, "oldObject": null, "dryRun": false,
            "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1", "fieldValidation": "Strict"},
        },
    })
}
