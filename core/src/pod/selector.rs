//! Label selectors, node selectors and label maps: the same checks stand behind several rules.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::fault::{forbidden, invalid, required};
use super::subject::{PushIf, each};
use crate::diagnostic::{Diagnostic, Report};
use crate::field::At;
use crate::names::{label_value_fault, qualified_name_fault};
use crate::rules::Rule;

/// Labels of any kind (`ValidateLabels`).
pub(super) fn check_labels(
    rule: &'static Rule,
    labels: Option<&BTreeMap<String, String>>,
    at: &At<'_>,
    found: &mut Report,
) {
    for (key, value) in labels.into_iter().flatten() {
        let here = at.map_key(key);
        found.push_if(key_fault(rule, key, &here));
        found.push_if(value_fault(rule, value, &here));
    }
}

/// A finding where `key` is no label key (`ValidateLabelName`).
pub(super) fn key_fault(rule: &'static Rule, key: &str, at: &At<'_>) -> Option<Diagnostic> {
    if key.is_empty() {
        return Some(required(rule, at, "a label key must be given"));
    }
    qualified_name_fault(key).map(|fault| invalid(rule, at, format!("as a label key, {fault}")).value(key))
}

/// A finding where `value` is no label value (`IsValidLabelValue`).
pub(super) fn value_fault(rule: &'static Rule, value: &str, at: &At<'_>) -> Option<Diagnostic> {
    label_value_fault(value).map(|fault| invalid(rule, at, fault).value(value))
}

/// A label selector (`ValidateLabelSelector`).
pub(super) fn check_selector(rule: &'static Rule, selector: Option<&LabelSelector>, at: &At<'_>, found: &mut Report) {
    let Some(selector) = selector else { return };
    check_labels(rule, selector.match_labels.as_ref(), &at.key("matchLabels"), found);
    each(
        selector.match_expressions.as_deref(),
        &at.key("matchExpressions"),
        |requirement, here| {
            let values = requirement.values.as_deref().unwrap_or_default();
            let values_at = here.key("values");
            found.push_if(operator_fault(rule, &requirement.operator, values, here, &[]));
            found.push_if(key_fault(rule, &requirement.key, &here.key("key")));
            each(Some(values), &values_at, |value, here| {
                found.push_if(value_fault(rule, value, here));
            });
        },
    );
}

/// A finding where an operator is unknown, or has not the values that it needs. `numeric` operators, where there are
/// any, take exactly one value.
pub(super) fn operator_fault(
    rule: &'static Rule,
    operator: &str,
    values: &[String],
    at: &At<'_>,
    numeric: &[&str],
) -> Option<Diagnostic> {
    let values_at = at.key("values");
    match operator {
        "In" | "NotIn" => values
            .is_empty()
            .then(|| required(rule, &values_at, "must be given when `operator` is 'In' or 'NotIn'")),
        "Exists" | "DoesNotExist" => (!values.is_empty()).then(|| {
            forbidden(
                rule,
                &values_at,
                "may not be given when `operator` is 'Exists' or 'DoesNotExist'",
            )
        }),
        operator if numeric.contains(&operator) => (values.len() != 1).then(|| {
            required(
                rule,
                &values_at,
                "must be a single value when `operator` is 'Lt' or 'Gt'",
            )
        }),
        "" => Some(required(rule, &at.key("operator"), "an operator must be given")),
        _ => Some(invalid(rule, &at.key("operator"), "is not a selector operator").value(operator)),
    }
}
