//! XX481 `invalid-pod-affinity`: a rule about the pods beside a pod that no scheduler could follow.
//!
//! # Why it is an error
//! The API server refuses the Job (`validatePodAffinityTerm`): a term has a `topologyKey`, its selectors are well formed,
//! its label keys need a selector, and weights are from 1 to 100.
//!
//! # Example
//! `podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: ""}]}` is denied at `…topologyKey`.
//!
//! # Fix
//! Name the label of nodes that makes them one place, such as `kubernetes.io/hostname`.

use k8s_openapi::api::core::v1::{PodAffinityTerm, WeightedPodAffinityTerm};

use crate::diagnostic::Report;
use crate::field::At;
use crate::names::dns_label_fault;
use crate::pod::fault::{invalid, required, unless_formed, unless_within};
use crate::pod::label_keys::check_label_keys;
use crate::pod::selector::{check_selector, key_fault};
use crate::pod::subject::{PodSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX481", "invalid-pod-affinity", Deny, "invalid_pod_affinity.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let Some(affinity) = &subject.pod.affinity else { return };
    let at = subject.at.key("affinity");
    if let Some(near) = &affinity.pod_affinity {
        let required = near.required_during_scheduling_ignored_during_execution.as_deref();
        let preferred = near.preferred_during_scheduling_ignored_during_execution.as_deref();
        check_terms(required, preferred, &at.key("podAffinity"), found);
    }
    if let Some(far) = &affinity.pod_anti_affinity {
        let required = far.required_during_scheduling_ignored_during_execution.as_deref();
        let preferred = far.preferred_during_scheduling_ignored_during_execution.as_deref();
        check_terms(required, preferred, &at.key("podAntiAffinity"), found);
    }
}

fn check_terms(
    required: Option<&[PodAffinityTerm]>,
    preferred: Option<&[WeightedPodAffinityTerm]>,
    at: &At<'_>,
    found: &mut Report,
) {
    let required_at = at.key("requiredDuringSchedulingIgnoredDuringExecution");
    each(required, &required_at, |term, here| check_term(term, here, found));
    each(
        preferred,
        &at.key("preferredDuringSchedulingIgnoredDuringExecution"),
        |term, here| {
            found.push_if(unless_within(&RULE, &here.key("weight"), Some(term.weight), 1..=100));
            check_term(&term.pod_affinity_term, &here.key("podAffinityTerm"), found);
        },
    );
}

fn check_term(term: &PodAffinityTerm, at: &At<'_>, found: &mut Report) {
    let selector = term.label_selector.as_ref();
    check_selector(&RULE, selector, &at.key("labelSelector"), found);
    check_selector(
        &RULE,
        term.namespace_selector.as_ref(),
        &at.key("namespaceSelector"),
        found,
    );
    each(term.namespaces.as_deref(), &at.key("namespaces"), |namespace, here| {
        found.push_if(unless_formed(&RULE, here, namespace, dns_label_fault));
    });
    let matched = term.match_label_keys.as_deref().unwrap_or_default();
    let mismatched = term.mismatch_label_keys.as_deref().unwrap_or_default();
    check_label_keys(&RULE, matched, mismatched, selector, at, found);
    let topology_at = at.key("topologyKey");
    if term.topology_key.is_empty() {
        found.push(required(&RULE, &topology_at, "must be given"));
    } else {
        found.push_if(key_fault(&RULE, &term.topology_key, &topology_at));
    }
    for (index, key) in matched.iter().enumerate().filter(|(_, key)| mismatched.contains(key)) {
        let here = at.key("matchLabelKeys");
        found.push(invalid(&RULE, &here.index(index), "is in `mismatchLabelKeys` too").value(key));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use crate::pod::testing::pod_faults;

    fn faults(term: &Value) -> String {
        let terms = json!({"requiredDuringSchedulingIgnoredDuringExecution": [term]});
        pod_faults(&json!({"affinity": {"podAntiAffinity": terms}})).replace(
            "affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].",
            "",
        )
    }

    #[test]
    fn a_term_has_a_topology_and_good_selectors() {
        let host = "kubernetes.io/hostname";
        let selector = json!({"matchLabels": {"app": "a"}});
        assert_eq!(
            faults(&json!({"topologyKey": host, "labelSelector": selector, "matchLabelKeys": ["x"]})),
            ""
        );
        expect![[r#"
            namespaces[0]: Invalid value: "A_B": must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name' or '123-abc') [XX481]
            topologyKey: Required value: must be given [XX481]
        "#]].assert_eq(&faults(&json!({"topologyKey": "", "namespaces": ["A_B"]})));
        let bad = json!({"matchLabels": {"app": "a b"}, "matchExpressions": [{"key": "k", "operator": "Gt", "values": ["1"]}]});
        expect![[r#"
            labelSelector.matchExpressions[0].operator: Invalid value: "Gt": is not a selector operator [XX481]
            labelSelector.matchLabels[app]: Invalid value: "a b": must be empty, or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue' or '12345') [XX481]
            namespaceSelector.matchExpressions[0].operator: Invalid value: "Gt": is not a selector operator [XX481]
            namespaceSelector.matchLabels[app]: Invalid value: "a b": must be empty, or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue' or '12345') [XX481]
            topologyKey: Invalid value: "a b": as a label key, must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName' or 'example.com/my.name') [XX481]
        "#]].assert_eq(&faults(&json!({"topologyKey": "a b", "labelSelector": bad, "namespaceSelector": bad})));
    }

    #[test]
    fn label_keys_need_a_selector_and_are_not_in_it() {
        expect![[r#"
            matchLabelKeys: Forbidden: may be given beside `labelSelector` only [XX481]
            mismatchLabelKeys: Forbidden: may be given beside `labelSelector` only [XX481]
        "#]]
        .assert_eq(&faults(
            &json!({"topologyKey": "z", "matchLabelKeys": ["x"], "mismatchLabelKeys": ["y"]}),
        ));
        let selector = json!({"matchLabels": {"x": "a"}, "matchExpressions": [{"key": "x", "operator": "Exists"}]});
        expect![[r#"
            matchLabelKeys[0]: Invalid value: "x": is in `labelSelector` too [XX481]
            matchLabelKeys[0]: Invalid value: "x": is in `mismatchLabelKeys` too [XX481]
            matchLabelKeys[1]: Invalid value: "a b": as a label key, must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName' or 'example.com/my.name') [XX481]
        "#]].assert_eq(&faults(
            &json!({"topologyKey": "z", "labelSelector": selector, "matchLabelKeys": ["x", "a b"], "mismatchLabelKeys": ["x"]}),
        ));
    }

    #[test]
    fn weights_are_checked() {
        let preferred = json!([{"weight": 0, "podAffinityTerm": {"topologyKey": "z"}}]);
        let affinity = json!({"podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}});
        expect![[r#"
            affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be between 1 and 100, inclusive [XX481]
        "#]].assert_eq(&pod_faults(&json!({"affinity": affinity})));
    }
}
