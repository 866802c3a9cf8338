//! JF001 `no-flows`: a JobFlow without flows.
//!
//! # Why it is an error
//! There is nothing to run, and nothing that could ever finish.
//!
//! # Example
//! `spec: {flows: []}` is denied at `spec.flows`.
//!
//! # Fix
//! Give at least one flow.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::job_flow::rules::Subject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF001", "no-flows", Deny, "no_flows.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    if subject.spec.flows.is_empty() {
        let spec = At::ROOT.key("spec");
        let message = "must contain at least one flow";
        found.push(Diagnostic::new(&RULE, &spec.key("flows"), Reason::Required, message));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, job_flow};

    #[test]
    fn an_empty_list_an_absent_list_and_null_are_the_same_fault() {
        let expected = "spec.flows: Required value: must contain at least one flow [JF001]\n";
        assert_eq!(findings(&job_flow(json!({"flows": []}))), expected);
        assert_eq!(findings(&job_flow(json!({"flows": null}))), expected);
        assert_eq!(findings(&job_flow(json!({}))), expected);
    }
}
