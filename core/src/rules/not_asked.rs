//! XX803 `not-asked`: a Job that the API server of a cluster could not be asked about.
//!
//! # Why it is a warning
//! Nothing is known to be wrong, but what was to be checked was not. Either there is no Job yet, since its JobTemplate is not
//! in what was read, or the API server gave no verdict: the user may not create Jobs there, or a webhook did not answer. In
//! the second case the exit status is 2. It is seen only with `jobflow validate --server`.
//!
//! # Example
//! `jobTemplateRef: load`, where no file has a JobTemplate of this name, gives a warning.
//!
//! # Fix
//! Name the file of the JobTemplate with `--templates`, or do what the message asks for and check again.

use crate::diagnostic::{Diagnostic, Reason};
use crate::field::FieldPath;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX803", "not-asked", Warn, "not_asked.rs");

/// The finding for what stands at `path`: why, and what to do.
pub fn fault(path: FieldPath, why: &str, help: impl Into<String>) -> Diagnostic {
    Diagnostic {
        rule: &RULE,
        path,
        reason: Reason::Invalid,
        value: None,
        message: format!("the API server could not be asked about the Job: {why}"),
        help: Some(help.into()),
    }
}
