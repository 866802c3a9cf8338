//! JF206 `handler-of-nothing`: a flow that handles failures depends on nothing.
//!
//! # Why it is an error
//! `when: OnFailure` starts a flow when all its dependencies have ended and one of them failed. Without dependencies none can
//! fail, so the flow would never run.
//!
//! # Example
//! `flows: [{name: clean-up, when: OnFailure, ...}]` without `dependencies` is denied at `spec.flows[0].dependencies`.
//!
//! # Fix
//! Name the flows whose failure it handles, or leave `when` out.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::job_flow::rules::{Subject, flows};
use crate::rules::{Rule, rule};
use crate::text::named;

/// See the header of this file.
pub static RULE: Rule = rule!("JF206", "handler-of-nothing", Deny, "handler_of_nothing.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let at = flows();
    let flows = subject.spec.flows.iter().enumerate();
    let of_nothing =
        flows.filter(|(_, flow)| flow.when.as_deref() == Some("OnFailure") && flow.dependencies.is_empty());
    for (index, flow) in of_nothing {
        let here = at.index(index);
        let message = format!(
            "flow {} starts only when a dependency failed, and must have one",
            named(&flow.name)
        );
        found.push(Diagnostic::new(
            &RULE,
            &here.key("dependencies"),
            Reason::Required,
            message,
        ));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, flows_with};

    #[test]
    fn a_handler_needs_a_dependency_and_a_finally_step_does_not() {
        let mut object = flows_with(&[("a", &[]), ("b", &["a"]), ("c", &[])]);
        object["spec"]["flows"][1]["when"] = json!("OnFailure");
        object["spec"]["flows"][2]["when"] = json!("Always");
        assert_eq!(findings(&object), "");
        object["spec"]["flows"][2]["when"] = json!("OnFailure");
        assert_eq!(
            findings(&object),
            "spec.flows[2].dependencies: Required value: flow 'c' starts only when a dependency failed, and must have one \
             [JF206]\n"
        );
    }
}
