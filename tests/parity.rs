//! One verdict everywhere: every golden case goes through the webhook as an API server sends it, and through
//! `jobflow validate`, and both name the same rules at the same paths.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http_body_util::BodyExt as _;
use jobflow_core::admission::{Presence, TemplateIndex};
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use webhook::{Metrics, Webhook, app};

/// Rules that only one of the two can speak of, and why.
const ALONE: [(&str, &str); 2] = [
    ("XX006", "the API server knows no such kind, so it asks no webhook"),
    (
        "XX901",
        "a file that is nested so deeply is not read, so it is no finding",
    ),
];

/// Findings as pairs of rule and path.
type Findings = BTreeSet<(String, String)>;

/// What one side says of a case: what denies, and what warns.
#[derive(Debug, Default, PartialEq, Eq)]
struct Verdict {
    denials: Findings,
    warnings: Findings,
}

/// The world of the golden cases: templates are as their names say.
struct World;

impl TemplateIndex for World {
    fn presence(&self, _: &str, name: &str) -> Presence {
        if name.starts_with("absent") {
            Presence::Absent
        } else {
            Presence::Present
        }
    }

    fn unfinished_users(&self, _: &str, _: &str) -> Vec<String> {
        Vec::new()
    }
}

#[tokio::test]
async fn the_webhook_and_the_pipeline_give_every_golden_case_the_same_verdict() {
    let objects: BTreeMap<PathBuf, Value> = cases()
        .into_iter()
        .filter_map(|case| read(&case).map(|object| (case, object)))
        .collect();
    assert!(objects.len() > 300, "only {} cases", objects.len());
    let mut offline = offline(&objects);
    let webhook = the_webhook();
    let mut differences = Vec::new();
    let mut compared = 0;
    for (case, object) in &objects {
        let ours = offline.remove(case).unwrap_or_default();
        let theirs = online(&webhook, object).await;
        let is_alone = |rule: &str| ours.denials.iter().chain(&theirs.denials).any(|(id, _)| id == rule);
        if ALONE.iter().any(|(rule, _)| is_alone(rule)) {
            continue;
        }
        compared += 1;
        if ours != theirs {
            differences.push(format!(
                "{}:\n  validate {ours:?}\n  webhook  {theirs:?}",
                case.display()
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(
        compared + 10 > objects.len(),
        "only {compared} of {} were compared",
        objects.len()
    );
}

/// What `jobflow validate` says of all cases, which it reads in one world with the templates that there are.
fn offline(objects: &BTreeMap<PathBuf, Value>) -> BTreeMap<PathBuf, Verdict> {
    let templates = tempfile::tempdir().unwrap();
    for (number, name) in objects.values().flat_map(references).enumerate() {
        let template =
            json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobTemplate", "metadata": {"name": name}});
        fs::write(templates.path().join(format!("{number}.json")), template.to_string()).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_jobflow"))
        .args(["validate", "--no-config", "-o", "json", "--templates"])
        .arg(templates.path())
        .args(objects.keys())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut verdicts: BTreeMap<PathBuf, Verdict> = BTreeMap::new();
    for finding in printed["findings"].as_array().unwrap() {
        let verdict = verdicts.entry(PathBuf::from(text(&finding["file"]))).or_default();
        let said = (text(&finding["rule"]).to_owned(), text(&finding["path"]).to_owned());
        match text(&finding["severity"]) {
            "deny" => verdict.denials.insert(said),
            _ => verdict.warnings.insert(said),
        };
    }
    verdicts
}

/// The names of the templates that an object refers to and that there are.
fn references(object: &Value) -> Vec<String> {
    let flows = object
        .pointer("/spec/flows")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let names = flows.filter_map(|flow| flow.get("jobTemplateRef")?.as_str());
    let names = names.filter(|name| !name.is_empty() && !name.starts_with("absent"));
    names.map(str::to_owned).collect()
}

fn the_webhook() -> Router {
    let metrics = Metrics::new(&mut Registry::default());
    app(Arc::new(Webhook::new(Arc::new(World), metrics)))
}

/// What a new object meets on its way into the cluster: the mutating webhook, and what that lets through, mended, the other.
async fn online(webhook: &Router, object: &Value) -> Verdict {
    let mut verdict = Verdict::default();
    let mutated = ask(webhook, "/mutate?timeout=10s", object).await;
    verdict.take(&mutated);
    if mutated["allowed"] == false {
        return verdict;
    }
    let mut stored = object.clone();
    if let Some(patch) = mutated["patch"].as_str() {
        let patch: json_patch::Patch = serde_json::from_slice(&BASE64_STANDARD.decode(patch).unwrap()).unwrap();
        json_patch::patch(&mut stored, &patch).unwrap();
    }
    verdict.take(&ask(webhook, "/validate?timeout=10s", &stored).await);
    // What has the wrong type passes the mutating webhook as it is, and the API server's schema refuses it in between.
    verdict.denials.retain(|(rule, _)| rule != "XX402");
    verdict
}

async fn ask(webhook: &Router, path: &str, object: &Value) -> Value {
    let (group, version) = text(&object["apiVersion"]).split_once('/').unwrap_or_default();
    let review = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002", "operation": "CREATE", "namespace": "default", "dryRun": false,
        "kind": {"group": group, "version": version, "kind": object["kind"]},
        "name": object.pointer("/metadata/name").unwrap_or(&Value::Null), "object": object, "oldObject": null,
    }});
    let request = Request::post(path).header("content-type", "application/json");
    let request = request.body(Body::from(review.to_string())).unwrap();
    let response = webhook.clone().oneshot(request).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let answer: Value = serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{body:?}"));
    answer["response"].clone()
}

impl Verdict {
    /// Adds what a response of the webhook says.
    fn take(&mut self, response: &Value) {
        let causes = response.pointer("/status/details/causes").and_then(Value::as_array);
        for cause in causes.into_iter().flatten() {
            let rule = id(text(&cause["message"]));
            self.denials.insert((rule, text(&cause["field"]).to_owned()));
        }
        for warning in response["warnings"].as_array().into_iter().flatten() {
            let (path, _) = text(warning).split_once(": ").unwrap();
            self.warnings.insert((id(text(warning)), path.to_owned()));
        }
    }
}

/// The id of the rule that ends a message.
fn id(message: &str) -> String {
    let id = message.strip_suffix(']').and_then(|text| text.rsplit_once('['));
    id.unwrap_or_else(|| panic!("no rule ends '{message}'")).1.to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The object of a case; `None` for one that is nested too deeply to be read.
fn read(case: &Path) -> Option<Value> {
    let text = fs::read_to_string(case).unwrap();
    if case.extension().is_some_and(|extension| extension == "json") {
        return serde_json::from_str(&text).ok();
    }
    Some(serde_saphyr::from_str(&text).unwrap())
}

/// All manifests of all golden cases, as new objects: those of updates and deletions too.
fn cases() -> Vec<PathBuf> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let folders = fs::read_dir(golden).unwrap().map(|entry| entry.unwrap().path());
    let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    let is_manifest = |path: &PathBuf| {
        let extension = path.extension();
        extension.is_some_and(|extension| extension == "yaml" || extension == "json")
    };
    files.filter(is_manifest).collect()
}
