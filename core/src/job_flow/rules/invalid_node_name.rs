//! JF504 `invalid-node-name`: a `nodeName` that cannot be the name of a node.
//!
//! # Why it is an error
//! No pod of the flow could ever be scheduled.
//!
//! # Example
//! `globalParams: {nodeName: Node_1}` is denied at `spec.globalParams.nodeName`.
//!
//! # Fix
//! Write the node's name as `kubectl get nodes` shows it. An empty one counts as not given.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::job_flow::rules::Subject;
use crate::names::dns_subdomain_fault;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF504", "invalid-node-name", Deny, "invalid_node_name.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let Some(name) = subject.globals().node_name.as_deref().filter(|name| !name.is_empty()) else {
        return;
    };
    if let Some(fault) = dns_subdomain_fault(name) {
        let spec = At::ROOT.key("spec");
        let params = spec.key("globalParams");
        found.push(Diagnostic::new(&RULE, &params.key("nodeName"), Reason::Invalid, fault).value(name));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, with_globals};

    #[test]
    fn a_node_name_must_be_a_subdomain() {
        assert_eq!(findings(&with_globals(json!({"nodeName": "node-1.example.com"}))), "");
        assert_eq!(findings(&with_globals(json!({"nodeName": ""}))), "");
        let findings = findings(&with_globals(json!({"nodeName": "Node_1"})));
        assert!(findings.starts_with("spec.globalParams.nodeName: Invalid value: \"Node_1\": must consist of"));
    }
}
