//! XX468 `selector-given`: a template has a `selector` or `manualSelector` of its own.
//!
//! # Why it is an error
//! The API server makes a selector for each Job, from its uid, and refuses another one. With `manualSelector` it would
//! take the author's, but a template can become many Jobs, which would then count each other's pods. A CronJob's
//! template may have neither for the same reason (`validateJobTemplateSpec`).
//!
//! # Example
//! A manifest that was exported from a running Job carries `selector`; denied at `…selector`.
//!
//! # Fix
//! Remove both fields.

use crate::diagnostic::Report;
use crate::pod::fault::{invalid, unsupported};
use crate::pod::subject::JobSubject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX468", "selector-given", Deny, "selector_given.rs");

pub(in crate::pod) fn check(subject: &JobSubject<'_>, found: &mut Report) {
    if subject.job.selector.is_some() {
        found.push(invalid(
            &RULE,
            &subject.at.key("selector"),
            "is made by Kubernetes, and may not be given",
        ));
    }
    if subject.job.manual_selector == Some(true) {
        found.push(unsupported(
            &RULE,
            &subject.at.key("manualSelector"),
            "true",
            &["false"],
        ));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::job_faults;

    #[test]
    fn neither_field_may_be_given() {
        assert_eq!(job_faults(&json!({"manualSelector": false})), "");
        let faults = job_faults(&json!({"manualSelector": true, "selector": {"matchLabels": {"a": "b"}}}));
        expect![[r#"
            manualSelector: Unsupported value: "true": supported values: "false" [XX468]
            selector: Invalid value: is made by Kubernetes, and may not be given [XX468]
        "#]]
        .assert_eq(&faults);
    }
}
