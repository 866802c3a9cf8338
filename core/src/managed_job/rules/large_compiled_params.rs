//! MJ903 `large-compiled-params`: the merged parameters of all jobs of a ManagedJob are too large together.
//!
//! # Why it is an error
//! `compiledParams` of every job are stored with the object, and those of the spec and of the group count once a job. No object
//! of that size can be stored.
//!
//! # Example
//! 1,000 jobs and 2 kB of params of the spec give 2 MB; denied at `spec.params`.
//!
//! # Fix
//! Move large values to a ConfigMap or a Secret and name it in `fromEnv`, or split the ManagedJob.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::limits::COMPILED_PARAMS_BYTES_MAX;
use crate::managed_job::merge::compiled_bytes;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ903", "large-compiled-params", Deny, "large_compiled_params.rs");

pub(super) fn check(object: &Value, found: &mut Report) {
    let bytes = object.get("spec").map_or(0, compiled_bytes);
    if bytes > COMPILED_PARAMS_BYTES_MAX {
        let message = format!(
            "those of all jobs, merged, may have no more than {COMPILED_PARAMS_BYTES_MAX} bytes together, and have {bytes}: \
             those of the spec and of the group count once a job"
        );
        found.push(Diagnostic::new(
            &RULE,
            &At::SPEC.key("params"),
            Reason::TooLong,
            message,
        ));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    #[test]
    fn what_is_shared_counts_once_a_job() {
        let with = |bytes: usize| {
            let jobs: Vec<_> = (0..16)
                .map(|n| json!({"name": format!("j{n}"), "image": "x"}))
                .collect();
            let params = json!({"annotations": {"a": "x".repeat(bytes)}}); // 24 bytes more
            findings(&managed_job(
                json!({"params": params, "groups": [{"name": "g", "jobs": jobs}]}),
            ))
        };
        assert_eq!(with(98_304 - 24), "");
        assert_eq!(
            with(98_304 - 23),
            "spec.params: Too long: those of all jobs, merged, may have no more than 1572864 bytes together, and have 1572880: \
             those of the spec and of the group count once a job [MJ903]\n"
        );
    }
}
