//! DJ601 `changed-daemon-job`: an update changes what may not change in a DaemonJob.
//!
//! # Why it is an error
//! Jobs that have run cannot run in another way: after a change nobody could say which spec the results belong to.
//!
//! # Example
//! Changing the image of the container is denied at `spec.template.spec.containers[0].image`.
//!
//! # Fix
//! Create a DaemonJob with another name, or delete this one first (its Jobs and pods go with it). `suspend`,
//! `nodeParallelism`, `ttlSecondsAfterFinished` and `failurePolicy` may change at any time.

use serde_json::Value;

use crate::diagnostic::Report;
use crate::immutable;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("DJ601", "changed-daemon-job", Deny, "changed_daemon_job.rs");

/// The members of `spec` that may change.
pub const MUTABLE: [&str; 4] = ["failurePolicy", "nodeParallelism", "suspend", "ttlSecondsAfterFinished"];

/// Compares two normalized objects.
pub(crate) fn check(old: &Value, new: &Value, found: &mut Report) {
    let remedy = "create a DaemonJob with another name, or delete this one first";
    immutable::check(&RULE, old, new, &MUTABLE, remedy, found);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{daemon_job, update_findings};

    #[test]
    fn what_speaks_of_the_whole_may_change_and_the_job_may_not() {
        let old = daemon_job(json!({"excludeNodeList": "a,b"}));
        let mut new = old.clone();
        for (field, value) in [
            ("suspend", json!(true)),
            ("nodeParallelism", json!("10%")),
            ("ttlSecondsAfterFinished", json!(60)),
            ("failurePolicy", json!("FailFast")),
            ("excludeNodeList", json!("b, a")),
        ] {
            new["spec"][field] = value;
        }
        assert_eq!(update_findings(&old, &new), "");
        new["spec"]["backoffLimit"] = json!(3);
        assert_eq!(
            update_findings(&old, &new),
            "spec.backoffLimit: Forbidden: may not be changed after creation (create a DaemonJob with another name, or delete \
             this one first) [DJ601]\n"
        );
    }
}
