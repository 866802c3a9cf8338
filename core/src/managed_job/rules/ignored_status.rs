//! MJ004 `ignored-status`: a manifest of a ManagedJob brings a `status` inside its `spec`.
//!
//! # Why it is a warning
//! Another operator for this kind writes its results there, so exported manifests carry them. jobflow does not read them: a
//! ManagedJob that is created starts from the beginning. Results stand in the status of the object.
//!
//! # Example
//! `groups: [{name: build, status: succeeded, ...}]` is accepted with a warning at `spec.groups[0].status`.
//!
//! # Fix
//! Remove the field. One warning speaks for all of them.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::managed_job::rules::Subject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ004", "ignored-status", Warn, "ignored_status.rs");

/// The first one is named and the others are counted: an exported manifest has one in every job and every dependency.
pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let mut first: Option<Diagnostic> = None;
    let mut others = 0;
    let mut see = |status: Option<&String>, at: &At<'_>| {
        if status.is_none() {
            return;
        }
        if first.is_some() {
            others += 1;
            return;
        }
        first = Some(Diagnostic::new(
            &RULE,
            &at.key("status"),
            Reason::Forbidden,
            "is ignored",
        ));
    };
    see(subject.spec.status.as_ref(), &At::SPEC);
    subject.each_group(|_, group, at| see(group.status.as_ref(), at));
    subject.each_group_dependency(|_, dependency, at| see(dependency.status.as_ref(), at));
    subject.each_job(|_, _, job, at| see(job.status.as_ref(), at));
    subject.each_job_dependency(|_, _, dependency, at| see(dependency.status.as_ref(), at));
    if let Some(mut finding) = first {
        if others > 0 {
            let places = if others == 1 { "place" } else { "places" };
            finding.message = format!("is ignored, and so is `status` in {others} other {places} under `spec`");
        }
        found.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    #[test]
    fn one_warning_speaks_for_all() {
        let job = json!({"name": "a", "image": "b", "status": "failed"});
        let groups = |status| json!([{"name": "g", "jobs": [job], "status": status}]);
        assert_eq!(
            findings(&managed_job(json!({"groups": groups(json!(null))}))),
            "spec.groups[0].jobs[0].status: Forbidden: is ignored [MJ004]\n"
        );
        assert_eq!(
            findings(&managed_job(json!({"groups": groups(json!("failed"))}))),
            "spec.groups[0].status: Forbidden: is ignored, and so is `status` in 1 other place under `spec` [MJ004]\n"
        );
    }
}
