//! MJ510 `unknown-pull-policy`: `imagePullPolicy` in `params` is no pull policy, or more than one.
//!
//! # Why it is an error
//! A container has one pull policy, and the API server knows three.
//!
//! # Example
//! `params: {imagePullPolicy: [Always, Never]}` is denied at `spec.params.imagePullPolicy`.
//!
//! # Fix
//! Write `Always`, `IfNotPresent` or `Never`, as text or as a list with one entry.

use crds::PullPolicy;

use crate::choice;
use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::managed_job::rules::Subject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ510", "unknown-pull-policy", Deny, "unknown_pull_policy.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    subject.each_params(|params, at| {
        let here = at.key("imagePullPolicy");
        let Some(policy) = &params.image_pull_policy else {
            return;
        };
        if policy.value().is_some() {
            choice::check(&RULE, policy.value(), &crds::PULL_POLICIES, &here, found);
            return;
        }
        let message = match policy {
            PullPolicy::List(list) => format!("must be a text or a list of exactly one text, and has {}", list.len()),
            _ => "must be a text or a list of exactly one text".to_owned(),
        };
        found.push(Diagnostic::new(&RULE, &here, Reason::Invalid, message));
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, with_params};

    #[test]
    fn a_text_and_a_list_of_one_are_accepted() {
        for good in [json!("Always"), json!(["IfNotPresent"]), json!("Never"), json!(null)] {
            assert_eq!(findings(&with_params(0, json!({"imagePullPolicy": good}))), "");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let of = |policy| findings(&with_params(0, json!({"imagePullPolicy": policy})));
        assert!(of(json!(["always"])).contains("Unsupported value: \"always\""));
        assert_eq!(
            of(json!(["Always", "Never"])),
            "spec.params.imagePullPolicy: Invalid value: must be a text or a list of exactly one text, and has 2 [MJ510]\n"
        );
        for bad in [json!([]), json!(5), json!({"a": 1})] {
            assert!(of(bad).starts_with("spec.params.imagePullPolicy: Invalid value: must be a text or a list"));
        }
    }
}
