//! JF205 `unknown-when`: `when` of a flow is none of the conditions that there are.
//!
//! # Why it is an error
//! It would not be known when the flow starts.
//!
//! # Example
//! `when: onFailure` is denied at `spec.flows[1].when`.
//!
//! # Fix
//! Write one of the values that the message lists, or leave the field out for the first of them.

use crate::choice;
use crate::diagnostic::Report;
use crate::job_flow::rules::{Subject, flows};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF205", "unknown-when", Deny, "unknown_when.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let at = flows();
    for (index, flow) in subject.spec.flows.iter().enumerate() {
        let here = at.index(index);
        choice::check(
            &RULE,
            flow.when.as_deref(),
            &crds::CONDITIONS_OF_START,
            &here.key("when"),
            found,
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, flows_with};

    #[test]
    fn every_value_of_the_schema_is_accepted_and_no_other() {
        let with = |when: &str| {
            let mut object = flows_with(&[("a", &[]), ("b", &["a"])]);
            object["spec"]["flows"][1]["when"] = json!(when);
            findings(&object)
        };
        for good in crds::CONDITIONS_OF_START {
            assert_eq!(with(good), "");
        }
        assert_eq!(
            with("onFailure"),
            "spec.flows[1].when: Unsupported value: \"onFailure\": supported values: \"OnSuccess\", \"OnFailure\", \"Always\" \
             (did you mean 'OnFailure'?) [JF205]\n"
        );
    }
}
