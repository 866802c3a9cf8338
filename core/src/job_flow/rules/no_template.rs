//! JF302 `no-template`: a flow has neither `jobTemplate` nor `jobTemplateRef`.
//!
//! # Why it is an error
//! There is nothing to run.
//!
//! # Example
//! `flows: [{name: a}]` is denied at `spec.flows[0].jobTemplate`.
//!
//! # Fix
//! Give the Job in `jobTemplate`, or the name of a JobTemplate in `jobTemplateRef`.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::job_flow::rules::{Subject, flows, reference};
use crate::rules::{Rule, rule};
use crate::text::named;

/// See the header of this file.
pub static RULE: Rule = rule!("JF302", "no-template", Deny, "no_template.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let at = flows();
    for (index, flow) in subject.spec.flows.iter().enumerate() {
        if flow.job_template.is_none() && reference(flow).is_none() {
            let message = format!("flow {} must have `jobTemplate` or `jobTemplateRef`", named(&flow.name));
            let here = at.index(index);
            found.push(Diagnostic::new(
                &RULE,
                &here.key("jobTemplate"),
                Reason::Required,
                message,
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, job_flow};

    #[test]
    fn a_flow_with_nothing_to_run_is_refused() {
        assert_eq!(
            findings(&job_flow(json!({"flows": [{"name": "a", "jobTemplateRef": ""}]}))),
            "\
spec.flows[0].jobTemplate: Required value: flow 'a' must have `jobTemplate` or `jobTemplateRef` [JF302]
"
        );
    }
}
