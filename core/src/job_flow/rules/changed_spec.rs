//! JF601 `changed-spec`: an update changes what may not change.
//!
//! # Why it is an error
//! Jobs that have run cannot run in another way: after a change nobody could say which spec the results belong to.
//!
//! # Example
//! Changing the image of a flow's container is denied at
//! `spec.flows[1].jobTemplate.template.spec.containers[0].image`.
//!
//! # Fix
//! Create a JobFlow with another name, or delete this one first (its Jobs and pods go with it). `suspend`,
//! `parallelism`, `activeDeadlineSeconds`, `ttlSecondsAfterFinished` and `failurePolicy` may change at any time.

use serde_json::Value;

use crate::diagnostic::Report;
use crate::immutable;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF601", "changed-spec", Deny, "changed_spec.rs");

/// The members of `spec` that may change (KINDS.md, JobFlow).
pub const MUTABLE: [&str; 5] = [
    "activeDeadlineSeconds",
    "failurePolicy",
    "parallelism",
    "suspend",
    "ttlSecondsAfterFinished",
];

/// Compares two normalized objects.
pub(crate) fn check(old: &Value, new: &Value, found: &mut Report) {
    let remedy = "create a JobFlow with another name, or delete this one first";
    immutable::check(&RULE, old, new, &MUTABLE, remedy, found);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{flows_with, update_findings};

    #[test]
    fn each_change_is_reported_where_it_is() {
        let old = flows_with(&[("a", &[]), ("b", &["a"])]);
        let mut new = old.clone();
        new["spec"]["flows"][0]["jobTemplate"]["template"]["spec"]["containers"][0]["image"] = json!("other");
        new["spec"]["flows"][1]["dependencies"] = json!([]);
        assert_eq!(update_findings(&old, &new), "\
spec.flows[0].jobTemplate.template.spec.containers[0].image: Forbidden: may not be changed after creation (create a \
JobFlow with another name, or delete this one first) [JF601]
spec.flows[1].dependencies: Forbidden: may not be changed after creation (create a JobFlow with another name, or delete \
this one first) [JF601]
");
    }

    #[test]
    fn flows_that_were_removed_are_missed_once() {
        let old = flows_with(&[("a", &[])]);
        let mut new = old.clone();
        new["spec"].as_object_mut().unwrap().remove("flows");
        assert_eq!(update_findings(&old, &new), "\
spec.flows: Required value: must contain at least one flow [JF001]
spec.flows: Forbidden: may not be changed after creation (create a JobFlow with another name, or delete this one first) \
[JF601]
");
    }

    #[test]
    fn what_means_the_same_is_no_change() {
        let mut old = flows_with(&[("a", &[])]);
        let mut new = old.clone();
        old["spec"]["flows"][0]["dependencies"] = json!([]);
        new["spec"]["flows"][0]["dependencies"] = json!(null);
        new["spec"]["flows"][0]["jobTemplateRef"] = json!("");
        old["spec"]["flows"][0]["jobTemplate"]["template"]["spec"]["restartPolicy"] = json!("Never");
        assert_eq!(update_findings(&old, &new), "");
    }
}
