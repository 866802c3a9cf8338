//! JF201 `unknown-dependency`: a flow depends on a flow that does not exist.
//!
//! # Why it is an error
//! The flow would wait for ever.
//!
//! # Example
//! `flows: [{name: extract}, {name: load, dependencies: [extrct]}]` is denied at `spec.flows[1].dependencies[0]`.
//!
//! # Fix
//! Correct the name (the nearest one is in the message), or add the flow.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::job_flow::rules::Subject;
use crate::names::Nearest;
use crate::rules::{Rule, rule};
use crate::text::named;

/// See the header of this file.
pub static RULE: Rule = rule!("JF201", "unknown-dependency", Deny, "unknown_dependency.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let mut nearest = Nearest::default();
    subject.each_dependency(|from, name, here| {
        if subject.graph.position(name).is_none() {
            let others = subject
                .spec
                .flows
                .iter()
                .map(|flow| flow.name.as_str())
                .filter(|other| *other != from);
            let message = format!("flow {} depends on it, but no flow has this name", named(from));
            let finding = Diagnostic::new(&RULE, here, Reason::Invalid, message).value(name);
            found.push(finding.help_if(nearest.advice(name, others)));
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::testing::{findings, flows_with};

    #[test]
    fn the_nearest_name_is_advised_but_never_the_flow_itself() {
        assert_eq!(findings(&flows_with(&[("extract", &[]), ("load", &["extrct", "laod", "elsewhere"])])), "\
spec.flows[1].dependencies[0]: Invalid value: \"extrct\": flow 'load' depends on it, but no flow has this name (did you \
mean 'extract'?) [JF201]
spec.flows[1].dependencies[1]: Invalid value: \"laod\": flow 'load' depends on it, but no flow has this name [JF201]
spec.flows[1].dependencies[2]: Invalid value: \"elsewhere\": flow 'load' depends on it, but no flow has this name [JF201]
");
    }
}
