//! What may not change after creation.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::difference::differences;
use crate::rules::Rule;

/// Compares the specs of two normalized objects, but for their `mutable` members, and reports each innermost difference
/// with the `remedy`.
pub(crate) fn check(rule: &'static Rule, old: &Value, new: &Value, mutable: &[&str], remedy: &str, found: &mut Report) {
    let [old, new] = [old, new].map(|object| object.get("spec").unwrap_or(&Value::Null));
    for path in differences(old, new, "spec", mutable) {
        found.push(Diagnostic {
            rule,
            path,
            reason: Reason::Forbidden,
            value: None,
            message: "may not be changed after creation".to_owned(),
            help: Some(remedy.to_owned()),
        });
    }
}
