//! XX430 `invalid-env-name`: an environment variable of a container has no name, or one that cannot be.
//!
//! # Why it is an error
//! The API server refuses the Job (`ValidateEnv`, `ValidateEnvFrom`).
//!
//! # Example
//! `env: [{name: "A=B", value: x}]` is denied at `…env[0].name`.
//!
//! # Fix
//! Use printable ASCII characters other than '='. Letters, digits and '_' work with every shell.

use crate::diagnostic::Report;
use crate::names::env_name_fault;
use crate::pod::fault::unless_formed;
use crate::pod::subject::{PodSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX430", "invalid-env-name", Deny, "invalid_env_name.rs");

/// Shows names only: a value may be a secret.
pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    subject.each_variable(|variable, here| {
        found.push_if(unless_formed(&RULE, &here.key("name"), &variable.name, env_name_fault));
    });
    subject.each_container(|container, _, here| {
        each(container.env_from.as_deref(), &here.key("envFrom"), |source, here| {
            if let Some(prefix) = source.prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
                found.push_if(unless_formed(&RULE, &here.key("prefix"), prefix, env_name_fault));
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::container_faults;

    #[test]
    fn names_and_prefixes_are_checked_and_values_never_shown() {
        let env = json!([{"name": "A.b-1", "value": "s3cret"}, {"name": "A=B", "value": "s3cret"}, {"name": ""}]);
        let from = json!([{"prefix": "ä", "secretRef": {"name": "s"}}]);
        expect![[r#"
            env[1].name: Invalid value: "A=B": must consist only of printable ASCII characters other than '=' [XX430]
            env[2].name: Required value: must be given [XX430]
            envFrom[0].prefix: Invalid value: "ä": must consist only of printable ASCII characters other than '=' [XX430]
        "#]].assert_eq(&container_faults(&json!({"env": env, "envFrom": from})));
    }
}
