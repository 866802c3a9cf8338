//! XX475 `profile-conflict`: a seccomp or AppArmor profile is given as a field and as an annotation, and they differ.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateSeccompAnnotationsAndFields`,
//! `validateAppArmorAnnotationsAndFieldsMatchOnCreate`): it would be unclear which profile counts.
//!
//! # Example
//! `seccompProfile: {type: RuntimeDefault}` beside the annotation `seccomp.security.alpha.kubernetes.io/pod: unconfined` is
//! denied at the field.
//!
//! # Fix
//! Remove the annotation: the field replaced it.

use std::collections::BTreeMap;

use crate::diagnostic::Report;
use crate::field::At;
use crate::pod::fault::forbidden;
use crate::pod::rules::invalid_pod_annotation::{APP_ARMOR_CONTAINER, SECCOMP_CONTAINER, SECCOMP_POD};
use crate::pod::subject::PodSubject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX475", "profile-conflict", Deny, "profile_conflict.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let annotations = subject
        .template
        .metadata
        .as_ref()
        .and_then(|metadata| metadata.annotations.as_ref());
    let Some(annotations) = annotations.filter(|annotations| has_profiles(annotations)) else {
        return;
    };
    let of_pod = subject.pod.security_context.as_ref();
    let at = subject.at.key("securityContext");
    if let Some(profile) = of_pod.and_then(|context| context.seccomp_profile.as_ref()) {
        let field = (profile.type_.as_str(), profile.localhost_profile.as_deref());
        compare(annotations.get(SECCOMP_POD), field, &at.key("seccompProfile"), found);
    }
    let pod_app_armor = of_pod.and_then(|context| context.app_armor_profile.as_ref());
    subject.each_container(|container, _, here| {
        let at = here.key("securityContext");
        let context = container.security_context.as_ref();
        if let Some(profile) = context.and_then(|context| context.seccomp_profile.as_ref()) {
            let annotation = annotations.get(&format!("{SECCOMP_CONTAINER}{}", container.name));
            let field = (profile.type_.as_str(), profile.localhost_profile.as_deref());
            compare(annotation, field, &at.key("seccompProfile"), found);
        }
        let profile = context
            .and_then(|context| context.app_armor_profile.as_ref())
            .or(pod_app_armor);
        if let Some(profile) = profile.filter(|_| !subject.is_for_windows()) {
            let annotation = annotations.get(&format!("{APP_ARMOR_CONTAINER}{}", container.name));
            let field = (profile.type_.as_str(), profile.localhost_profile.as_deref());
            compare(annotation, field, &at.key("appArmorProfile"), found);
        }
    });
}

fn has_profiles(annotations: &BTreeMap<String, String>) -> bool {
    let starts = [SECCOMP_POD, SECCOMP_CONTAINER, APP_ARMOR_CONTAINER];
    annotations
        .keys()
        .any(|key| starts.iter().any(|start| key.starts_with(start)))
}

/// Compares an annotation with the type and the file of a field.
fn compare(annotation: Option<&String>, field: (&str, Option<&str>), at: &At<'_>, found: &mut Report) {
    let Some(annotation) = annotation else { return };
    let (kind, file) = field;
    let named = annotation.strip_prefix("localhost/");
    let is_same_type = match kind {
        "Unconfined" => annotation == "unconfined",
        "RuntimeDefault" => matches!(annotation.as_str(), "runtime/default" | "docker/default"),
        "Localhost" => named.is_some(),
        _ => true,
    };
    if !is_same_type {
        found.push(forbidden(
            &RULE,
            &at.key("type"),
            "must be the same as in the annotation",
        ));
    } else if kind == "Localhost" && named != file {
        found.push(forbidden(
            &RULE,
            &at.key("localhostProfile"),
            "must be the same as in the annotation",
        ));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use crate::pod::testing::job_faults;

    fn faults(annotation: &str, value: &str, context: &Value) -> String {
        let mut annotations = json!({});
        annotations[annotation] = json!(value);
        job_faults(
            &json!({"template": {"metadata": {"annotations": annotations}, "spec": {"securityContext": context}}}),
        )
    }

    #[test]
    fn fields_and_annotations_agree() {
        let default =
            json!({"seccompProfile": {"type": "RuntimeDefault"}, "appArmorProfile": {"type": "RuntimeDefault"}});
        let seccomp = "seccomp.security.alpha.kubernetes.io/pod";
        let app_armor = "container.apparmor.security.beta.kubernetes.io/main";
        assert_eq!(faults(seccomp, "runtime/default", &default), "");
        expect![[r#"
            template.spec.securityContext.seccompProfile.type: Forbidden: must be the same as in the annotation [XX475]
        "#]]
        .assert_eq(&faults(seccomp, "unconfined", &default));
        expect![[r#"
            template.spec.containers[0].securityContext.appArmorProfile.type: Forbidden: must be the same as in the annotation [XX475]
        "#]].assert_eq(&faults(app_armor, "unconfined", &default));
        let local = json!({"seccompProfile": {"type": "Localhost", "localhostProfile": "a"}});
        assert_eq!(faults(seccomp, "localhost/a", &local), "");
        expect![[r#"
            template.spec.securityContext.seccompProfile.localhostProfile: Forbidden: must be the same as in the annotation [XX475]
        "#]].assert_eq(&faults(seccomp, "localhost/b", &local));
    }
}
