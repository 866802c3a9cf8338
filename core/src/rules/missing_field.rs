//! XX003 `missing-field`: a field that must be given is not.
//!
//! # Why it is an error
//! Kubernetes refuses the whole object.
//!
//! # Example
//! A container without `name` is denied at `…containers[0].name`.
//!
//! # Fix
//! Give the field a value. `null` counts as not given.

use crate::diagnostic::{Diagnostic, Reason};
use crate::field::At;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX003", "missing-field", Deny, "missing_field.rs");

/// The finding for the missing member at `at`.
pub(crate) fn fault(at: &At<'_>) -> Diagnostic {
    Diagnostic::new(&RULE, at, Reason::Required, "must be given")
}
