//! XX484 `invalid-gate`: a readiness gate or a scheduling gate has no name that can be, or is given twice.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateReadinessGates`, `validateSchedulingGates`).
//!
//! # Example
//! `schedulingGates: [{name: "my gate"}]` is denied at `…schedulingGates[0].name`.
//!
//! # Fix
//! Use an optional DNS subdomain and '/', then up to 63 letters, digits, '-', '_' and '.', each once.

use std::collections::BTreeSet;

use crate::diagnostic::Report;
use crate::names::qualified_name_fault;
use crate::pod::fault::{duplicate, unless_formed};
use crate::pod::subject::{PodSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX484", "invalid-gate", Deny, "invalid_gate.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    each(
        subject.pod.readiness_gates.as_deref(),
        &subject.at.key("readinessGates"),
        |gate, here| {
            found.push_if(unless_formed(
                &RULE,
                &here.key("conditionType"),
                &gate.condition_type,
                qualified_name_fault,
            ));
        },
    );
    let mut names = BTreeSet::new();
    each(
        subject.pod.scheduling_gates.as_deref(),
        &subject.at.key("schedulingGates"),
        |gate, here| {
            let at = here.key("name");
            found.push_if(unless_formed(&RULE, &at, &gate.name, qualified_name_fault));
            if !names.insert(gate.name.clone()) {
                found.push(duplicate(&RULE, &at, &gate.name));
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::pod_faults;

    #[test]
    fn gates_have_names() {
        let gates = json!([{"name": "example.com/a"}, {"name": "b c"}, {"name": "example.com/a"}]);
        let ready = json!([{"conditionType": "example.com/ok"}, {"conditionType": "a b"}]);
        expect![[r#"
            readinessGates[1].conditionType: Invalid value: "a b": must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName' or 'example.com/my.name') [XX484]
            schedulingGates[1].name: Invalid value: "b c": must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName' or 'example.com/my.name') [XX484]
            schedulingGates[2].name: Duplicate value: "example.com/a": must be unique [XX484]
        "#]].assert_eq(&pod_faults(&json!({"schedulingGates": gates, "readinessGates": ready})));
    }
}
