//! XX469 `invalid-managed-by`: `managedBy` is not the name of a controller.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateJobSpec`): the name must be a domain, '/' and a path, together at most 63
//! bytes.
//!
//! # Example
//! `managedBy: kueue` is denied at `…managedBy`.
//!
//! # Fix
//! Write the full name, such as `kueue.x-k8s.io/multikueue`, or leave the field out.

use crate::diagnostic::Report;
use crate::pod::fault::{too_long, unless_formed};
use crate::pod::forms::domain_path_fault;
use crate::pod::subject::{JobSubject, PushIf};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX469", "invalid-managed-by", Deny, "invalid_managed_by.rs");

/// `maxManagedByLength`.
const NAME_BYTES_MAX: usize = 63;

pub(in crate::pod) fn check(subject: &JobSubject<'_>, found: &mut Report) {
    let Some(name) = subject.job.managed_by.as_deref() else {
        return;
    };
    let at = subject.at.key("managedBy");
    found.push_if(unless_formed(&RULE, &at, name, domain_path_fault));
    if name.len() > NAME_BYTES_MAX {
        found.push(too_long(&RULE, &at, name.len(), NAME_BYTES_MAX));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::job_faults;

    #[test]
    fn the_name_begins_with_a_domain_and_is_short() {
        assert_eq!(job_faults(&json!({"managedBy": "kueue.x-k8s.io/multikueue"})), "");
        expect![[r#"
            managedBy: Invalid value: "kueue": must be a path that begins with a domain (e.g. 'acme.io/foo') [XX469]
        "#]]
        .assert_eq(&job_faults(&json!({"managedBy": "kueue"})));
        expect![[r#"
            managedBy: Too long: may not be more than 63 bytes, and has 64 [XX469]
        "#]]
        .assert_eq(&job_faults(&json!({"managedBy": format!("a.b/{}", "x".repeat(60))})));
    }
}
