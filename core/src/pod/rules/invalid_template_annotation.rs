//! XX111 `invalid-template-annotation`: an annotation of a pod template that no object could have.
//!
//! # Why it is an error
//! The API server refuses the Job (`ValidateAnnotations`): a key has the wrong form, or all annotations together, with
//! those that are added to the template, are larger than 256 KiB.
//!
//! # Example
//! `annotations: {"a b": x}` is denied at `…template.metadata.annotations[a b]`.
//!
//! # Fix
//! Keys are an optional DNS subdomain and '/', then up to 63 letters, digits, '-', '_' and '.'. Large data belongs in a
//! ConfigMap.

use std::collections::BTreeMap;

use crate::diagnostic::Report;
use crate::field::At;
use crate::names::qualified_name_fault;
use crate::pod::fault::{invalid, too_long};
use crate::pod::subject::PodSubject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!(
    "XX111",
    "invalid-template-annotation",
    Deny,
    "invalid_template_annotation.rs"
);

/// `TotalAnnotationSizeLimitB`.
const ANNOTATIONS_BYTES_MAX: usize = 256 * 1024;

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let metadata = subject.template_at.key("metadata");
    let own = subject
        .template
        .metadata
        .as_ref()
        .and_then(|metadata| metadata.annotations.as_ref());
    check_annotations(own, subject.context.annotations, &metadata.key("annotations"), found);
}

/// Annotations that stand at `at`, and those of `added` that join them. Values are not shown: they may be secrets.
pub(in crate::pod) fn check_annotations(
    own: Option<&BTreeMap<String, String>>,
    added: Option<&BTreeMap<String, String>>,
    at: &At<'_>,
    found: &mut Report,
) {
    for key in own.into_iter().flat_map(BTreeMap::keys) {
        // The rule of label keys, but that case does not matter.
        if let Some(fault) = qualified_name_fault(&key.to_lowercase()) {
            found.push(invalid(&RULE, &at.map_key(key), format!("as a key, {fault}")).value(key));
        }
    }
    let bytes = |(key, value): (&String, &String)| key.len() + value.len();
    let own_bytes: usize = own.into_iter().flatten().map(bytes).sum();
    let is_added = |(key, _): &(&String, &String)| !own.is_some_and(|own| own.contains_key(*key));
    let added_bytes: usize = added.into_iter().flatten().filter(is_added).map(bytes).sum();
    if own_bytes > 0 && own_bytes + added_bytes > ANNOTATIONS_BYTES_MAX {
        found.push(too_long(&RULE, at, own_bytes + added_bytes, ANNOTATIONS_BYTES_MAX));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::job_faults;

    #[test]
    fn keys_are_checked_without_regard_to_case() {
        let annotations = json!({"a b": "s3cret", "Example.COM/Good": "free text"});
        let faults = job_faults(&json!({"template": {"metadata": {"annotations": annotations}}}));
        expect![[r#"
            template.metadata.annotations[a b]: Invalid value: "a b": as a key, must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName' or 'example.com/my.name') [XX111]
        "#]].assert_eq(&faults);
    }

    #[test]
    fn all_together_may_have_256_kibibytes() {
        let faults = |bytes: usize| {
            let annotations = json!({"a": "x".repeat(bytes - 1)});
            job_faults(&json!({"template": {"metadata": {"annotations": annotations}}}))
        };
        assert_eq!(faults(262_144), "");
        expect![[r#"
            template.metadata.annotations: Too long: may not be more than 262144 bytes, and has 262145 [XX111]
        "#]]
        .assert_eq(&faults(262_145));
    }
}
