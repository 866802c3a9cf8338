//! JF202 `self-dependency`: a flow depends on itself.
//!
//! # Why it is an error
//! The flow would wait for ever.
//!
//! # Example
//! `flows: [{name: load, dependencies: [load]}]` is denied at `spec.flows[0].dependencies[0]`.
//!
//! # Fix
//! Remove the dependency.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::job_flow::rules::Subject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF202", "self-dependency", Deny, "self_dependency.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    subject.each_dependency(|from, name, here| {
        if name == from {
            found.push(Diagnostic::new(&RULE, here, Reason::Invalid, "a flow may not depend on itself").value(name));
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::testing::{findings, flows_with};

    #[test]
    fn a_flow_that_depends_on_itself_is_refused() {
        assert_eq!(
            findings(&flows_with(&[("a", &[]), ("b", &["a", "b"])])),
            "\
spec.flows[1].dependencies[1]: Invalid value: \"b\": a flow may not depend on itself [JF202]
"
        );
    }
}
