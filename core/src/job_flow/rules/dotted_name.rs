//! JF104 `dotted-name`: the name of a JobFlow has dots.
//!
//! # Why it is an error
//! A custom resource may have dots in its name, but the name begins the names of its Jobs, and those are copied
//! into pods' host names, where Kubernetes allows DNS labels only.
//!
//! # Example
//! `metadata: {name: etl.daily}` is denied at `metadata.name`.
//!
//! # Fix
//! Use '-' in place of '.'.

use crate::diagnostic::Report;
use crate::job_flow::rules::Subject;
use crate::object_name;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF104", "dotted-name", Deny, "dotted_name.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    object_name::check_dots(&RULE, subject.name, found);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, flows_named};

    #[test]
    fn dots_are_refused_in_given_and_generated_names() {
        let mut flow = flows_named(&["load"]);
        flow["metadata"] = json!({"name": "etl.daily"});
        assert_eq!(
            findings(&flow),
            "\
metadata.name: Invalid value: \"etl.daily\": may not contain dots, since it begins the names of Jobs and host names of \
pods (use '-' in place of '.') [JF104]
"
        );
        flow["metadata"] = json!({"generateName": "etl."});
        assert!(findings(&flow).starts_with("metadata.generateName: Invalid value: \"etl.\": may not contain dots"));
    }
}
