//! DJ501 `invalid-daemon-env`: an environment variable of a DaemonJob's `globalParams` that no container could have.
//!
//! # Why it is an error
//! It is added to the Job and the pod of every node, so the API server would refuse every Job (`ValidateEnv`).
//!
//! # Example
//! `env: [{name: "A=B", value: x}]` is denied at `spec.globalParams.env[0].name`.
//!
//! # Fix
//! Correct the name, or keep one of `value` and `valueFrom`.

use crate::daemon_job::rules::Subject;
use crate::diagnostic::Report;
use crate::field::At;
use crate::params;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("DJ501", "invalid-daemon-env", Deny, "invalid_daemon_env.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let globals = At::SPEC.key("globalParams");
    let at = globals.key("env");
    params::check_env(&RULE, &subject.globals().env, &at, found);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{daemon_job, findings};

    #[test]
    fn it_is_refused_where_it_stands() {
        let findings = findings(&daemon_job(json!({"globalParams": {"env": [{"name": "A=B"}]}})));
        assert!(
            findings.starts_with("spec.globalParams.env[0].name: Invalid value: \"A=B\""),
            "{findings}"
        );
        assert!(
            findings.ends_with(" [DJ501]\n") && findings.lines().count() == 1,
            "{findings}"
        );
    }
}
