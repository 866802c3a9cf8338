//! MJ903 `large-managed-job`: a ManagedJob would be too large to store, with its merged parameters and its status.
//!
//! # Why it is an error
//! etcd takes no object of more than 1.5 MiB. `compiledParams` of every job are stored with the object, and those of the spec
//! and of the group count once a job. The status has a row a job. An object that fits when it is created and not when it has
//! run could never tell what became of it.
//!
//! # Example
//! 1,000 jobs and 2 kB of params of the spec give 2 MB of `compiledParams`; denied at `spec`, with the arithmetic.
//!
//! # Fix
//! Move large values to a ConfigMap or a Secret and name it in `fromEnv`, move params to the jobs that need them, or split the
//! ManagedJob.

use crds::ManagedJobSpec;
use serde_json::Value;

use crate::admission::ObjectName;
use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::limits::STORED_BYTES_MAX;
use crate::managed_job::size::Size;
use crate::object_name::NameBytes;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ903", "large-managed-job", Deny, "large_managed_job.rs");

pub(super) fn check(object: &Value, spec: &ManagedJobSpec, found: &mut Report) {
    let name_bytes = NameBytes::of(ObjectName::of(object)).map_or(0, NameBytes::total);
    let size = Size::of(object, spec, name_bytes);
    if size.total() > STORED_BYTES_MAX {
        let Size {
            manifest,
            compiled,
            status,
        } = size;
        let message = format!(
            "the stored object may have no more than {STORED_BYTES_MAX} bytes, and would have up to {manifest} of the manifest \
             + {compiled} of `compiledParams` + {status} of the status = {}; params of the spec and of a group are compiled \
             into every job",
            size.total()
        );
        found.push(Diagnostic::new(&RULE, &At::SPEC, Reason::TooLong, message));
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
            let params = json!({"annotations": {"a": "x".repeat(bytes)}});
            findings(&managed_job(
                json!({"params": params, "groups": [{"name": "g", "jobs": jobs}]}),
            ))
        };
        assert_eq!(with(80_000), "");
        assert_eq!(
            with(100_000),
            "spec: Too long: the stored object may have no more than 1568768 bytes, and would have up to 102553 of the \
             manifest + 1600672 of `compiledParams` + 10216 of the status = 1713441; params of the spec and of a group are \
             compiled into every job [MJ903]\n"
        );
    }

    #[test]
    fn without_parameters_jobs_are_bounded_too() {
        let with = |bytes: usize| {
            let arg = "x".repeat(bytes);
            let jobs: Vec<_> = (0..1_000)
                .map(|n| json!({"name": format!("j{n}"), "image": "x", "args": [arg]}))
                .collect();
            findings(&managed_job(json!({"groups": [{"name": "g", "jobs": jobs}]})))
        };
        assert_eq!(with(500), "");
        assert_eq!(
            with(1_500),
            "spec: Too long: the stored object may have no more than 1568768 bytes, and would have up to 1541978 of the \
             manifest + 0 of `compiledParams` + 254367 of the status = 1796345; params of the spec and of a group are \
             compiled into every job [MJ903]\n"
        );
    }
}
