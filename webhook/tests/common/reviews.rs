//! Admission reviews of the golden cases: what the fuzzer begins with.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use walkdir::WalkDir;

/// A uid as an API server sends it.
const UID: &str = "705ab4f5-6393-11e8-b7cc-42010a800002";

/// The name of each golden case below `folder`, and its review: a create, and an update where there is an old object.
pub fn of_golden_cases(folder: &Path) -> Vec<(String, String)> {
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
    let files = entries.map(walkdir::DirEntry::into_path);
    let is_case = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        (name.ends_with(".yaml") || name.ends_with(".json")) && !name.contains(".old.")
    };
    let reviews = files.filter(is_case).map(|path| {
        let name = path
            .strip_prefix(folder)
            .unwrap_or(&path)
            .to_string_lossy()
            .replace('/', "_");
        (name, review(&path))
    });
    reviews.collect()
}

fn review(path: &Path) -> String {
    // What cannot be read as a value, such as a deep nesting, is sent as it is.
    let text = fs::read_to_string(path).expect("a golden case is text");
    let object = serde_saphyr::from_str::<Value>(&text).ok();
    let old_path = path.with_extension("old.yaml");
    let old = fs::read_to_string(old_path).ok();
    let old: Value = old.map_or(Value::Null, |text| {
        serde_saphyr::from_str(&text).expect("an old object is YAML")
    });
    let kind = object
        .as_ref()
        .map_or(json!("JobFlow"), |object| object["kind"].clone());
    let api_version = object.as_ref().and_then(|object| object["apiVersion"].as_str());
    let (group, version) = api_version
        .and_then(|it| it.split_once('/'))
        .unwrap_or(("api.practice.com", "v1alpha1"));
    let kind = json!({"group": group, "version": version, "kind": kind});
    let is_delete = path.to_string_lossy().contains(".delete.");
    let operation = match (is_delete, old.is_null()) {
        (true, _) => "DELETE",
        (false, true) => "CREATE",
        (false, false) => "UPDATE",
    };
    let (new, old) = match (object, is_delete) {
        (Some(object), true) => (Value::Null, object),
        (Some(object), false) => (object, old),
        (None, _) => (json!("OBJECT"), old),
    };
    let review = json!({
        "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": UID, "kind": kind, "requestKind": kind, "name": "demo", "namespace": "default", "operation": operation,
            "userInfo": {"username": "alice"}, "object": new, "oldObject": old, "dryRun": false,
        },
    });
    review.to_string().replacen("\"OBJECT\"", &text, 1)
}
