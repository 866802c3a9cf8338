//! JF901 `too-many-flows`: more flows than one JobFlow may have.
//!
//! # Why it is an error
//! The status has a row for each flow and must fit into one object of etcd, beside the spec.
//!
//! # Example
//! A JobFlow with 5,001 flows is denied at `spec.flows`; nothing else of it is checked.
//!
//! # Fix
//! Split it into several JobFlows, or let one Job do more: an Indexed Job runs the same container thousands of
//! times.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::limits::FLOWS_MAX;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF901", "too-many-flows", Deny, "too_many_flows.rs");

/// Asked with the length of the list as it was sent, before any of it is decoded: a hostile body has room for millions.
pub(crate) fn check(count: usize, found: &mut Report) {
    if count > FLOWS_MAX {
        let root = At::ROOT.key("spec");
        let message = format!("must have at most {FLOWS_MAX} flows, and has {count}");
        found.push(Diagnostic::new(&RULE, &root.key("flows"), Reason::TooMany, message));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, job_flow};

    #[test]
    fn one_flow_too_many_is_refused_before_anything_else_is_checked() {
        let flows = |count: usize| {
            let flows: Vec<_> = (0..count)
                .map(|n| json!({"name": format!("f{n}"), "jobTemplateRef": "t"}))
                .collect();
            job_flow(json!({"flows": flows}))
        };
        assert_eq!(findings(&flows(5_000)), "");
        let expected = "spec.flows: Too many: must have at most 5000 flows, and has 5001 [JF901]\n";
        assert_eq!(findings(&flows(5_001)), expected);
    }
}
