//! JF304 `invalid-template-reference`: a `jobTemplateRef` that cannot be the name of a JobTemplate.
//!
//! # Why it is an error
//! No JobTemplate can ever have the name, so the flow would wait for ever.
//!
//! # Example
//! `jobTemplateRef: Build_All` is denied at `spec.flows[0].jobTemplateRef`.
//!
//! # Fix
//! Write the name of a JobTemplate in the same namespace, without a namespace or kind before it.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::job_flow::rules::{Subject, flows, reference};
use crate::names::dns_subdomain_fault;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!(
    "JF304",
    "invalid-template-reference",
    Deny,
    "invalid_template_reference.rs"
);

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let at = flows();
    for (index, flow) in subject.spec.flows.iter().enumerate() {
        let Some((name, fault)) = reference(flow).and_then(|name| Some((name, dns_subdomain_fault(name)?))) else {
            continue;
        };
        let here = at.index(index);
        found.push(Diagnostic::new(&RULE, &here.key("jobTemplateRef"), Reason::Invalid, fault).value(name));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, job_flow};

    #[test]
    fn a_reference_must_be_a_subdomain() {
        let flow = |name| job_flow(json!({"flows": [{"name": "a", "jobTemplateRef": name}]}));
        assert_eq!(findings(&flow("build.v2")), "");
        assert!(
            findings(&flow("ns/build")).starts_with("spec.flows[0].jobTemplateRef: Invalid value: \"ns/build\": must")
        );
    }
}
