//! JF303 `missing-job-template`: a flow refers to a JobTemplate that does not exist.
//!
//! # Why it is a warning
//! The order of objects in one `kubectl apply` is not guaranteed, so the template may follow. Until it does, the
//! flow waits.
//!
//! # Example
//! `jobTemplateRef: build` with no JobTemplate `build` in the namespace: a warning at
//! `spec.flows[0].jobTemplateRef`.
//!
//! # Fix
//! Create the JobTemplate; the flow starts as soon as it is there.

use crate::admission::Presence;
use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::job_flow::rules::{Subject, flows, reference};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF303", "missing-job-template", Warn, "missing_job_template.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let at = flows();
    for (index, flow) in subject.spec.flows.iter().enumerate() {
        let Some(name) = reference(flow) else {
            continue;
        };
        if subject.templates.presence(subject.namespace, name) == Presence::Absent {
            let here = at.index(index);
            let message = "is the name of no JobTemplate yet; the flow waits for it";
            found.push(Diagnostic::new(&RULE, &here.key("jobTemplateRef"), Reason::NotFound, message).value(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::admission::{KnownTemplates, check};
    use crate::testing::{job_flow, lines};

    #[test]
    fn only_a_template_that_is_known_to_be_absent_is_warned_of() {
        let mut templates = KnownTemplates::default();
        let flow = job_flow(json!({"flows": [{"name": "a", "jobTemplateRef": "build"}]}));
        assert_eq!(lines(check(&crate::job_flow::KIND, &flow, &templates)), "");
        let template = |name| json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobTemplate", "metadata": {"name": name}});
        templates.note(&template("other"));
        assert_eq!(
            lines(check(&crate::job_flow::KIND, &flow, &templates)),
            "\
spec.flows[0].jobTemplateRef: Not found: \"build\": is the name of no JobTemplate yet; the flow waits for it [JF303]
"
        );
        templates.note(&template("build"));
        assert_eq!(lines(check(&crate::job_flow::KIND, &flow, &templates)), "");
    }

    #[test]
    fn a_file_that_names_no_namespace_may_be_for_any() {
        let in_namespace = |mut object: serde_json::Value, namespace: &str| {
            object["metadata"]["namespace"] = namespace.into();
            object
        };
        let flow = job_flow(json!({"flows": [{"name": "a", "jobTemplateRef": "build"}]}));
        let template =
            json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobTemplate", "metadata": {"name": "build"}});
        let is_found = |flow: &serde_json::Value, template: &serde_json::Value| {
            let mut templates = KnownTemplates::default();
            templates.note(template);
            check(&crate::job_flow::KIND, flow, &templates).findings().is_empty()
        };
        let (here, there) = (
            in_namespace(flow.clone(), "here"),
            in_namespace(template.clone(), "there"),
        );
        assert!(is_found(&flow, &there) && is_found(&here, &template));
        assert!(is_found(&in_namespace(flow, "there"), &there) && !is_found(&here, &there));
    }

    #[test]
    fn where_no_template_is_given_all_are_absent_if_that_is_all() {
        let mut templates = KnownTemplates::default();
        templates.complete();
        let flow = job_flow(json!({"flows": [{"name": "a", "jobTemplateRef": "build"}]}));
        assert_eq!(check(&crate::job_flow::KIND, &flow, &templates).findings().len(), 1);
    }
}
