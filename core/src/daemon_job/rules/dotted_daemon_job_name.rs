//! DJ101 `dotted-daemon-job-name`: the name of a DaemonJob has dots.
//!
//! # Why it is an error
//! A custom resource may have dots in its name, but the name begins the names of its Jobs, and those are copied
//! into pods' host names, where Kubernetes allows DNS labels only.
//!
//! # Example
//! `metadata: {name: clean.daily}` is denied at `metadata.name`.
//!
//! # Fix
//! Use '-' in place of '.'.

use crate::daemon_job::rules::Subject;
use crate::diagnostic::Report;
use crate::object_name;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("DJ101", "dotted-daemon-job-name", Deny, "dotted_daemon_job_name.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    object_name::check_dots(&RULE, subject.name, found);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{daemon_job, findings};

    #[test]
    fn dots_are_refused() {
        let mut object = daemon_job(json!({}));
        object["metadata"]["name"] = json!("clean.daily");
        assert!(findings(&object).starts_with("metadata.name: Invalid value: \"clean.daily\": may not contain dots"));
    }
}
