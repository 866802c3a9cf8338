//! XX110 `invalid-template-label`: a label of a pod template that no object could have.
//!
//! # Why it is an error
//! The API server refuses the Job (`ValidateLabels`).
//!
//! # Example
//! `labels: {team: "a b"}` is denied at `…template.metadata.labels[team]`.
//!
//! # Fix
//! Keys are an optional DNS subdomain and '/', then up to 63 letters, digits, '-', '_' and '.'; values the same
//! without the first part. Free text belongs in annotations.

use crate::diagnostic::Report;
use crate::pod::selector::check_labels;
use crate::pod::subject::PodSubject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX110", "invalid-template-label", Deny, "invalid_template_label.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let metadata = subject.template_at.key("metadata");
    let labels = subject
        .template
        .metadata
        .as_ref()
        .and_then(|metadata| metadata.labels.as_ref());
    check_labels(&RULE, labels, &metadata.key("labels"), found);
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::job_faults;

    #[test]
    fn keys_and_values_are_checked() {
        let labels = json!({"team": "a b", "-x": "ok", "good": "", "example.com/good": "v"});
        let faults = job_faults(&json!({"template": {"metadata": {"labels": labels}}}));
        expect![[r#"
            template.metadata.labels[-x]: Invalid value: "-x": as a label key, must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName' or 'example.com/my.name') [XX110]
            template.metadata.labels[team]: Invalid value: "a b": must be empty, or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue' or '12345') [XX110]
        "#]].assert_eq(&faults);
    }
}
