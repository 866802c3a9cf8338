//! MJ106 `long-managed-job-name`: the name of a Job of a ManagedJob would be longer than a Job's name may be.
//!
//! # Why it is an error
//! The Job is named `<managedjob>-<group>-<job>`. The Job controller copies that name into a label and into the pods' host
//! names, which end at 63 bytes, so such a Job could not run.
//!
//! # Example
//! A ManagedJob, a group and a job with names of 25 bytes each need 77 bytes; denied at the name of the job.
//!
//! # Fix
//! Shorten one of the three names, by as much as the message says.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::managed_job::rules::Subject;
use crate::object_name::NameBytes;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ106", "long-managed-job-name", Deny, "long_managed_job_name.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let Some(of_object) = NameBytes::of(subject.name) else {
        return;
    };
    subject.each_job(|_, group, job, at| {
        let parts = [group.name.len(), job.name.len()];
        let shorten = "the name of the ManagedJob, of the group or of the job";
        if let Some(message) = of_object.too_long("<managedjob>-<group>-<job>", &parts, shorten) {
            let finding = Diagnostic::new(&RULE, &at.key("name"), Reason::Invalid, message);
            found.push(finding.value(&job.name));
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    #[test]
    fn sixty_three_bytes_are_accepted_and_one_more_is_refused_with_the_arithmetic() {
        let mut object = managed_job(json!({}));
        object["spec"]["groups"][0]["name"] = json!("g".repeat(30));
        object["spec"]["groups"][0]["jobs"][0]["name"] = json!("j".repeat(27));
        assert_eq!(findings(&object), "");
        object["spec"]["groups"][0]["jobs"][0]["name"] = json!("j".repeat(28));
        assert_eq!(
            findings(&object),
            format!(
                "spec.groups[0].jobs[0].name: Invalid value: \"{}\": the Job's name '<managedjob>-<group>-<job>' would have 4 \
                 + 1 + 30 + 1 + 28 = 64 bytes, and may have no more than 63: shorten the name of the ManagedJob, of the \
                 group or of the job by 1 [MJ106]\n",
                "j".repeat(28)
            )
        );
    }

    #[test]
    fn a_generated_name_counts_five_more_bytes() {
        let mut object = managed_job(json!({}));
        object["metadata"] = json!({"generateName": "x".repeat(60)});
        assert!(findings(&object).contains("would have (60 + 5 generated) + 1 + 1 + 1 + 1 = 69 bytes"));
    }
}
