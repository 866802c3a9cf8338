//! XX802 `warned-by-server`: a Job that the API server of a cluster takes with a warning.
//!
//! # Why it is a warning
//! Nobody sees the warnings that the controller gets when it makes the Job. Some tell of pods that will be refused: a
//! namespace that enforces a Pod Security Standard takes the Job and refuses each of its pods, so that the step hangs. It is
//! seen only with `jobflow validate --server`.
//!
//! # Example
//! A container without `securityContext`, in a namespace with the label `pod-security.kubernetes.io/warn: restricted`, gives
//! a warning at the flow.
//!
//! # Fix
//! Do what the message of the API server asks for.

use crate::diagnostic::{Diagnostic, Reason};
use crate::field::FieldPath;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX802", "warned-by-server", Warn, "warned_by_server.rs");

/// The finding for what stands at `path`, in the API server's words.
pub fn fault(path: FieldPath, words: &str) -> Diagnostic {
    Diagnostic {
        rule: &RULE,
        path,
        reason: Reason::Invalid,
        value: None,
        message: format!("the API server warns of the Job: {words}"),
        help: None,
    }
}
