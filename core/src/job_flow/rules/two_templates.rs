//! JF301 `two-templates`: a flow has both `jobTemplate` and `jobTemplateRef`.
//!
//! # Why it is an error
//! Only one of them could be run, and nothing says which.
//!
//! # Example
//! `flows: [{name: a, jobTemplate: {…}, jobTemplateRef: t}]` is denied at `spec.flows[0].jobTemplateRef`.
//!
//! # Fix
//! Remove one of the two. An empty `jobTemplateRef` counts as not given.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::job_flow::rules::{Subject, flows, reference};
use crate::rules::{Rule, rule};
use crate::text::named;

/// See the header of this file.
pub static RULE: Rule = rule!("JF301", "two-templates", Deny, "two_templates.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let at = flows();
    for (index, flow) in subject.spec.flows.iter().enumerate() {
        if flow.job_template.is_some() && reference(flow).is_some() {
            let message = format!(
                "flow {} has `jobTemplate` too, and may have only one of the two",
                named(&flow.name)
            );
            let here = at.index(index);
            found.push(Diagnostic::new(
                &RULE,
                &here.key("jobTemplateRef"),
                Reason::Forbidden,
                message,
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, flows_named};

    #[test]
    fn both_are_refused_and_an_empty_reference_is_none() {
        let mut flow = flows_named(&["a"]);
        flow["spec"]["flows"][0]["jobTemplateRef"] = json!("");
        assert_eq!(findings(&flow), "");
        flow["spec"]["flows"][0]["jobTemplateRef"] = json!("t");
        assert_eq!(
            findings(&flow),
            "\
spec.flows[0].jobTemplateRef: Forbidden: flow 'a' has `jobTemplate` too, and may have only one of the two [JF301]
"
        );
    }
}
