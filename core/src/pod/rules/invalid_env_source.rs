//! XX431 `invalid-env-source`: an environment variable has no source, several, or one that cannot be read.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateEnvVarValueFrom`, `ValidateEnvFrom`): a variable has `value` or exactly one
//! member of `valueFrom`, and Secrets, ConfigMaps, keys and files have names and paths that can be.
//!
//! # Example
//! `env: [{name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]` is denied at `…valueFrom`.
//!
//! # Fix
//! Keep one source, and correct its name, key or path.

use k8s_openapi::api::core::v1::{EnvFromSource, EnvVar, EnvVarSource, FileKeySelector};

use crate::diagnostic::Report;
use crate::field::At;
use crate::names::{dns_label_fault, dns_subdomain_fault, env_name_fault};
use crate::pod::fault::{invalid, unless_formed};
use crate::pod::forms::{backstep_fault, data_key_fault};
use crate::pod::subject::{PodSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX431", "invalid-env-source", Deny, "invalid_env_source.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    subject.each_variable(|variable, here| {
        let Some(source) = &variable.value_from else { return };
        let at = here.key("valueFrom");
        check_source(source, &at, found);
        if variable.value.as_ref().is_some_and(|value| !value.is_empty()) && count(source) > 0 {
            found.push(invalid(&RULE, &at, "may not be given where `value` is"));
        }
    });
    subject.each_container(|container, _, here| {
        each(container.env_from.as_deref(), &here.key("envFrom"), |source, here| {
            check_all(source, here, found);
        });
    });
}

/// The source of a variable that every container gets; that it has no `value` beside it is checked elsewhere.
pub(in crate::pod) fn check_variable(variable: &EnvVar, at: &At<'_>, found: &mut Report) {
    if let Some(source) = &variable.value_from {
        check_source(source, &at.key("valueFrom"), found);
    }
}

/// How many sources there are.
fn count(source: &EnvVarSource) -> usize {
    let given = [
        source.field_ref.is_some(),
        source.resource_field_ref.is_some(),
        source.config_map_key_ref.is_some(),
        source.secret_key_ref.is_some(),
        source.file_key_ref.is_some(),
    ];
    given.iter().filter(|is_given| **is_given).count()
}

fn check_source(source: &EnvVarSource, at: &At<'_>, found: &mut Report) {
    if count(source) != 1 {
        let message = "must have exactly one of `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` and \
                       `fileKeyRef`";
        found.push(invalid(&RULE, at, message));
    }
    let keys = [
        (
            "configMapKeyRef",
            source.config_map_key_ref.as_ref().map(|key| (&key.name, &key.key)),
        ),
        (
            "secretKeyRef",
            source.secret_key_ref.as_ref().map(|key| (&key.name, &key.key)),
        ),
    ];
    for (field, key) in keys {
        if let Some((name, key)) = key {
            let here = at.key(field);
            found.push_if(unless_formed(&RULE, &here.key("name"), name, dns_subdomain_fault));
            found.push_if(unless_formed(&RULE, &here.key("key"), key, data_key_fault));
        }
    }
    if let Some(file) = &source.file_key_ref {
        check_file(file, &at.key("fileKeyRef"), found);
    }
}

fn check_file(file: &FileKeySelector, at: &At<'_>, found: &mut Report) {
    found.push_if(unless_formed(&RULE, &at.key("key"), &file.key, env_name_fault));
    found.push_if(unless_formed(
        &RULE,
        &at.key("volumeName"),
        &file.volume_name,
        dns_label_fault,
    ));
    found.push_if(unless_formed(&RULE, &at.key("path"), &file.path, backstep_fault));
}

/// All entries of a Secret or a ConfigMap as variables.
fn check_all(source: &EnvFromSource, at: &At<'_>, found: &mut Report) {
    if source.config_map_ref.is_some() == source.secret_ref.is_some() {
        found.push(invalid(&RULE, at, "must have either `configMapRef` or `secretRef`"));
    }
    let names = [
        (
            "configMapRef",
            source.config_map_ref.as_ref().map(|reference| &reference.name),
        ),
        ("secretRef", source.secret_ref.as_ref().map(|reference| &reference.name)),
    ];
    // The API server takes the name for a prefix, which may end in '-'.
    let fault = |name: &str| {
        dns_subdomain_fault(
            &name
                .strip_suffix('-')
                .map_or(name.to_owned(), |name| format!("{name}a")),
        )
    };
    for (field, name) in names {
        if let Some(name) = name {
            found.push_if(unless_formed(&RULE, &at.key(field).key("name"), name, fault));
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::container_faults;
    use crate::testing::{findings, with_globals};

    #[test]
    fn a_variable_has_one_source() {
        let field = json!({"fieldPath": "metadata.name"});
        let env = json!([
            {"name": "A", "value": "s3cret", "valueFrom": {"fieldRef": field}},
            {"name": "B", "valueFrom": {}},
            {"name": "C", "valueFrom": {"fieldRef": field, "secretKeyRef": {"name": "s", "key": "k"}}},
        ]);
        expect![[r#"
            env[0].valueFrom: Invalid value: may not be given where `value` is [XX431]
            env[1].valueFrom: Invalid value: must have exactly one of `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` and `fileKeyRef` [XX431]
            env[2].valueFrom: Invalid value: must have exactly one of `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` and `fileKeyRef` [XX431]
        "#]].assert_eq(&container_faults(&json!({"env": env})));
    }

    #[test]
    fn names_keys_and_paths_are_checked() {
        let env = json!([
            {"name": "A", "valueFrom": {"secretKeyRef": {"name": "A_B", "key": ".."}}},
            {"name": "B", "valueFrom": {"configMapKeyRef": {"key": "a b"}}},
            {"name": "C", "valueFrom": {"fileKeyRef": {"volumeName": "data", "key": "A=B", "path": "../x"}}},
        ]);
        expect![[r#"
            env[0].valueFrom.secretKeyRef.key: Invalid value: "..": must not be '.', or start with '..' [XX431]
            env[0].valueFrom.secretKeyRef.name: Invalid value: "A_B": must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') [XX431]
            env[1].valueFrom.configMapKeyRef.key: Invalid value: "a b": must consist of alphanumeric characters, '-', '_' or '.' [XX431]
            env[1].valueFrom.configMapKeyRef.name: Required value: must be given [XX003]
            env[2].valueFrom.fileKeyRef.key: Invalid value: "A=B": must consist only of printable ASCII characters other than '=' [XX431]
            env[2].valueFrom.fileKeyRef.path: Invalid value: "../x": must not contain '..' [XX431]
        "#]].assert_eq(&container_faults(&json!({"env": env})));
        let from = json!([{}, {"secretRef": {"name": "A_B"}}, {"configMapRef": {"name": "ok-"}}]);
        expect![[r#"
            envFrom[0]: Invalid value: must have either `configMapRef` or `secretRef` [XX431]
            envFrom[1].secretRef.name: Invalid value: "A_B": must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') [XX431]
        "#]].assert_eq(&container_faults(&json!({"envFrom": from})));
    }

    #[test]
    fn global_variables_are_checked_too() {
        let flow =
            with_globals(json!({"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "a b"}}}]}));
        expect![[r#"
            spec.globalParams.env[0].valueFrom.secretKeyRef.key: Invalid value: "a b": must consist of alphanumeric characters, '-', '_' or '.' [XX431]
        "#]].assert_eq(&findings(&flow));
    }
}
