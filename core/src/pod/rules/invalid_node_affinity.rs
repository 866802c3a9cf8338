//! XX480 `invalid-node-affinity`: a rule about the nodes of a pod that no scheduler could follow.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateNodeAffinity`, `ValidateNodeSelectorTerm`): required affinity has at least one
//! term, operators are known and have the values that they need, and weights are from 1 to 100.
//!
//! # Example
//! `matchExpressions: [{key: zone, operator: Equals, values: [a]}]` is denied at `…operator`.
//!
//! # Fix
//! Use `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt` or `Lt`, and give the values that belong to it.

use k8s_openapi::api::core::v1::{NodeSelectorRequirement, NodeSelectorTerm};

use crate::diagnostic::Report;
use crate::field::At;
use crate::names::dns_subdomain_fault;
use crate::pod::fault::{invalid, required, unless_formed, unless_within};
use crate::pod::selector::{check_labels, key_fault, operator_fault, value_fault};
use crate::pod::subject::{PodSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX480", "invalid-node-affinity", Deny, "invalid_node_affinity.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    check_labels(
        &RULE,
        subject.pod.node_selector.as_ref(),
        &subject.at.key("nodeSelector"),
        found,
    );
    let affinity = subject
        .pod
        .affinity
        .as_ref()
        .and_then(|affinity| affinity.node_affinity.as_ref());
    let Some(affinity) = affinity else { return };
    let at = subject.at.key("affinity");
    let at = at.key("nodeAffinity");
    if let Some(selector) = &affinity.required_during_scheduling_ignored_during_execution {
        let here = at.key("requiredDuringSchedulingIgnoredDuringExecution");
        let here = here.key("nodeSelectorTerms");
        if selector.node_selector_terms.is_empty() {
            found.push(required(&RULE, &here, "must have at least one term"));
        }
        each(Some(&selector.node_selector_terms), &here, |term, here| {
            check_term(term, true, here, found);
        });
    }
    let preferred = affinity.preferred_during_scheduling_ignored_during_execution.as_deref();
    each(
        preferred,
        &at.key("preferredDuringSchedulingIgnoredDuringExecution"),
        |term, here| {
            found.push_if(unless_within(&RULE, &here.key("weight"), Some(term.weight), 1..=100));
            check_term(&term.preference, false, &here.key("preference"), found);
        },
    );
}

/// Values of a preferred term are not checked: they may never match, and that is no fault.
fn check_term(term: &NodeSelectorTerm, checks_values: bool, at: &At<'_>, found: &mut Report) {
    each(
        term.match_expressions.as_deref(),
        &at.key("matchExpressions"),
        |requirement, here| {
            let values = requirement.values.as_deref().unwrap_or_default();
            found.push_if(operator_fault(
                &RULE,
                &requirement.operator,
                values,
                here,
                &["Gt", "Lt"],
            ));
            found.push_if(key_fault(&RULE, &requirement.key, &here.key("key")));
            if checks_values {
                each(Some(values), &here.key("values"), |value, here| {
                    found.push_if(value_fault(&RULE, value, here));
                });
            }
        },
    );
    each(term.match_fields.as_deref(), &at.key("matchFields"), |field, here| {
        check_field(field, here, found);
    });
}

/// `ValidateNodeFieldSelectorRequirement`: the only field is the name.
fn check_field(field: &NodeSelectorRequirement, at: &At<'_>, found: &mut Report) {
    let values = field.values.as_deref().unwrap_or_default();
    match field.operator.as_str() {
        "In" | "NotIn" if values.len() != 1 => {
            found.push(required(&RULE, &at.key("values"), "must be a single value for a field"));
        }
        "In" | "NotIn" => {}
        "" => found.push(required(&RULE, &at.key("operator"), "an operator must be given")),
        other => found.push(invalid(&RULE, &at.key("operator"), "must be 'In' or 'NotIn' for a field").value(other)),
    }
    match field.key.as_str() {
        "metadata.name" => each(Some(values), &at.key("values"), |value, here| {
            found.push_if(unless_formed(&RULE, here, value, dns_subdomain_fault));
        }),
        "" => found.push(required(&RULE, &at.key("key"), "must be 'metadata.name'")),
        other => found.push(invalid(&RULE, &at.key("key"), "must be 'metadata.name'").value(other)),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use crate::pod::testing::pod_faults;

    fn faults(term: &Value) -> String {
        let terms = json!({"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}});
        pod_faults(&json!({"affinity": {"nodeAffinity": terms}})).replace(
            "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].",
            "",
        )
    }

    #[test]
    fn operators_have_their_values() {
        let good = json!({"matchExpressions": [{"key": "a", "operator": "Exists"}, {"key": "b", "operator": "Gt", "values": ["1"]}]});
        assert_eq!(faults(&good), "");
        expect![[r#"
            matchExpressions[0].operator: Invalid value: "Equals": is not a selector operator [XX480]
            matchExpressions[1].values: Required value: must be given when `operator` is 'In' or 'NotIn' [XX480]
            matchExpressions[2].values: Forbidden: may not be given when `operator` is 'Exists' or 'DoesNotExist' [XX480]
            matchExpressions[3].values: Required value: must be a single value when `operator` is 'Lt' or 'Gt' [XX480]
            matchExpressions[4].key: Invalid value: "a b": as a label key, must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName' or 'example.com/my.name') [XX480]
            matchExpressions[4].values[0]: Invalid value: "c d": must be empty, or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue' or '12345') [XX480]
        "#]].assert_eq(&faults(&json!({"matchExpressions": [
            {"key": "zone", "operator": "Equals", "values": ["a"]},
            {"key": "zone", "operator": "In"},
            {"key": "zone", "operator": "Exists", "values": ["a"]},
            {"key": "zone", "operator": "Lt", "values": ["1", "2"]},
            {"key": "a b", "operator": "In", "values": ["c d"]},
        ]})));
    }

    #[test]
    fn the_only_field_is_the_name() {
        let field = |key, operator, values: &[&str]| json!({"key": key, "operator": operator, "values": values});
        assert_eq!(
            faults(&json!({"matchFields": [field("metadata.name", "In", &["n1"])]})),
            ""
        );
        let bad = [
            field("spec.x", "Exists", &[]),
            field("metadata.name", "In", &[]),
            field("metadata.name", "NotIn", &["A_B"]),
        ];
        expect![[r#"
            matchFields[0].key: Invalid value: "spec.x": must be 'metadata.name' [XX480]
            matchFields[0].operator: Invalid value: "Exists": must be 'In' or 'NotIn' for a field [XX480]
            matchFields[1].values: Required value: must be a single value for a field [XX480]
            matchFields[2].values[0]: Invalid value: "A_B": must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') [XX480]
        "#]].assert_eq(&faults(&json!({"matchFields": bad})));
    }

    #[test]
    fn terms_and_weights_are_checked() {
        let required = json!({"nodeSelectorTerms": []});
        let preferred = json!([{"weight": 101, "preference": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["c d"]}]}}]);
        let affinity = json!({
            "requiredDuringSchedulingIgnoredDuringExecution": required,
            "preferredDuringSchedulingIgnoredDuringExecution": preferred,
        });
        expect![[r#"
            affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be between 1 and 100, inclusive [XX480]
            affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one term [XX480]
        "#]].assert_eq(&pod_faults(&json!({"affinity": {"nodeAffinity": affinity}})));
        expect![[r#"
            nodeSelector[a b]: Invalid value: "a b": as a label key, must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName' or 'example.com/my.name') [XX480]
            nodeSelector[zone]: Invalid value: "d e": must be empty, or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue' or '12345') [XX480]
        "#]].assert_eq(&pod_faults(&json!({"nodeSelector": {"a b": "c", "zone": "d e"}})));
    }
}
