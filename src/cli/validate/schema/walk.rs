//! Walking: every value of an object against the constraints of its place, in the words of the API server
//! (`k8s.io/kube-openapi/pkg/validation`, `k8s.io/apimachinery/pkg/util/validation/field`).

use std::collections::HashSet;

use jobflow_core::diagnostic::{Diagnostic, Reason};
use jobflow_core::field::{At, FieldPath};
use jobflow_core::rules::refused_by_schema::fault;
use serde_json::Value;

use super::constraints::{Check, Constraints};

/// Adds what `value`, which stands at `at`, breaks of `constraints`. What is null or of another type is passed over: the core
/// says that. The recursion follows the schema, whose depth is fixed, and not the value.
pub fn check(constraints: &Constraints, value: &Value, at: &At<'_>, found: &mut Vec<Diagnostic>) {
    for check in &constraints.checks {
        check.hold(value, at, found);
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if let Some(inner) = constraints.members.get(name) {
                    check_member(inner, member, &at.key(name), found);
                } else if let Some(each) = &constraints.each {
                    check_member(each, member, &at.map_key(name), found);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if let Some(each) = &constraints.each {
                    check_member(each, item, &at.index(index), found);
                }
            }
        }
        _ => {}
    }
}

fn check_member(constraints: &Constraints, value: &Value, at: &At<'_>, found: &mut Vec<Diagnostic>) {
    if !value.is_null() {
        check(constraints, value, at, found);
    }
}

impl Check {
    fn hold(&self, value: &Value, at: &At<'_>, found: &mut Vec<Diagnostic>) {
        match (self, value) {
            (Check::UniqueKeys(keys), Value::Array(items)) => {
                let key_of =
                    |item: &Value| -> Value { keys.iter().map(|key| (key.clone(), member(item, key))).collect() };
                each_repeated(items, key_of, at, found);
            }
            (Check::Unique, Value::Array(items)) => each_repeated(items, Value::clone, at, found),
            _ => found.extend(self.broken_by(value, at)),
        }
    }

    fn broken_by(&self, value: &Value, at: &At<'_>) -> Option<Diagnostic> {
        let body = || format!("{} in body", FieldPath::from(at));
        let refused = |message: String| fault(at, Reason::Invalid, message);
        match (self, value) {
            (Check::Enum(allowed), _) if !allowed.contains(value) => {
                let allowed: Vec<String> = allowed
                    .iter()
                    .filter(|it| !it.is_null())
                    .map(Value::to_string)
                    .collect();
                let message = format!("supported values: {}", allowed.join(", "));
                Some(shown(fault(at, Reason::NotSupported, message), value))
            }
            (Check::Pattern(pattern), Value::String(text)) if !pattern.is_match(text) => {
                Some(refused(format!("{} should match '{pattern}'", body())).value(text))
            }
            (Check::MinLength(least), Value::String(text)) if text.chars().count() < *least => {
                Some(refused(format!("{} should be at least {least} chars long", body())).value(text))
            }
            (Check::MaxLength(most), Value::String(text)) if text.chars().count() > *most => {
                Some(fault(at, Reason::TooLong, format!("may not be more than {most} bytes")))
            }
            (Check::MinItems(least), Value::Array(items)) if items.len() < *least => {
                Some(refused(format!("{} should have at least {least} items", body())).literal(items.len()))
            }
            (Check::MaxItems(most), Value::Array(items)) if items.len() > *most => {
                let message = format!("must have at most {most} items");
                Some(fault(at, Reason::TooMany, message).literal(items.len()))
            }
            (Check::MinProperties(least), Value::Object(members)) if members.len() < *least => {
                Some(refused(format!("{} should have at least {least} properties", body())).literal(members.len()))
            }
            (Check::MaxProperties(most), Value::Object(members)) if members.len() > *most => {
                let message = format!("must have at most {most} items");
                Some(fault(at, Reason::TooMany, message).literal(members.len()))
            }
            (Check::Minimum(least), Value::Number(number)) if number.as_f64().is_some_and(|it| it < *least) => {
                Some(refused(format!("{} should be greater than or equal to {least}", body())).literal(number))
            }
            (Check::Maximum(most), Value::Number(number)) if number.as_f64().is_some_and(|it| it > *most) => {
                Some(refused(format!("{} should be less than or equal to {most}", body())).literal(number))
            }
            _ => None,
        }
    }
}

fn member(item: &Value, key: &str) -> Value {
    item.get(key).cloned().unwrap_or_default()
}

/// A finding for each item whose key an item before it has.
fn each_repeated(items: &[Value], key_of: impl Fn(&Value) -> Value, at: &At<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let key = key_of(item).to_string();
        if !seen.insert(key.clone()) {
            let message = "must be unique in this list";
            found.push(fault(&at.index(index), Reason::Duplicate, message).literal(key));
        }
    }
}

/// The finding with the value, as far as one of its type may be shown.
fn shown(finding: Diagnostic, value: &Value) -> Diagnostic {
    match value {
        Value::String(text) => finding.value(text),
        Value::Bool(_) | Value::Number(_) => finding.literal(value),
        _ => finding,
    }
}
