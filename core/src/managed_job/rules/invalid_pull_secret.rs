//! MJ511 `invalid-pull-secret`: an entry of `imagePullSecrets` in `params` names no Secret.
//!
//! # Why it is an error
//! The pods could not pull their image.
//!
//! # Example
//! `params: {imagePullSecrets: [{nam: token}]}` is denied at `spec.params.imagePullSecrets[0]`.
//!
//! # Fix
//! Write the name of the Secret, as text or as `{name: ...}`.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::managed_job::rules::Subject;
use crate::names::dns_subdomain_fault;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ511", "invalid-pull-secret", Deny, "invalid_pull_secret.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    subject.each_params(|params, at| {
        let at = at.key("imagePullSecrets");
        for (index, secret) in params.image_pull_secrets.iter().enumerate() {
            let here = at.index(index);
            match secret.name() {
                None | Some("") => {
                    let message = "must be the name of a Secret, as text or as {name: ...}";
                    found.push(Diagnostic::new(&RULE, &here, Reason::Invalid, message));
                }
                Some(name) => {
                    if let Some(fault) = dns_subdomain_fault(name) {
                        found.push(Diagnostic::new(&RULE, &here, Reason::Invalid, fault).value(name));
                    }
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, with_params};

    #[test]
    fn names_and_references_are_accepted_and_nothing_else() {
        let secrets = json!(["token", {"name": "token"}, "", {"nam": "x"}, 5, "A_b", {"name": "x", "y": "z"}]);
        let findings = findings(&with_params(0, json!({"imagePullSecrets": secrets})));
        let starts: Vec<&str> = findings
            .lines()
            .map(|line| line.split(" must").next().unwrap_or_default())
            .collect();
        assert_eq!(
            starts,
            [
                "spec.params.imagePullSecrets[2]: Invalid value:",
                "spec.params.imagePullSecrets[3]: Invalid value:",
                "spec.params.imagePullSecrets[4]: Invalid value:",
                "spec.params.imagePullSecrets[5]: Invalid value: \"A_b\":",
                "spec.params.imagePullSecrets[6]: Invalid value:",
            ]
        );
    }
}
