//! JF101 `invalid-flow-name`: a flow name that is not a DNS label.
//!
//! # Why it is an error
//! The flow name becomes a part of the name of its Job, and the value of a label on its pods.
//!
//! # Example
//! `flows: [{name: Build_All}]` is denied at `spec.flows[0].name`.
//!
//! # Fix
//! Use lower case letters, digits and '-', at most 63, and begin and end with a letter or digit.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::job_flow::rules::{Subject, flows};
use crate::names::dns_label_fault;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF101", "invalid-flow-name", Deny, "invalid_flow_name.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let at = flows();
    for (index, flow) in subject.spec.flows.iter().enumerate() {
        let here = at.index(index);
        let here = here.key("name");
        if flow.name.is_empty() {
            found.push(Diagnostic::new(
                &RULE,
                &here,
                Reason::Required,
                "a flow must have a name",
            ));
        } else if let Some(fault) = dns_label_fault(&flow.name) {
            found.push(Diagnostic::new(&RULE, &here, Reason::Invalid, fault).value(&flow.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{findings, flows_named};

    #[test]
    fn an_empty_name_is_required_and_a_wrong_one_invalid() {
        assert_eq!(findings(&flows_named(&["", "A"])), "\
spec.flows[0].name: Required value: a flow must have a name [JF101]
spec.flows[1].name: Invalid value: \"A\": must consist of lower case alphanumeric characters or '-', and must start and \
end with an alphanumeric character (e.g. 'my-name' or '123-abc') [JF101]
");
    }
}
