//! What every kind asks of environment, labels and annotations that are added to Jobs and pods from outside a template.
//!
//! The API server would refuse every Job that gets a faulty one, so the author hears of it where it was written. Each kind
//! has rules of its own for this; they differ in nothing but their ids and the place.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::EnvVar;

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::names::{env_name_fault, label_value_fault, qualified_name_fault};
use crate::rules::Rule;
use crate::text::named;

/// The most bytes of all annotations of one object, keys and values (`TotalAnnotationSizeLimitB`).
const ANNOTATIONS_BYTES_MAX: usize = 256 * 1024;

/// The labels that the Job controller sets (`batch/v1`, generated selectors) and those that jobflow sets.
const RESERVED_LABELS: [&str; 5] = [
    "app.kubernetes.io/managed-by",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "job-name",
];

/// The groups of our kinds, which begin the keys of the labels that jobflow sets.
const OUR_GROUPS: [&str; 3] = [crds::PRACTICE_GROUP, crds::MANAGED_GROUP, crds::SEQUENTIAL_GROUP];

/// Names and sources of variables (`ValidateEnv`). Shows names only: a value may be a secret.
pub(crate) fn check_env(rule: &'static Rule, env: &[EnvVar], at: &At<'_>, found: &mut Report) {
    for (index, variable) in env.iter().enumerate() {
        if found.is_full() {
            return;
        }
        let here = at.index(index);
        let name_at = here.key("name");
        if variable.name.is_empty() {
            let message = "a variable must have a name";
            found.push(Diagnostic::new(rule, &name_at, Reason::Required, message));
        } else if let Some(fault) = env_name_fault(&variable.name) {
            let finding = Diagnostic::new(rule, &name_at, Reason::Invalid, fault);
            found.push(finding.value(&variable.name));
        }
        let has_value = variable.value.as_ref().is_some_and(|value| !value.is_empty());
        if variable.value_from.is_some() && has_value {
            let message = format!(
                "variable {} has `value` too, and may have only one of the two",
                named(&variable.name)
            );
            let here = here.key("valueFrom");
            found.push(Diagnostic::new(rule, &here, Reason::Forbidden, message));
        }
    }
}

/// Keys and values of labels (`ValidateLabels`).
pub(crate) fn check_labels(rule: &'static Rule, labels: &BTreeMap<String, String>, at: &At<'_>, found: &mut Report) {
    for (key, value) in labels {
        if found.is_full() {
            return;
        }
        let here = at.map_key(key);
        if let Some(fault) = qualified_name_fault(key) {
            let message = format!("the key {fault}");
            found.push(Diagnostic::new(rule, &here, Reason::Invalid, message).value(key));
        }
        if let Some(fault) = label_value_fault(value) {
            found.push(Diagnostic::new(rule, &here, Reason::Invalid, fault).value(value));
        }
    }
}

/// Keys of annotations, and the size of all of them together (`ValidateAnnotations`).
pub(crate) fn check_annotations(
    rule: &'static Rule,
    annotations: &BTreeMap<String, String>,
    at: &At<'_>,
    found: &mut Report,
) {
    for key in annotations.keys() {
        if found.is_full() {
            return;
        }
        if let Some(fault) = annotation_key_fault(key) {
            let message = format!("the key {fault}");
            let finding = Diagnostic::new(rule, &at.map_key(key), Reason::Invalid, message);
            found.push(finding.value(key));
        }
    }
    let bytes: usize = annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
    if bytes > ANNOTATIONS_BYTES_MAX {
        let message = format!("may not have more than {ANNOTATIONS_BYTES_MAX} bytes together, and have {bytes}");
        found.push(Diagnostic::new(rule, at, Reason::TooLong, message));
    }
}

/// Says why `key` cannot be the key of an annotation. The part before '/' may have upper case letters; Kubernetes checks
/// it in lower case.
fn annotation_key_fault(key: &str) -> Option<String> {
    qualified_name_fault(&key.to_lowercase())
}

/// Labels that the author may not set.
pub(crate) fn check_reserved_labels(
    rule: &'static Rule,
    labels: &BTreeMap<String, String>,
    at: &At<'_>,
    found: &mut Report,
) {
    let of_ours = |key: &str| {
        key.split_once('/')
            .is_some_and(|(prefix, _)| OUR_GROUPS.contains(&prefix))
    };
    for key in labels
        .keys()
        .filter(|key| RESERVED_LABELS.contains(&key.as_str()) || of_ours(key))
    {
        let message = "is set by Kubernetes or by jobflow itself";
        found.push(Diagnostic::new(rule, &at.map_key(key), Reason::Forbidden, message));
    }
}
