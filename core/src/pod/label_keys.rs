//! Label keys that join a selector (`ValidateMatchLabelKeysAndMismatchLabelKeys`).

use std::collections::BTreeSet;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::fault::{forbidden, invalid};
use super::selector::key_fault;
use super::subject::{PushIf, each};
use crate::diagnostic::Report;
use crate::field::At;
use crate::rules::Rule;

/// `matchLabelKeys` and `mismatchLabelKeys` of what stands at `at`, and its selector.
pub(super) fn check_label_keys(
    rule: &'static Rule,
    matched: &[String],
    mismatched: &[String],
    selector: Option<&LabelSelector>,
    at: &At<'_>,
    found: &mut Report,
) {
    for (name, keys) in [("matchLabelKeys", matched), ("mismatchLabelKeys", mismatched)] {
        let here = at.key(name);
        if selector.is_none() && !keys.is_empty() {
            found.push(forbidden(rule, &here, "may be given beside `labelSelector` only"));
            continue;
        }
        each(Some(keys), &here, |key, here| found.push_if(key_fault(rule, key, here)));
    }
    let Some(selector) = selector.filter(|_| !matched.is_empty()) else {
        return;
    };
    // A key may be in the selector once, where the API server itself put it.
    let mut seen: BTreeSet<&str> = selector
        .match_labels
        .iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect();
    let twice: BTreeSet<&str> = selector
        .match_expressions
        .iter()
        .flatten()
        .map(|requirement| requirement.key.as_str())
        .filter(|key| !seen.insert(key))
        .collect();
    each(Some(matched), &at.key("matchLabelKeys"), |key, here| {
        if twice.contains(key.as_str()) {
            found.push(invalid(rule, here, "is in `labelSelector` too").value(key));
        }
    });
}
