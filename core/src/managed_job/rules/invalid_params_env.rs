//! MJ501 `invalid-params-env`: an environment variable in the `params` of a ManagedJob that no container could have.
//!
//! # Why it is an error
//! It is merged into the Jobs below, and the API server would refuse every one of them (`ValidateEnv`).
//!
//! # Example
//! `env: [{name: "A=B", value: x}]` is denied at `spec.params.env[0].name`.
//!
//! # Fix
//! Correct the name, or keep one of `value` and `valueFrom`.

use crate::diagnostic::Report;
use crate::managed_job::rules::Subject;
use crate::params;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ501", "invalid-params-env", Deny, "invalid_params_env.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    subject.each_params(|params, at| params::check_env(&RULE, &params.env, &at.key("env"), found));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, with_params};

    #[test]
    fn it_is_refused_once_on_the_level_where_it_stands() {
        for (level, place) in ["spec", "spec.groups[0]", "spec.groups[0].jobs[0]"]
            .into_iter()
            .enumerate()
        {
            let findings = findings(&with_params(level, json!({"env": [{"name": "A=B"}]})));
            assert!(
                findings.starts_with(&format!("{place}.params.env[0].name: Invalid value: \"A=B\"")),
                "{findings}"
            );
            assert!(
                findings.ends_with(" [MJ501]\n") && findings.lines().count() == 1,
                "{findings}"
            );
        }
    }
}
