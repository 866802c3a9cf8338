//! JF502 `invalid-global-label`: a label of `globalParams` that no object could have.
//!
//! # Why it is an error
//! It is added to every Job and pod, so the API server would refuse every Job (`ValidateLabels`).
//!
//! # Example
//! `labels: {team: "a b"}` is denied at `spec.globalParams.labels[team]`.
//!
//! # Fix
//! Keys are an optional DNS subdomain and '/', then up to 63 letters, digits, '-', '_' and '.'; values the same
//! without the first part. Free text belongs in annotations.

use crate::diagnostic::Report;
use crate::field::At;
use crate::job_flow::rules::Subject;
use crate::params;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF502", "invalid-global-label", Deny, "invalid_global_label.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let globals = At::SPEC.key("globalParams");
    let at = globals.key("labels");
    params::check_labels(&RULE, &subject.globals().labels, &at, found);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, with_globals};

    #[test]
    fn keys_and_values_are_checked() {
        let findings = findings(&with_globals(json!({"labels": {"team": "a b", "/x": "", "ok": "v"}})));
        let starts: Vec<&str> = findings
            .lines()
            .map(|line| line.split(": must").next().unwrap_or_default())
            .collect();
        assert_eq!(
            starts[0],
            "spec.globalParams.labels[/x]: Invalid value: \"/x\": the key the part before '/' must be a DNS \
subdomain (e.g. 'example.com') [JF502]"
        );
        assert_eq!(starts[1], "spec.globalParams.labels[team]: Invalid value: \"a b\"");
        assert_eq!(starts.len(), 2);
    }
}
