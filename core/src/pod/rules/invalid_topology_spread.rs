//! XX483 `invalid-topology-spread`: a rule for spreading pods that no scheduler could follow.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateTopologySpreadConstraints`): `maxSkew` is positive, there are a
//! `topologyKey` and a known `whenUnsatisfiable`, once each pair, `minDomains` is positive and for `DoNotSchedule`, and
//! selectors and label keys are well formed.
//!
//! # Example
//! `maxSkew: 0` is denied at `…topologySpreadConstraints[0].maxSkew`.
//!
//! # Fix
//! Correct the field as the message says.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::TopologySpreadConstraint;

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::pod::fault::{invalid, required, unless_one_of};
use crate::pod::label_keys::check_label_keys;
use crate::pod::selector::check_selector;
use crate::pod::subject::{PodSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX483", "invalid-topology-spread", Deny, "invalid_topology_spread.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let mut pairs = BTreeSet::new();
    let list = subject.pod.topology_spread_constraints.as_deref();
    each(
        list,
        &subject.at.key("topologySpreadConstraints"),
        |constraint, here| {
            let pair = (constraint.topology_key.clone(), constraint.when_unsatisfiable.clone());
            if !pairs.insert(pair) {
                let message = "another constraint has the same `topologyKey` and `whenUnsatisfiable`";
                found.push(Diagnostic::new(&RULE, here, Reason::Duplicate, message));
            }
            check_constraint(constraint, here, found);
        },
    );
}

fn check_constraint(constraint: &TopologySpreadConstraint, at: &At<'_>, found: &mut Report) {
    let domains = constraint.min_domains;
    for (name, number) in [("maxSkew", Some(constraint.max_skew)), ("minDomains", domains)] {
        if let Some(number) = number.filter(|number| *number <= 0) {
            found.push(invalid(&RULE, &at.key(name), "must be greater than 0").literal(number));
        }
    }
    let action = constraint.when_unsatisfiable.as_str();
    if domains.is_some() && action != "DoNotSchedule" {
        let message = "may be given where `whenUnsatisfiable` is 'DoNotSchedule' only";
        found.push(invalid(&RULE, &at.key("minDomains"), message));
    }
    if constraint.topology_key.is_empty() {
        found.push(required(&RULE, &at.key("topologyKey"), "must be given"));
    }
    let actions = ["DoNotSchedule", "ScheduleAnyway"];
    found.push_if(unless_one_of(
        &RULE,
        &at.key("whenUnsatisfiable"),
        Some(action),
        &actions,
    ));
    let policies = [
        ("nodeAffinityPolicy", constraint.node_affinity_policy.as_deref()),
        ("nodeTaintsPolicy", constraint.node_taints_policy.as_deref()),
    ];
    for (name, policy) in policies {
        found.push_if(unless_one_of(&RULE, &at.key(name), policy, &["Honor", "Ignore"]));
    }
    let selector = constraint.label_selector.as_ref();
    let keys = constraint.match_label_keys.as_deref().unwrap_or_default();
    check_label_keys(&RULE, keys, &[], selector, at, found);
    check_selector(&RULE, selector, &at.key("labelSelector"), found);
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use crate::pod::testing::pod_faults;

    fn faults(constraints: &[Value]) -> String {
        pod_faults(&json!({"topologySpreadConstraints": constraints}))
    }

    #[test]
    fn fields_are_checked() {
        let good = json!({"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "minDomains": 2});
        assert_eq!(faults(std::slice::from_ref(&good)), "");
        expect![[r#"
            topologySpreadConstraints[1]: Duplicate value: another constraint has the same `topologyKey` and `whenUnsatisfiable` [XX483]
        "#]].assert_eq(&faults(&[good.clone(), good]));
        expect![[r#"
            topologySpreadConstraints[0].matchLabelKeys: Forbidden: may be given beside `labelSelector` only [XX483]
            topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than 0 [XX483]
            topologySpreadConstraints[0].minDomains: Invalid value: may be given where `whenUnsatisfiable` is 'DoNotSchedule' only [XX483]
            topologySpreadConstraints[0].minDomains: Invalid value: 0: must be greater than 0 [XX483]
            topologySpreadConstraints[0].nodeAffinityPolicy: Unsupported value: "Maybe": supported values: "Honor", "Ignore" [XX483]
            topologySpreadConstraints[0].topologyKey: Required value: must be given [XX483]
            topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Never": supported values: "DoNotSchedule", "ScheduleAnyway" [XX483]
        "#]].assert_eq(&faults(&[json!({
            "maxSkew": 0, "topologyKey": "", "whenUnsatisfiable": "Never", "minDomains": 0, "nodeAffinityPolicy": "Maybe",
            "matchLabelKeys": ["x"],
        })]));
    }

    #[test]
    fn keys_and_selectors_are_checked() {
        let selector = json!({"matchLabels": {"a": "b c"}, "matchExpressions": [{"key": "x", "operator": "In"}]});
        expect![[r#"
            topologySpreadConstraints[0].labelSelector.matchExpressions[0].values: Required value: must be given when `operator` is 'In' or 'NotIn' [XX483]
            topologySpreadConstraints[0].labelSelector.matchLabels[a]: Invalid value: "b c": must be empty, or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue' or '12345') [XX483]
            topologySpreadConstraints[0].matchLabelKeys[0]: Invalid value: "a b": as a label key, must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName' or 'example.com/my.name') [XX483]
            topologySpreadConstraints[0].minDomains: Invalid value: may be given where `whenUnsatisfiable` is 'DoNotSchedule' only [XX483]
        "#]].assert_eq(&faults(&[json!({
            "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "minDomains": 1,
            "labelSelector": selector, "matchLabelKeys": ["a b"], "nodeTaintsPolicy": "Ignore",
        })]));
    }
}
