//! XX112 `invalid-pod-annotation`: an annotation that Kubernetes gives a meaning has a value without one.
//!
//! # Why it is an error
//! The API server refuses the Job (`ValidatePodSpecificAnnotations`): the cost of deleting a pod must be a whole
//! number, a mirror pod must have a node, tolerations as JSON must be ones that can match a taint, and seccomp and
//! AppArmor annotations must name profiles that can be, and containers that are there.
//!
//! # Example
//! `controller.kubernetes.io/pod-deletion-cost: high` is denied at the annotation.
//!
//! # Fix
//! Correct the value. For seccomp and AppArmor use the fields of `securityContext`, for tolerations `tolerations` of the
//! pod: they replaced the annotations.

use k8s_openapi::api::core::v1::Toleration;
use serde_json::{Map, Value};

use crate::diagnostic::Report;
use crate::field::At;
use crate::pod::fault::invalid;
use crate::pod::forms::inner_path_fault;
use crate::pod::rules::invalid_toleration;
use crate::pod::subject::PodSubject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX112", "invalid-pod-annotation", Deny, "invalid_pod_annotation.rs");

const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
const MIRROR: &str = "kubernetes.io/config.mirror";
const TOLERATIONS: &str = "scheduler.alpha.kubernetes.io/tolerations";
pub(in crate::pod) const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
pub(in crate::pod) const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";
pub(in crate::pod) const APP_ARMOR_CONTAINER: &str = "container.apparmor.security.beta.kubernetes.io/";

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let metadata = subject.template_at.key("metadata");
    let at = metadata.key("annotations");
    let annotations = subject
        .template
        .metadata
        .as_ref()
        .and_then(|metadata| metadata.annotations.as_ref());
    for (key, value) in annotations.into_iter().flatten() {
        if let Some(fault) = fault(subject, key, value) {
            found.push(invalid(&RULE, &at.map_key(key), fault));
        }
    }
}

fn fault(subject: &PodSubject<'_>, key: &str, value: &str) -> Option<&'static str> {
    match key {
        DELETION_COST => (!is_cost(value)).then_some("must be a whole number of 32 bits"),
        MIRROR => subject
            .pod
            .node_name
            .as_ref()
            .is_none_or(String::is_empty)
            .then_some("is for pods that the kubelet makes of files, which have `nodeName`"),
        TOLERATIONS => (!are_tolerations(value))
            .then_some("must be a list of tolerations as JSON; better give them as `tolerations` of the pod"),
        SECCOMP_POD => (!is_seccomp_profile(value)).then_some("must be a seccomp profile"),
        _ if key.starts_with(SECCOMP_CONTAINER) => (!is_seccomp_profile(value)).then_some("must be a seccomp profile"),
        _ => key
            .strip_prefix(APP_ARMOR_CONTAINER)
            .and_then(|container| app_armor_fault(subject, container, value)),
    }
}

/// `GetDeletionCostFromPodAnnotations`: no plus sign and no leading zeros.
fn is_cost(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let is_led_by_zero = digits.starts_with('0') && value != "0";
    !is_led_by_zero && !value.starts_with('+') && value.parse::<i32>().is_ok()
}

/// `ValidateTolerationsInPodAnnotations`: nothing at all is no list, and allowed.
fn are_tolerations(value: &str) -> bool {
    value.is_empty()
        || serde_json::from_str::<Option<Vec<Option<Map<String, Value>>>>>(value).is_ok_and(|list| {
            let tolerations = list.unwrap_or_default().into_iter();
            tolerations.map(Option::unwrap_or_default).all(is_toleration)
        })
}

/// Kubernetes reads this annotation into a type of its own, whose fields have any case.
fn is_toleration(fields: Map<String, Value>) -> bool {
    const NAMES: [&str; 5] = ["key", "operator", "value", "effect", "tolerationSeconds"];
    let named = fields.into_iter().filter_map(|(key, value)| {
        let name = NAMES.iter().find(|name| name.eq_ignore_ascii_case(&key))?;
        Some(((*name).to_owned(), value))
    });
    let read = serde_json::from_value::<Toleration>(Value::Object(named.collect()));
    read.is_ok_and(|toleration| {
        let mut found = Report::default();
        invalid_toleration::check_toleration(&toleration, &At::ROOT, &mut found);
        !found.denies()
    })
}

/// `ValidateSeccompProfile`.
fn is_seccomp_profile(value: &str) -> bool {
    matches!(value, "runtime/default" | "docker/default" | "unconfined")
        || value
            .strip_prefix("localhost/")
            .is_some_and(|path| inner_path_fault(path).is_none())
}

/// `ValidateAppArmorPodAnnotations`.
fn app_armor_fault(subject: &PodSubject<'_>, container: &str, value: &str) -> Option<&'static str> {
    let mut is_there = false;
    subject.each_container(|other, _, _| is_there |= other.name == container);
    if !is_there {
        return Some("is for a container that is not there");
    }
    let is_profile = matches!(value, "" | "runtime/default" | "unconfined") || value.starts_with("localhost/");
    (!is_profile).then_some("must be an AppArmor profile")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::{are_tolerations, is_cost};
    use crate::pod::testing::job_faults;

    #[test]
    fn values_that_kubernetes_reads_are_checked() {
        let annotations = json!({
            "controller.kubernetes.io/pod-deletion-cost": "high",
            "kubernetes.io/config.mirror": "x",
            "scheduler.alpha.kubernetes.io/tolerations": "[{}",
            "seccomp.security.alpha.kubernetes.io/pod": "strict",
            "container.seccomp.security.alpha.kubernetes.io/main": "localhost/../x",
            "container.apparmor.security.beta.kubernetes.io/main": "x",
            "container.apparmor.security.beta.kubernetes.io/other": "unconfined",
        });
        let faults = job_faults(&json!({"template": {"metadata": {"annotations": annotations}}}));
        expect![[r#"
            template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/main]: Invalid value: must be an AppArmor profile [XX112]
            template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/other]: Invalid value: is for a container that is not there [XX112]
            template.metadata.annotations[container.seccomp.security.alpha.kubernetes.io/main]: Invalid value: must be a seccomp profile [XX112]
            template.metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: must be a whole number of 32 bits [XX112]
            template.metadata.annotations[kubernetes.io/config.mirror]: Invalid value: is for pods that the kubelet makes of files, which have `nodeName` [XX112]
            template.metadata.annotations[scheduler.alpha.kubernetes.io/tolerations]: Invalid value: must be a list of tolerations as JSON; better give them as `tolerations` of the pod [XX112]
            template.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: Invalid value: must be a seccomp profile [XX112]
        "#]].assert_eq(&faults);
    }

    #[test]
    fn tolerations_are_read_as_kubernetes_does() {
        let good = [
            "",
            "null",
            "[]",
            r#"[{"Key": "a", "operator": "Exists", "tolerationseconds": null, "other": 1}]"#,
        ];
        assert!(good.iter().all(|value| are_tolerations(value)));
        let bad = [
            "x",
            "{}",
            "[1]",
            "[null]",
            "[{}]",
            r#"[{"key": "a", "effect": "No"}]"#,
            r#"[{"key": 1}]"#,
        ];
        assert!(!bad.iter().any(|value| are_tolerations(value)));
    }

    #[test]
    fn costs_are_plain_numbers() {
        assert!(is_cost("0") && is_cost("-10") && is_cost("2147483647"));
        assert!(!is_cost("+1") && !is_cost("007") && !is_cost("") && !is_cost("2147483648") && !is_cost("1.5"));
    }
}
