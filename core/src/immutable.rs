//! What may not change after creation.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::difference::differences;
use crate::rules::Rule;

/// Compares the specs of two normalized objects, but for their `mutable` members, and reports each innermost difference
/// with the `remedy`.
pub(crate) fn check(rule: &'static Rule, old: &Value, new: &Value, mutable: &[&str], remedy: &str, found: &mut Report) {
    let fixed = |object: &Value| {
        let mut spec = object.get("spec").cloned().unwrap_or_default();
        if let Value::Object(members) = &mut spec {
            members.retain(|name, _| !mutable.contains(&name.as_str()));
        }
        spec
    };
    for path in differences(&fixed(old), &fixed(new), "spec") {
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
