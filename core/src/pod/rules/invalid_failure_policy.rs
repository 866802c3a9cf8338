//! XX465 `invalid-failure-policy`: a rule of `podFailurePolicy` that the Job controller could not follow.
//!
//! # Why it is an error
//! The API server refuses the Job (`validatePodFailurePolicy`). Each rule has a known action and either exit codes or
//! pod conditions; exit codes are given in order, once each, without 0 for `In`, and of a container that is there.
//!
//! # Example
//! A rule with `action: FailJob` and neither `onExitCodes` nor `onPodConditions` is denied at the rule.
//!
//! # Fix
//! Complete the rule as the message says.

use std::collections::BTreeSet;

use k8s_openapi::api::batch::v1::{
    PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyOnPodConditionsPattern, PodFailurePolicyRule,
};

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::names::qualified_name_fault;
use crate::pod::fault::{invalid, too_many, unless_formed, unless_one_of};
use crate::pod::subject::{JobSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX465", "invalid-failure-policy", Deny, "invalid_failure_policy.rs");

/// `maxPodFailurePolicyRules` and `maxPodFailurePolicyOnPodConditionsPatterns`.
const RULES_MAX: usize = 20;
/// `maxPodFailurePolicyOnExitCodesValues`.
const EXIT_CODES_MAX: usize = 255;

pub(in crate::pod) fn check(subject: &JobSubject<'_>, found: &mut Report) {
    let Some(policy) = &subject.job.pod_failure_policy else {
        return;
    };
    let at = subject.at.key("podFailurePolicy");
    let at = at.key("rules");
    if policy.rules.len() > RULES_MAX {
        found.push(too_many(&RULE, &at, policy.rules.len(), RULES_MAX));
    }
    let pod = subject.job.template.spec.as_ref();
    let containers = pod
        .into_iter()
        .flat_map(|pod| pod.init_containers.iter().flatten().chain(&pod.containers));
    let names: BTreeSet<&str> = containers.map(|container| container.name.as_str()).collect();
    each(Some(&policy.rules), &at, |rule, here| {
        check_action(subject, rule, here, found);
        if let Some(codes) = &rule.on_exit_codes {
            check_exit_codes(codes, &names, &here.key("onExitCodes"), found);
        }
        check_conditions(rule.on_pod_conditions.as_deref(), &here.key("onPodConditions"), found);
        let has_conditions = rule
            .on_pod_conditions
            .as_ref()
            .is_some_and(|conditions| !conditions.is_empty());
        if rule.on_exit_codes.is_some() == has_conditions {
            let message = "must have either `onExitCodes` or `onPodConditions`";
            found.push(invalid(&RULE, here, message));
        }
    });
}

fn check_action(subject: &JobSubject<'_>, rule: &PodFailurePolicyRule, at: &At<'_>, found: &mut Report) {
    let at = at.key("action");
    found.push_if(unless_one_of(
        &RULE,
        &at,
        Some(&rule.action),
        &["Count", "FailIndex", "FailJob", "Ignore"],
    ));
    if rule.action == "FailIndex" && subject.job.backoff_limit_per_index.is_none() {
        found.push(invalid(&RULE, &at, "needs `backoffLimitPerIndex`").value(&rule.action));
    }
}

fn check_exit_codes(
    codes: &PodFailurePolicyOnExitCodesRequirement,
    containers: &BTreeSet<&str>,
    at: &At<'_>,
    found: &mut Report,
) {
    found.push_if(unless_one_of(
        &RULE,
        &at.key("operator"),
        Some(&codes.operator),
        &["In", "NotIn"],
    ));
    if let Some(name) = codes
        .container_name
        .as_deref()
        .filter(|name| !containers.contains(name))
    {
        let message = "must be the name of a container or init container of the template";
        found.push(invalid(&RULE, &at.key("containerName"), message).value(name));
    }
    let values = at.key("values");
    if codes.values.is_empty() {
        found.push(invalid(&RULE, &values, "must have at least one value"));
    } else if codes.values.len() > EXIT_CODES_MAX {
        found.push(too_many(&RULE, &values, codes.values.len(), EXIT_CODES_MAX));
    }
    let mut seen = BTreeSet::new();
    each(Some(&codes.values), &values, |code, here| {
        if *code == 0 && codes.operator == "In" {
            found.push(invalid(&RULE, here, "may not be 0 when `operator` is 'In'").literal(code));
        }
        if !seen.insert(*code) {
            found.push(Diagnostic::new(&RULE, here, Reason::Duplicate, "must be unique").literal(code));
        }
    });
    if !codes.values.is_sorted() {
        found.push(invalid(&RULE, &values, "must be in ascending order"));
    }
}

fn check_conditions(conditions: Option<&[PodFailurePolicyOnPodConditionsPattern]>, at: &At<'_>, found: &mut Report) {
    let count = conditions.map_or(0, <[_]>::len);
    if count > RULES_MAX {
        found.push(too_many(&RULE, at, count, RULES_MAX));
    }
    each(conditions, at, |condition, here| {
        found.push_if(unless_formed(
            &RULE,
            &here.key("type"),
            &condition.type_,
            qualified_name_fault,
        ));
        // An empty status becomes True.
        let status = condition.status.as_deref().filter(|status| !status.is_empty());
        found.push_if(unless_one_of(
            &RULE,
            &here.key("status"),
            status,
            &["False", "True", "Unknown"],
        ));
    });
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use crate::pod::testing::job_faults;

    fn faults(rules: &Value) -> String {
        job_faults(&json!({"podFailurePolicy": {"rules": rules}}))
    }

    #[test]
    fn a_rule_has_an_action_and_one_reason() {
        let condition = json!({"type": "DisruptionTarget"});
        let codes = json!({"operator": "In", "values": [3, 42], "containerName": "main"});
        let good =
            json!([{"action": "FailJob", "onExitCodes": codes}, {"action": "Ignore", "onPodConditions": [condition]}]);
        assert_eq!(faults(&good), "");
        expect![[r#"
            podFailurePolicy.rules[0]: Invalid value: must have either `onExitCodes` or `onPodConditions` [XX465]
            podFailurePolicy.rules[1].action: Unsupported value: "Stop": supported values: "Count", "FailIndex", "FailJob", "Ignore" [XX465]
            podFailurePolicy.rules[2].action: Invalid value: "FailIndex": needs `backoffLimitPerIndex` [XX465]
            podFailurePolicy.rules[3]: Invalid value: must have either `onExitCodes` or `onPodConditions` [XX465]
        "#]].assert_eq(&faults(&json!([
            {"action": "FailJob"},
            {"action": "Stop", "onExitCodes": codes},
            {"action": "FailIndex", "onExitCodes": codes},
            {"action": "Count", "onExitCodes": codes, "onPodConditions": [condition]},
        ])));
    }

    #[test]
    fn exit_codes_are_checked() {
        let codes = json!({"operator": "Is", "values": [], "containerName": "other"});
        expect![[r#"
            podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "other": must be the name of a container or init container of the template [XX465]
            podFailurePolicy.rules[0].onExitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn" (did you mean 'In'?) [XX465]
            podFailurePolicy.rules[0].onExitCodes.values: Invalid value: must have at least one value [XX465]
        "#]].assert_eq(&faults(&json!([{"action": "FailJob", "onExitCodes": codes}])));
        let codes = json!({"operator": "In", "values": [5, 0, 5]});
        expect![[r#"
            podFailurePolicy.rules[0].onExitCodes.values: Invalid value: must be in ascending order [XX465]
            podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: may not be 0 when `operator` is 'In' [XX465]
            podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 5: must be unique [XX465]
        "#]].assert_eq(&faults(&json!([{"action": "FailJob", "onExitCodes": codes}])));
    }

    #[test]
    fn conditions_and_counts_are_checked() {
        let condition = json!({"type": "Not A Type", "status": "Maybe"});
        expect![[r#"
            podFailurePolicy.rules[0].onPodConditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown" [XX465]
            podFailurePolicy.rules[0].onPodConditions[0].type: Invalid value: "Not A Type": must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName' or 'example.com/my.name') [XX465]
        "#]].assert_eq(&faults(&json!([{"action": "Ignore", "onPodConditions": [condition]}])));
        let rule = json!({"action": "Ignore", "onPodConditions": [{"type": "T"}]});
        expect![[r#"
            podFailurePolicy.rules: Too many: 21: must have at most 20 items [XX465]
        "#]]
        .assert_eq(&faults(&json!(vec![rule; 21])));
    }
}
