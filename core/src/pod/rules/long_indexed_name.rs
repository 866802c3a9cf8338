//! XX464 `long-indexed-name`: the pods of an Indexed Job could not have host names.
//!
//! # Why it is an error
//! The pods of an Indexed Job have the host name `<job>-<index>`, which must be a DNS label: at most 63 bytes, without
//! dots. The API server refuses a Job whose highest index does not fit (`ValidateJob`).
//!
//! # Example
//! A Job with a name of 62 bytes and `completions: 11` needs 65 bytes; denied at `…completions`.
//!
//! # Fix
//! Shorten the name of the object or of the flow, by as much as the message says.

use crate::diagnostic::Report;
use crate::limits::JOB_NAME_BYTES_MAX;
use crate::names::dns_label_fault;
use crate::pod::fault::invalid;
use crate::pod::subject::JobSubject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX464", "long-indexed-name", Deny, "long_indexed_name.rs");

pub(in crate::pod) fn check(subject: &JobSubject<'_>, found: &mut Report) {
    let job = subject.job;
    // Both absent: the API server sets both to 1.
    let defaulted = if job.parallelism.is_none() { Some(1) } else { None };
    let completions = job.completions.or(defaulted).filter(|completions| *completions > 0);
    let (Some("Indexed"), Some(completions), Some(name)) =
        (job.completion_mode.as_deref(), completions, subject.context.job_name)
    else {
        return;
    };
    // A name that is no label, or too long by itself, has a rule of its own.
    if dns_label_fault(name).is_some() {
        return;
    }
    let bytes = name.len() + 1 + (completions - 1).to_string().len();
    if bytes > JOB_NAME_BYTES_MAX {
        let message = format!(
            "the host name '<job>-{}' would have {bytes} bytes, and may have no more than {JOB_NAME_BYTES_MAX}: shorten \
             the name of the Job by {}",
            completions - 1,
            bytes - JOB_NAME_BYTES_MAX,
        );
        found.push(invalid(&RULE, &subject.at.key("completions"), message).literal(completions));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::testing::{findings, flows_named};

    #[test]
    fn the_highest_index_must_fit_into_a_host_name() {
        let faults = |name: usize, completions: i32| {
            let mut flow = flows_named(&["a"]);
            // The Job's name has two bytes more: '-a'.
            flow["metadata"]["name"] = json!("x".repeat(name));
            flow["spec"]["flows"][0]["jobTemplate"]["completionMode"] = json!("Indexed");
            flow["spec"]["flows"][0]["jobTemplate"]["completions"] = json!(completions);
            findings(&flow)
        };
        assert_eq!(faults(59, 10), "");
        expect![[r#"
            spec.flows[0].jobTemplate.completions: Invalid value: 11: the host name '<job>-10' would have 64 bytes, and may have no more than 63: shorten the name of the Job by 1 [XX464]
        "#]].assert_eq(&faults(59, 11));
        expect![[r#"
            spec.flows[0].jobTemplate.completions: Invalid value: 1: the host name '<job>-0' would have 64 bytes, and may have no more than 63: shorten the name of the Job by 1 [XX464]
        "#]].assert_eq(&faults(60, 1));
    }
}
