//! SJ901 `too-many-steps`: more containers than one SequentialJob may have.
//!
//! # Why it is an error
//! Each container becomes a Job and a row of the status, which must fit into one object of etcd, beside the spec.
//!
//! # Example
//! A SequentialJob with 5,001 containers is denied at `spec.containers`; nothing else of it is checked.
//!
//! # Fix
//! Split it into several SequentialJobs, or let one container do more.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::limits::STEPS_MAX;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("SJ901", "too-many-steps", Deny, "too_many_steps.rs");

/// Whether the limit is kept. Asked of the object as it was sent, before any of it is decoded: a decoded container takes a hundred
/// times its bytes.
pub(in crate::sequential_job) fn check(object: &Value, found: &mut Report) -> bool {
    let containers = object.pointer("/spec/containers").and_then(Value::as_array);
    let count = containers.map_or(0, Vec::len);
    if count > STEPS_MAX {
        let message = format!("must have at most {STEPS_MAX} containers, and has {count}");
        let at = At::SPEC.key("containers");
        found.push(Diagnostic::new(&RULE, &at, Reason::TooMany, message));
    }
    count <= STEPS_MAX
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, sequential_job};

    #[test]
    fn one_container_too_many_is_refused_before_anything_else_is_checked() {
        let containers = |count: usize, image: &str| {
            let containers: Vec<_> = (0..count)
                .map(|n| json!({"name": format!("c{n}"), "image": image}))
                .collect();
            sequential_job(json!({"containers": containers}))
        };
        assert_eq!(findings(&containers(5_000, "x")), "");
        let expected = "spec.containers: Too many: must have at most 5000 containers, and has 5001 [SJ901]\n";
        assert_eq!(findings(&containers(5_001, "")), expected);
    }
}
