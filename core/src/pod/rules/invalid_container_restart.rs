//! XX416 `invalid-container-restart`: the restart policy of a single container, or a rule of it, has no meaning.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateContainerRestartPolicy`): the policy is `Always`, `Never` or `OnFailure`,
//! and must be given where there are rules; each rule has an action, and exit codes with an operator.
//!
//! # Example
//! `initContainers: [{restartPolicy: always}]` is denied at the field.
//!
//! # Fix
//! Write `Always` in an init container to make it a sidecar, otherwise leave the field out.

use k8s_openapi::api::core::v1::ContainerRestartRule;

use crate::diagnostic::Report;
use crate::field::At;
use crate::pod::fault::{required, too_many, unless_one_of};
use crate::pod::subject::{PodSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!(
    "XX416",
    "invalid-container-restart",
    Deny,
    "invalid_container_restart.rs"
);

const RULES_MAX: usize = 20;
const EXIT_CODES_MAX: usize = 255;

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    subject.each_container(|container, _, here| {
        let rules = container.restart_policy_rules.as_deref().unwrap_or_default();
        let policy_at = here.key("restartPolicy");
        match container.restart_policy.as_deref() {
            None if !rules.is_empty() => {
                found.push(required(
                    &RULE,
                    &policy_at,
                    "must be given where there are `restartPolicyRules`",
                ));
            }
            policy => found.push_if(unless_one_of(
                &RULE,
                &policy_at,
                policy,
                &["Always", "Never", "OnFailure"],
            )),
        }
        let rules_at = here.key("restartPolicyRules");
        if rules.len() > RULES_MAX {
            found.push(too_many(&RULE, &rules_at, rules.len(), RULES_MAX));
        }
        each(Some(rules), &rules_at, |rule, here| check_rule(rule, here, found));
    });
}

fn check_rule(rule: &ContainerRestartRule, at: &At<'_>, found: &mut Report) {
    found.push_if(unless_one_of(
        &RULE,
        &at.key("action"),
        Some(&rule.action),
        &["Restart", "RestartAllContainers"],
    ));
    let codes_at = at.key("exitCodes");
    let Some(codes) = &rule.exit_codes else {
        found.push(required(&RULE, &codes_at, "must be given"));
        return;
    };
    found.push_if(unless_one_of(
        &RULE,
        &codes_at.key("operator"),
        Some(&codes.operator),
        &["In", "NotIn"],
    ));
    let count = codes.values.as_ref().map_or(0, Vec::len);
    if count > EXIT_CODES_MAX {
        found.push(too_many(&RULE, &codes_at.key("values"), count, EXIT_CODES_MAX));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::container_faults;

    #[test]
    fn policies_and_rules_are_checked() {
        let rule = json!({"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}});
        assert_eq!(
            container_faults(&json!({"restartPolicy": "Never", "restartPolicyRules": [rule]})),
            ""
        );
        expect![[r#"
            restartPolicy: Required value: must be given where there are `restartPolicyRules` [XX416]
        "#]]
        .assert_eq(&container_faults(&json!({"restartPolicyRules": [rule]})));
        let rules = json!([{"action": "Stop"}, {"action": "Restart", "exitCodes": {"operator": "Is"}}]);
        expect![[r#"
            restartPolicy: Unsupported value: "always": supported values: "Always", "Never", "OnFailure" (did you mean 'Always'?) [XX416]
            restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart", "RestartAllContainers" [XX416]
            restartPolicyRules[0].exitCodes: Required value: must be given [XX416]
            restartPolicyRules[1].exitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn" (did you mean 'In'?) [XX416]
        "#]].assert_eq(&container_faults(&json!({"restartPolicy": "always", "restartPolicyRules": rules})));
        let many = json!({"action": "Restart", "exitCodes": {"operator": "In", "values": vec![1; 256]}});
        expect![[r#"
            restartPolicyRules: Too many: 21: must have at most 20 items [XX416]
            restartPolicyRules[0].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[1].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[2].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[3].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[4].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[5].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[6].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[7].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[8].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[9].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[10].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[11].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[12].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[13].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[14].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[15].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[16].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[17].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[18].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[19].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
            restartPolicyRules[20].exitCodes.values: Too many: 256: must have at most 255 items [XX416]
        "#]]
        .assert_eq(&container_faults(
            &json!({"restartPolicy": "Never", "restartPolicyRules": vec![many; 21]}),
        ));
    }
}
