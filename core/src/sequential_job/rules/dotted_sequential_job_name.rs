//! SJ103 `dotted-sequential-job-name`: the name of a SequentialJob has dots.
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
use crate::object_name;
use crate::rules::{Rule, rule};
use crate::sequential_job::rules::Subject;

/// See the header of this file.
pub static RULE: Rule = rule!(
    "SJ103",
    "dotted-sequential-job-name",
    Deny,
    "dotted_sequential_job_name.rs"
);

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    object_name::check_dots(&RULE, subject.name, found);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, sequential_job};

    #[test]
    fn dots_are_refused() {
        let mut object = sequential_job(json!({}));
        object["metadata"]["name"] = json!("etl.daily");
        assert!(findings(&object).starts_with("metadata.name: Invalid value: \"etl.daily\": may not contain dots"));
    }
}
