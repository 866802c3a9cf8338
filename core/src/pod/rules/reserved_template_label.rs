//! XX113 `reserved-template-label`: a pod template sets a label by which Kubernetes finds the pods of a Job.
//!
//! # Why it is an error
//! The Job controller sets these labels to the Job's name and uid. The API server refuses a Job whose template sets
//! them to anything else (`validateGeneratedSelector`).
//!
//! # Example
//! `labels: {job-name: x}` is denied at `…template.metadata.labels[job-name]`; so is what an exported Job carries,
//! such as `batch.kubernetes.io/controller-uid`.
//!
//! # Fix
//! Remove the label.

use crate::diagnostic::Report;
use crate::pod::fault::invalid;
use crate::pod::subject::JobSubject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX113", "reserved-template-label", Deny, "reserved_template_label.rs");

const UID_LABELS: [&str; 2] = ["batch.kubernetes.io/controller-uid", "controller-uid"];
const NAME_LABELS: [&str; 2] = ["batch.kubernetes.io/job-name", "job-name"];

pub(in crate::pod) fn check(subject: &JobSubject<'_>, found: &mut Report) {
    let Some(labels) = subject
        .job
        .template
        .metadata
        .as_ref()
        .and_then(|metadata| metadata.labels.as_ref())
    else {
        return;
    };
    let template = subject.at.key("template");
    let metadata = template.key("metadata");
    let at = metadata.key("labels");
    for key in UID_LABELS.into_iter().chain(NAME_LABELS) {
        let Some(value) = labels.get(key) else { continue };
        let is_right = NAME_LABELS.contains(&key) && subject.context.job_name == Some(value);
        if !is_right {
            let message = "is set by Kubernetes, to the name or the uid of the Job";
            found.push(invalid(&RULE, &at.map_key(key), message).value(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::job_faults;

    #[test]
    fn labels_of_the_job_controller_may_only_be_what_it_sets() {
        let labels = json!({
            "job-name": "demo-a", "batch.kubernetes.io/job-name": "other", "controller-uid": "x", "app": "y"
        });
        let faults = job_faults(&json!({"template": {"metadata": {"labels": labels}}}));
        expect![[r#"
            template.metadata.labels[batch.kubernetes.io/job-name]: Invalid value: "other": is set by Kubernetes, to the name or the uid of the Job [XX113]
            template.metadata.labels[controller-uid]: Invalid value: "x": is set by Kubernetes, to the name or the uid of the Job [XX113]
        "#]].assert_eq(&faults);
    }
}
