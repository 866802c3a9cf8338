//! SJ102 `long-sequential-job-name`: the name of a Job of a SequentialJob would be longer than a Job's name may be.
//!
//! # Why it is an error
//! The Job of a container is named `<sequentialjob>-<index>`. The Job controller copies that name into a label and into the
//! pods' host names, which end at 63 bytes, so such a Job could not run.
//!
//! # Example
//! A SequentialJob with a name of 61 bytes and eleven containers needs 64 bytes for the last; denied at `metadata.name`.
//!
//! # Fix
//! Shorten the name, by as much as the message says.

use crate::admission::ObjectName;
use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::object_name::NameBytes;
use crate::rules::{Rule, rule};
use crate::sequential_job::rules::Subject;

/// See the header of this file.
pub static RULE: Rule = rule!("SJ102", "long-sequential-job-name", Deny, "long_sequential_job_name.rs");

/// The largest index decides: it has the most digits.
pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let metadata = At::ROOT.key("metadata");
    let (at, name) = match subject.name {
        ObjectName::Given(name) => (metadata.key("name"), name),
        ObjectName::Generated(prefix) => (metadata.key("generateName"), prefix),
        ObjectName::Missing => return,
    };
    let largest = subject.spec.containers.len().saturating_sub(1);
    let digits = largest.to_string().len();
    let form = "<sequentialjob>-<index>";
    let too_long = NameBytes::of(subject.name).and_then(|of_object| of_object.too_long(form, &[digits], "the name"));
    if let Some(message) = too_long {
        found.push(Diagnostic::new(&RULE, &at, Reason::Invalid, message).value(name));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, sequential_job};

    fn with(name_bytes: usize, containers: usize) -> String {
        let containers: Vec<_> = (0..containers)
            .map(|n| json!({"name": format!("c{n}"), "image": "x"}))
            .collect();
        let mut object = sequential_job(json!({"containers": containers}));
        object["metadata"]["name"] = json!("x".repeat(name_bytes));
        findings(&object)
    }

    #[test]
    fn the_digits_of_the_largest_index_count() {
        assert_eq!(with(61, 10), "");
        assert_eq!(with(60, 11), "");
        assert_eq!(
            with(61, 11),
            format!(
                "metadata.name: Invalid value: \"{}\": the Job's name '<sequentialjob>-<index>' would have 61 + 1 + 2 = 64 bytes, \
                 and may have no more than 63: shorten the name by 1 [SJ102]\n",
                "x".repeat(61)
            )
        );
    }

    #[test]
    fn a_generated_name_counts_five_more_bytes() {
        let mut object = sequential_job(json!({}));
        object["metadata"] = json!({"generateName": "x".repeat(57)});
        assert!(findings(&object).contains("would have (57 + 5 generated) + 1 + 1 = 64 bytes"));
    }
}
