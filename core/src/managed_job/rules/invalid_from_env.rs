//! MJ502 `invalid-from-env`: an entry of `fromEnv` names no source, or two, or a key that cannot be a variable.
//!
//! # Why it is an error
//! It becomes a variable or a source of variables of every container below, which the API server would refuse.
//!
//! # Example
//! `fromEnv: [{key: LEVEL}]` is denied at `spec.params.fromEnv[0]`.
//!
//! # Fix
//! Give exactly one of `configMapRef` and `secretRef`, with a name. A `key` takes that one key, as a variable of the same
//! name; without it all keys become variables.

use crds::FromEnv;

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::managed_job::origin::{has_key, variable_name};
use crate::managed_job::rules::Subject;
use crate::names::{dns_subdomain_fault, env_name_fault};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ502", "invalid-from-env", Deny, "invalid_from_env.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    subject.each_params(|params, at| {
        let at = at.key("fromEnv");
        for (index, source) in params.from_env.iter().enumerate() {
            check_reference(source, &at.index(index), found);
            check_names(source, &at.index(index), found);
        }
    });
}

fn check_reference(source: &FromEnv, at: &At<'_>, found: &mut Report) {
    let map = source.config_map_ref.as_ref().map(|map| ("configMapRef", &map.name));
    let secret = source.secret_ref.as_ref().map(|secret| ("secretRef", &secret.name));
    let (field, name) = match (map, secret) {
        (Some(reference), None) | (None, Some(reference)) => reference,
        (Some(_), Some(_)) => {
            let message = "may not be given beside `configMapRef`";
            found.push(Diagnostic::new(&RULE, &at.key("secretRef"), Reason::Forbidden, message));
            return;
        }
        (None, None) => {
            let message = "must have one of `configMapRef` and `secretRef`";
            found.push(Diagnostic::new(&RULE, at, Reason::Required, message));
            return;
        }
    };
    let here = at.key(field);
    let here = here.key("name");
    if name.is_empty() {
        found.push(Diagnostic::new(&RULE, &here, Reason::Required, "must name the source"));
    } else if let Some(fault) = dns_subdomain_fault(name) {
        found.push(Diagnostic::new(&RULE, &here, Reason::Invalid, fault).value(name));
    }
}

fn check_names(source: &FromEnv, at: &At<'_>, found: &mut Report) {
    if let (true, Some(key)) = (has_key(source), &source.key) {
        let fault = config_key_fault(key).or_else(|| env_name_fault(&variable_name(source)));
        if let Some(fault) = fault {
            found.push(Diagnostic::new(&RULE, &at.key("key"), Reason::Invalid, fault).value(key));
        }
    } else if let Some(prefix) = source.prefix.as_ref().filter(|prefix| !prefix.is_empty())
        && let Some(fault) = env_name_fault(prefix)
    {
        found.push(Diagnostic::new(&RULE, &at.key("prefix"), Reason::Invalid, fault).value(prefix));
    }
}

/// Says why `key` cannot be the key of a ConfigMap or a Secret (`IsConfigMapKey`).
fn config_key_fault(key: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let well_formed = key.len() <= 253 && key.bytes().all(allowed) && key != "." && !key.starts_with("..");
    (!well_formed).then(|| {
        "must consist of up to 253 alphanumeric characters, '-', '_' or '.' (e.g. 'key.name' or 'KEY_NAME')".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, with_params};

    #[test]
    fn an_entry_has_one_source_with_a_name() {
        let map = json!({"name": "m"});
        let sources = json!([
            {"configMapRef": map, "key": "LEVEL"}, {"secretRef": {"name": "s"}, "prefix": "P_"}, {"key": "LEVEL"},
            {"configMapRef": map, "secretRef": map}, {"configMapRef": {"name": ""}}, {"configMapRef": {"name": "M"}},
        ]);
        let findings = findings(&with_params(0, json!({"fromEnv": sources})));
        let starts: Vec<&str> = findings
            .lines()
            .map(|line| line.split(" consist").next().unwrap_or_default())
            .collect();
        assert_eq!(
            starts,
            [
                "spec.params.fromEnv[2]: Required value: must have one of `configMapRef` and `secretRef` [MJ502]",
                "spec.params.fromEnv[3].secretRef: Forbidden: may not be given beside `configMapRef` [MJ502]",
                "spec.params.fromEnv[4].configMapRef.name: Required value: must name the source [MJ502]",
                "spec.params.fromEnv[5].configMapRef.name: Invalid value: \"M\": must",
            ]
        );
    }

    #[test]
    fn a_key_is_a_key_and_a_prefix_begins_a_variable() {
        let map = json!({"name": "m"});
        let sources = json!([
            {"configMapRef": map, "key": "a/b"}, {"configMapRef": map, "key": ".."}, {"configMapRef": map, "prefix": "a="},
            {"configMapRef": map, "key": "K", "prefix": "="}, {"configMapRef": map, "key": ""},
        ]);
        let findings = findings(&with_params(0, json!({"fromEnv": sources})));
        let starts: Vec<&str> = findings
            .lines()
            .map(|line| line.split(" must").next().unwrap_or_default())
            .collect();
        assert_eq!(
            starts,
            [
                "spec.params.fromEnv[0].key: Invalid value: \"a/b\":",
                "spec.params.fromEnv[1].key: Invalid value: \"..\":",
                "spec.params.fromEnv[2].prefix: Invalid value: \"a=\":",
                "spec.params.fromEnv[3].key: Invalid value: \"K\":",
            ]
        );
    }
}
