//! XX482 `invalid-toleration`: a toleration that can match no taint.
//!
//! # Why it is an error
//! The API server refuses the Job (`ValidateTolerations`): without a key the operator is `Exists`; with `Exists` there is
//! no value; `tolerationSeconds` is for `NoExecute`. The operators `Lt` and `Gt` are behind a feature gate.
//!
//! # Example
//! `tolerations: [{operator: Exists, key: a, value: b}]` is denied at `…value`.
//!
//! # Fix
//! Remove the value, or use `operator: Equal`.

use k8s_openapi::api::core::v1::Toleration;

use crate::diagnostic::Report;
use crate::field::At;
use crate::names::label_value_fault;
use crate::pod::fault::{invalid, unless_one_of};
use crate::pod::selector::key_fault;
use crate::pod::subject::{PodSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX482", "invalid-toleration", Deny, "invalid_toleration.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    each(
        subject.pod.tolerations.as_deref(),
        &subject.at.key("tolerations"),
        |toleration, here| {
            check_toleration(toleration, here, found);
        },
    );
}

pub(in crate::pod) fn check_toleration(toleration: &Toleration, at: &At<'_>, found: &mut Report) {
    let text = |text: &'_ Option<String>| text.clone().unwrap_or_default();
    let (key, operator, value, effect) = (
        text(&toleration.key),
        text(&toleration.operator),
        text(&toleration.value),
        text(&toleration.effect),
    );
    let operator_at = at.key("operator");
    if !key.is_empty() {
        found.push_if(key_fault(&RULE, &key, &at.key("key")));
    } else if operator != "Exists" {
        found.push(invalid(&RULE, &operator_at, "must be 'Exists' where `key` is empty").value(&operator));
    }
    match operator.as_str() {
        "" | "Equal" => {
            if let Some(fault) = label_value_fault(&value) {
                found.push(invalid(&RULE, &at.key("value"), fault).value(&value));
            }
        }
        "Exists" if !value.is_empty() => {
            found.push(invalid(&RULE, &at.key("value"), "must be empty where `operator` is 'Exists'").value(&value));
        }
        other => found.push_if(unless_one_of(&RULE, &operator_at, Some(other), &["Equal", "Exists"])),
    }
    let effect_at = at.key("effect");
    let effects = ["NoExecute", "NoSchedule", "PreferNoSchedule"];
    let given = Some(effect.as_str()).filter(|effect| !effect.is_empty());
    found.push_if(unless_one_of(&RULE, &effect_at, given, &effects));
    if toleration.toleration_seconds.is_some() && effect != "NoExecute" {
        let message = "must be 'NoExecute' where `tolerationSeconds` is given";
        found.push(invalid(&RULE, &effect_at, message).value(&effect));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use crate::pod::testing::pod_faults;

    #[test]
    fn a_toleration_can_match_a_taint() {
        let faults = |tolerations: &[Value]| pod_faults(&json!({"tolerations": tolerations}));
        let all = json!({"operator": "Exists"});
        let late = json!({"key": "a", "value": "b", "effect": "NoExecute", "tolerationSeconds": -1});
        assert_eq!(faults(&[all, late]), "");
        expect![[r#"
            tolerations[0].operator: Invalid value: "": must be 'Exists' where `key` is empty [XX482]
            tolerations[1].key: Invalid value: "a b": as a label key, must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName' or 'example.com/my.name') [XX482]
            tolerations[1].value: Invalid value: "c d": must be empty, or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue' or '12345') [XX482]
            tolerations[2].value: Invalid value: "b": must be empty where `operator` is 'Exists' [XX482]
            tolerations[3].operator: Unsupported value: "Gt": supported values: "Equal", "Exists" [XX482]
            tolerations[4].effect: Unsupported value: "NoRun": supported values: "NoExecute", "NoSchedule", "PreferNoSchedule" [XX482]
            tolerations[5].effect: Invalid value: "NoSchedule": must be 'NoExecute' where `tolerationSeconds` is given [XX482]
        "#]].assert_eq(&faults(&[
            json!({"value": "b"}),
            json!({"key": "a b", "operator": "Equal", "value": "c d"}),
            json!({"key": "a", "operator": "Exists", "value": "b"}),
            json!({"key": "a", "operator": "Gt", "value": "1"}),
            json!({"key": "a", "effect": "NoRun"}),
            json!({"key": "a", "effect": "NoSchedule", "tolerationSeconds": 5}),
        ]));
    }
}
