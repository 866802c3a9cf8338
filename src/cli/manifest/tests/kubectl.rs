//! What texts mean: the same as to kubectl.

use serde::Deserialize;
use serde_json::Value;

use super::{objects, read};

/// What kubectl's decoder (`NewYAMLOrJSONDecoder` of k8s.io/apimachinery v0.36.3, on sigs.k8s.io/yaml v1.6.0) makes of
/// many texts. Made once by a Go program of twenty lines around that decoder; a row is added by running it again.
const TABLE: &str = include_str!("../../../../tests/cli/kubectl-yaml.jsonl");

/// Where the reader knowingly differs from kubectl, and why.
const DIFFERENCES: [(&str, &str); 7] = [
    (
        "a: 1\n...\nb: 2\n",
        "kubectl silently drops what is behind the end marker; we refuse it",
    ),
    (
        "  a: 1\n b: 2\n",
        "kubectl silently drops what is indented less; we refuse it",
    ),
    ("a: b\u{85}c: d\n", "a line break that no editor shows; we refuse it"),
    ("a: 'x\n\ty'\n", "the parser refuses tabs that indent inside of quotes"),
    ("a: [\n\t1]", "the parser refuses tabs that indent inside of brackets"),
    ("{\"a\": \"x\u{7f}y\"}", "the parser refuses a raw DEL, also in JSON"),
    ("-\ta\n", "the parser takes a tab behind '-'"),
];

#[derive(Deserialize)]
struct Row {
    r#in: String,
    docs: Vec<Value>,
    err: Option<String>,
}

/// Equality for which `1000` and `1e3` are one number.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// The objects that kubectl makes of a decoded document.
fn flattened(document: Value) -> Vec<Value> {
    match document.get("kind").and_then(Value::as_str) {
        Some("List") => document["items"].as_array().unwrap().clone(),
        _ => vec![document],
    }
}

fn agrees(row: &Row) -> bool {
    let manifest = read(&row.r#in);
    let is_refused = row.err.is_some()
        || row
            .docs
            .iter()
            .any(|document| !document.is_object() && !document.is_array());
    match objects(&manifest) {
        Err(_) => is_refused,
        Ok(found) => {
            let expected: Vec<Value> = row.docs.iter().cloned().flat_map(flattened).collect();
            !is_refused && found.len() == expected.len() && found.iter().zip(&expected).all(|(a, b)| same(a, b))
        }
    }
}

#[test]
fn texts_mean_what_they_mean_to_kubectl() {
    let mut failures = String::new();
    for line in TABLE.lines() {
        let row: Row = serde_json::from_str(line).unwrap();
        let is_known = DIFFERENCES.iter().any(|(text, _)| *text == row.r#in);
        if agrees(&row) == is_known {
            let found = read(&row.r#in);
            failures.push_str(&format!("{line}\n    {:?}\n", objects(&found)));
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}
