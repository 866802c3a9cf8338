//! XX801 `refused-by-server`: a Job that the API server of a cluster refuses.
//!
//! # Why it is an error
//! The cluster knows what no file says: quotas, policies, other webhooks, and what its version of Kubernetes has. A Job that
//! it refuses as a dry run it refuses when the flow has come to it, an hour after everybody went home. It is seen only with
//! `jobflow validate --server`.
//!
//! # Example
//! An `image: busybox:latest` where a policy of the cluster wants another tag is denied at the flow, with the words of the
//! policy.
//!
//! # Fix
//! Do what the message of the API server asks for, or ask who runs the cluster.

use crate::diagnostic::{Diagnostic, Reason};
use crate::field::FieldPath;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX801", "refused-by-server", Deny, "refused_by_server.rs");

/// The finding for what stands at `path`, with the `reason` of the API server's cause and its words.
pub fn fault(path: FieldPath, reason: &str, words: &str) -> Diagnostic {
    Diagnostic {
        rule: &RULE,
        path,
        reason: reason_of(reason),
        value: None,
        message: format!("the API server refuses the Job: {words}"),
        help: None,
    }
}

/// The reason that a cause names. Policies and webhooks name none: they forbid.
fn reason_of(cause: &str) -> Reason {
    let all = [
        Reason::Required,
        Reason::Invalid,
        Reason::Duplicate,
        Reason::NotSupported,
        Reason::TooLong,
        Reason::TooMany,
        Reason::TypeInvalid,
        Reason::NotFound,
    ];
    let meant = all.into_iter().find(|reason| reason.cause() == cause);
    meant.unwrap_or(Reason::Forbidden)
}

#[cfg(test)]
mod tests {
    use super::fault;
    use crate::field::FieldPath;

    #[test]
    fn a_cause_keeps_its_reason_and_whoever_names_none_forbids() {
        let path = || FieldPath::parse("spec.flows[0]").unwrap();
        let required = fault(path(), "FieldValueRequired", "Required value");
        assert_eq!(
            required.to_string(),
            "spec.flows[0]: Required value: the API server refuses the Job: Required value [XX801]"
        );
        assert_eq!(fault(path(), "", "no").reason.cause(), "FieldValueForbidden");
    }
}
