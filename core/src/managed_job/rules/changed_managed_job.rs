//! MJ601 `changed-managed-job`: an update changes the spec of a ManagedJob.
//!
//! # Why it is an error
//! Jobs that have run cannot run in another way: after a change nobody could say which spec the results belong to.
//!
//! # Example
//! Changing the image of a job is denied at `spec.groups[0].jobs[1].image`.
//!
//! # Fix
//! Create a ManagedJob with another name, or delete this one first (its Jobs and pods go with it).

use serde_json::Value;

use crate::diagnostic::Report;
use crate::immutable;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ601", "changed-managed-job", Deny, "changed_managed_job.rs");

/// Compares two normalized objects.
pub(crate) fn check(old: &Value, new: &Value, found: &mut Report) {
    let remedy = "create a ManagedJob with another name, or delete this one first";
    let (old, new) = (without_results(old), without_results(new));
    immutable::check(&RULE, &old, &new, &["status"], remedy, found);
}

/// The object without what is ignored (`status`) and what is computed (`compiledParams`).
pub(crate) fn without_results(object: &Value) -> Value {
    let mut object = object.clone();
    let groups = object.pointer_mut("/spec/groups").and_then(Value::as_array_mut);
    for group in groups.into_iter().flatten() {
        remove_results(group);
        let jobs = group.get_mut("jobs").and_then(Value::as_array_mut);
        for job in jobs.into_iter().flatten() {
            remove_results(job);
        }
    }
    object
}

fn remove_results(holder: &mut Value) {
    let dependencies = holder.get_mut("dependencies").and_then(Value::as_array_mut);
    for dependency in dependencies.into_iter().flatten().filter_map(Value::as_object_mut) {
        dependency.remove("status");
    }
    if let Value::Object(holder) = holder {
        holder.remove("status");
        holder.remove("compiledParams");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{managed_job, update_findings};

    #[test]
    fn params_may_not_change_and_the_change_is_reported_where_it_was_written() {
        let old = managed_job(json!({"params": {"env": [{"name": "A", "value": "x"}]}}));
        let mut new = old.clone();
        new["spec"]["params"]["env"][0]["value"] = json!("y");
        assert_eq!(
            update_findings(&old, &new),
            "spec.params.env[0].value: Forbidden: may not be changed after creation (create a ManagedJob with another name, or \
             delete this one first) [MJ601]\n"
        );
    }

    #[test]
    fn results_are_no_change() {
        let mut old = managed_job(json!({"status": "running"}));
        old["spec"]["groups"][0]["status"] = json!("running");
        old["spec"]["groups"][0]["jobs"][0]["compiledParams"] = json!({"env": [{"name": "B"}]});
        let new = managed_job(json!({}));
        assert_eq!(update_findings(&old, &new), "");
    }
}
