//! Another mutating webhook, called after ours, that undoes what ours did (ADMISSION.md 3.3: F14).

use std::fs;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs::{Identity, Protocol, TlsMinimum};
use prometheus_client::registry::Registry;
use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::ring;
use serde_json::{Value, json};
use tempfile::TempDir;
use test_cluster::{Deadline, Kubectl, Reach, until};
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;
use webhook::{Metrics, ServeLimits};

use crate::Lab;

/// Sorts behind ours, and mutating webhooks are called in that order.
const NAME: &str = "zz.stranger.example.com";
const FLOW: &str = "apiVersion: api.practice.com/v1alpha1
kind: JobFlow
metadata: {name: edited}
spec: {flows: [{name: a, jobTemplate: {template: {spec: {containers: [{name: main, image: busybox:1.28}]}}}}]}
";

/// A webhook of somebody else; it and its configuration go with the value.
struct Stranger {
    kubectl: Kubectl,
    stop: CancellationToken,
    _runtime: Runtime,
    _certificates: TempDir,
}

impl Stranger {
    fn start(kubectl: &Kubectl) -> Self {
        let certificates = TempDir::new().unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = certificate.self_signed(&key).unwrap().pem();
        fs::write(certificates.path().join("tls.crt"), &certificate).unwrap();
        fs::write(certificates.path().join("tls.key"), key.serialize_pem()).unwrap();
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let stop = CancellationToken::new();
        let identity = Identity::new(certificates.path(), None, Arc::new(ring::default_provider()));
        identity.refresh(SystemTime::now()).unwrap();
        let port = runtime.block_on(serve(identity, stop.clone()));
        let stranger = Self {
            kubectl: kubectl.clone(),
            stop,
            _runtime: runtime,
            _certificates: certificates,
        };
        let configuration = configuration(port, &certificate).to_string();
        kubectl.apply(&configuration).unwrap().success().unwrap();
        stranger
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.kubectl.run(&["delete", "mutatingwebhookconfiguration", NAME]);
        self.stop.cancel();
    }
}

/// Serves on a free port, which it returns.
async fn serve(identity: Identity, stop: CancellationToken) -> u16 {
    let tls = certs::server_config(Arc::new(identity), None, TlsMinimum::default(), &[Protocol::Http11]).unwrap();
    let listener = webhook::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = listener.local_addr().unwrap().port();
    let app = Router::new().route("/edit", post(edit));
    let metrics = Metrics::new(&mut Registry::default());
    tokio::spawn(webhook::serve(
        listener,
        Arc::new(tls),
        app,
        metrics,
        ServeLimits::default(),
        stop,
    ));
    port
}

fn configuration(port: u16, certificate: &str) -> Value {
    let rule = json!({
        "apiGroups": ["api.practice.com"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["jobflows"],
    });
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "metadata": {"name": NAME},
        "webhooks": [{
            "name": NAME, "rules": [rule], "admissionReviewVersions": ["v1"], "sideEffects": "None", "failurePolicy": "Fail",
            "clientConfig": {"url": format!("https://127.0.0.1:{port}/edit"), "caBundle": STANDARD.encode(certificate)},
        }],
    })
}

/// Adds a flow that is not normalized to an object that it has not edited yet.
async fn edit(review: Bytes) -> String {
    let review: Value = serde_json::from_slice(&review).unwrap();
    let mut response = json!({"uid": review["request"]["uid"], "allowed": true});
    let flows = review["request"]["object"]["spec"]["flows"].as_array();
    if flows.is_some_and(|flows| flows.iter().all(|flow| flow["name"] != "added")) {
        let pod = json!({"restartPolicy": "OnFailure", "containers": [{"name": "main", "image": "busybox:1.28"}]});
        let flow = json!({"name": "added", "dependencies": ["a", "a"], "jobTemplate": {"template": {"spec": pod}}});
        let patch = json!([{"op": "add", "path": "/spec/flows/-", "value": flow}]).to_string();
        response["patchType"] = json!("JSONPatch");
        response["patch"] = json!(STANDARD.encode(patch));
    }
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}).to_string()
}

/// Tries to create the object without storing it, until the API server has noticed a change of the webhooks that makes it
/// answer as `wanted` says.
fn tried<T>(kubectl: &Kubectl, what: &str, wanted: impl Fn(i32, &str) -> Option<T>) -> T {
    let answer = until(what, Deadline::after(Duration::from_secs(30)), || {
        let args = ["create", "--dry-run=server", "-o", "json", "-f", "-"];
        let output = kubectl.run_with_input(&args, FLOW)?;
        let text = if output.status == 0 {
            &output.stdout
        } else {
            &output.stderr
        };
        wanted(output.status, text).ok_or_else(|| anyhow::anyhow!("{output:?}"))
    });
    answer.unwrap()
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn f14_what_another_webhook_changes_after_ours_is_normalized_in_a_second_turn() {
    let lab = Lab::new(Reach::Loopback);
    let namespace = lab.cluster.namespace("stranger").unwrap();
    let kubectl = namespace.kubectl();
    let _stranger = Stranger::start(kubectl);
    let added = tried(kubectl, "the other webhook is called", |status, text| {
        let object: Value = serde_json::from_str(text).ok().filter(|_| status == 0)?;
        Some(object.pointer("/spec/flows/1")?.clone())
    });
    assert_eq!(added["name"], "added");
    assert_eq!(added["dependencies"], json!(["a"]));
    assert_eq!(added["jobTemplate"]["template"]["spec"]["restartPolicy"], "Never");

    // Without the second turn nothing that is not normalized gets in all the same: the validating webhook refuses it.
    let patch = r#"[{"op":"replace","path":"/webhooks/0/reinvocationPolicy","value":"Never"}]"#;
    let ours = [
        "patch",
        "mutatingwebhookconfiguration",
        "mutate.api.practice.com",
        "--type=json",
        "--patch",
        patch,
    ];
    kubectl.run(&ours).unwrap().success().unwrap();
    let refusal = tried(kubectl, "ours is called once only", |status, text| {
        (status != 0).then(|| text.to_owned())
    });
    assert!(
        refusal.contains("spec.flows[1].jobTemplate.template.spec.restartPolicy"),
        "{refusal}"
    );
    assert!(refusal.contains("[XX402]"), "{refusal}");
}
