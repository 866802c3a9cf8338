//! JF501 `invalid-global-env`: an environment variable of `globalParams` that no container could have.
//!
//! # Why it is an error
//! It is added to every container of every flow, so the API server would refuse every Job (`ValidateEnv`).
//!
//! # Example
//! `env: [{name: "A=B", value: x}]` is denied at `spec.globalParams.env[0].name`; a variable with both `value` and
//! `valueFrom` at its `valueFrom`.
//!
//! # Fix
//! Correct the name, or keep one of `value` and `valueFrom`.

use crate::diagnostic::Report;
use crate::field::At;
use crate::job_flow::rules::Subject;
use crate::params;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF501", "invalid-global-env", Deny, "invalid_global_env.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let globals = At::SPEC.key("globalParams");
    let at = globals.key("env");
    params::check_env(&RULE, &subject.globals().env, &at, found);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, with_globals};

    #[test]
    fn names_and_sources_are_checked_and_values_never_shown() {
        let from = json!({"fieldRef": {"fieldPath": "metadata.name"}});
        let env = json!([{"name": "A"}, {"name": "A=B", "value": "s3cret"}, {"name": "C", "value": "s3cret", "valueFrom": from}]);
        assert_eq!(
            findings(&with_globals(json!({"env": env}))),
            "\
spec.globalParams.env[1].name: Invalid value: \"A=B\": must consist only of printable ASCII characters other than '=' \
[JF501]
spec.globalParams.env[2].valueFrom: Forbidden: variable 'C' has `value` too, and may have only one of the two [JF501]
"
        );
    }
}
