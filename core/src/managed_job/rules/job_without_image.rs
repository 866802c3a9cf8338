//! MJ003 `job-without-image`: a job of a ManagedJob without an image.
//!
//! # Why it is an error
//! The API server would refuse its pod.
//!
//! # Example
//! `jobs: [{name: test}]` is denied at `spec.groups[0].jobs[0].image`.
//!
//! # Fix
//! Name the image of the job's container.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::managed_job::rules::Subject;
use crate::rules::{Rule, rule};
use crate::text::named;

/// See the header of this file.
pub static RULE: Rule = rule!("MJ003", "job-without-image", Deny, "job_without_image.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    subject.each_job(|_, _, job, at| {
        if job.image.is_empty() {
            let message = format!("job {} must have an image", named(&job.name));
            found.push(Diagnostic::new(&RULE, &at.key("image"), Reason::Required, message));
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    #[test]
    fn an_absent_image_and_an_empty_one_are_the_same_fault() {
        let groups = json!([{"name": "g", "jobs": [{"name": "a"}, {"name": "b", "image": ""}]}]);
        assert_eq!(
            findings(&managed_job(json!({"groups": groups}))),
            "spec.groups[0].jobs[0].image: Required value: job 'a' must have an image [MJ003]\n\
             spec.groups[0].jobs[1].image: Required value: job 'b' must have an image [MJ003]\n"
        );
    }
}
