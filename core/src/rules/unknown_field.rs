//! XX001 `unknown-field`: a field that the kind does not have.
//!
//! # Why it is an error
//! The API server drops what it does not know, so a misspelt field silently does nothing. kubectl refuses it with strict
//! validation, which is its default; this rule refuses it offline, with the nearest name.
//!
//! # Example
//! `spec: {flow: []}` is denied at `spec.flow`.
//!
//! # Fix
//! Correct the name, or move the field to the object that it belongs to.

use crate::diagnostic::{Diagnostic, Reason};
use crate::field::At;
use crate::names::Nearest;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX001", "unknown-field", Deny, "unknown_field.rs");

/// The finding for a member `name` that is none of `known`.
pub(crate) fn fault<'a>(at: &At<'_>, name: &str, known: impl Iterator<Item = &'a String>) -> Diagnostic {
    Diagnostic::new(&RULE, at, Reason::Forbidden, "is not a field of this object")
        .help_if(Nearest::default().advice(name, known.map(String::as_str)))
}
