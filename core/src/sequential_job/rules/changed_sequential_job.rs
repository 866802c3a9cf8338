//! SJ601 `changed-sequential-job`: an update changes what may not change in a SequentialJob.
//!
//! # Why it is an error
//! Jobs that have run cannot run in another way: after a change nobody could say which spec the results belong to.
//!
//! # Example
//! Changing the image of a container is denied at `spec.containers[1].image`.
//!
//! # Fix
//! Create a SequentialJob with another name, or delete this one first (its Jobs and pods go with it). `suspend`,
//! `activeDeadlineSeconds` and `ttlSecondsAfterFinished` may change at any time.

use serde_json::Value;

use crate::diagnostic::Report;
use crate::immutable;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("SJ601", "changed-sequential-job", Deny, "changed_sequential_job.rs");

/// The members of `spec` that may change.
pub const MUTABLE: [&str; 3] = ["activeDeadlineSeconds", "suspend", "ttlSecondsAfterFinished"];

/// Compares two normalized objects.
pub(crate) fn check(old: &Value, new: &Value, found: &mut Report) {
    let remedy = "create a SequentialJob with another name, or delete this one first";
    immutable::check(&RULE, old, new, &MUTABLE, remedy, found);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{sequential_job, update_findings};

    #[test]
    fn what_speaks_of_the_whole_may_change_and_a_container_may_not() {
        let old = sequential_job(json!({}));
        let mut new = old.clone();
        for (field, value) in [
            ("suspend", json!(true)),
            ("activeDeadlineSeconds", json!(5)),
            ("ttlSecondsAfterFinished", json!(5)),
        ] {
            new["spec"][field] = value;
        }
        assert_eq!(update_findings(&old, &new), "");
        new["spec"]["containers"][0]["image"] = json!("other");
        assert_eq!(
            update_findings(&old, &new),
            "spec.containers[0].image: Forbidden: may not be changed after creation (create a SequentialJob with another name, or \
             delete this one first) [SJ601]\n"
        );
    }
}
