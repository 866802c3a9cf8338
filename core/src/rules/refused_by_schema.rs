//! XX007 `refused-by-schema`: a value that the schema of the kind does not allow.
//!
//! # Why it is an error
//! The API server holds every object against the schema of its kind (`enum`, `pattern`, lengths, numbers of items, rules in
//! CEL) and against its rules for metadata, and refuses the whole object. Nearly all of it is said by a rule of
//! its own, with better advice; this one says what is left. It is seen only in files: an object that comes from an API server
//! has passed the schema.
//!
//! # Example
//! `metadata: {labels: {team: "a b"}}` is denied at `metadata.labels[team]`.
//!
//! # Fix
//! Write a value as the message asks for it; `kubectl explain` and `jobflow crds` show the schema.

use crate::diagnostic::{Diagnostic, Reason};
use crate::field::At;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX007", "refused-by-schema", Deny, "refused_by_schema.rs");

/// The finding for what stands at `at`, in the words of the API server.
pub fn fault(at: &At<'_>, reason: Reason, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(&RULE, at, reason, message)
}
