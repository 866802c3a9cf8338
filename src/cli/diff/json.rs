//! The differences for programs. The form is a contract; `tests/diff.rs` holds it.

use jobflow_core::comparison::{Comparison, StepChange, What as StepWhat};
use jobflow_core::diagnostic::Diagnostic;
use jobflow_core::difference::Difference;
use serde_json::{Value, json};

use super::pairs::{Pair, What};

/// The whole output.
pub(super) fn document(pairs: &[Pair]) -> String {
    let is_same = pairs.iter().all(Pair::is_same);
    let objects: Vec<Value> = pairs.iter().map(object).collect();
    format!("{:#}\n", json!({"same": is_same, "objects": objects}))
}

fn object(pair: &Pair) -> Value {
    let change = match &pair.what {
        What::Added => "added",
        What::Removed => "removed",
        What::Both(comparison) if comparison.is_same() => "same",
        What::Both(_) => "changed",
    };
    let mut row = json!({"kind": pair.kind, "namespace": pair.namespace, "name": pair.name, "change": change});
    if let (What::Both(comparison), Value::Object(row)) = (&pair.what, &mut row) {
        row.insert("steps".to_owned(), comparison.steps.iter().map(step).collect());
        row.insert("fields".to_owned(), comparison.fields.iter().map(field).collect());
        row.insert("admission".to_owned(), admission(comparison));
    }
    row
}

fn step(change: &StepChange) -> Value {
    let (what, moved, fields): (_, _, &[Difference]) = match &change.what {
        StepWhat::Added => ("added", false, &[]),
        StepWhat::Removed => ("removed", false, &[]),
        StepWhat::Changed { moved, fields } => ("changed", *moved, fields),
    };
    let fields: Vec<Value> = fields.iter().map(field).collect();
    json!({"name": change.name, "path": change.path, "change": what, "moved": moved, "fields": fields})
}

fn field(difference: &Difference) -> Value {
    json!({"path": difference.path.to_string(), "old": difference.old, "new": difference.new})
}

fn admission(comparison: &Comparison) -> Value {
    let report = &comparison.verdict.report;
    let findings: Vec<Value> = report.findings().iter().map(finding).collect();
    json!({"allowed": !report.denies(), "findings": findings})
}

fn finding(finding: &Diagnostic) -> Value {
    json!({
        "rule": finding.rule.id, "severity": finding.rule.severity.as_str(), "path": finding.path.to_string(),
        "reason": finding.reason.cause(), "message": finding.message, "help": finding.help,
    })
}
