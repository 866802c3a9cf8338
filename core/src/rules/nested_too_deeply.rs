//! XX901 `nested-too-deeply`: an object is nested deeper than any real one.
//!
//! # Why it is an error
//! The deepest path of a pod template has 17 levels. The API server passes on up to 10,000, which only serves to exhaust
//! whoever reads them.
//!
//! # Example
//! Ten thousand opening brackets in an annotation's value are text and harmless; in a field they are denied at `spec`.
//!
//! # Fix
//! Remove the nesting.

use crate::diagnostic::{Diagnostic, Reason};
use crate::field::At;
use crate::limits::NESTING_MAX;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX901", "nested-too-deeply", Deny, "nested_too_deeply.rs");

/// The finding, which cannot name a place: the object was not read to its end.
pub(crate) fn fault() -> Diagnostic {
    let message = format!("may not be nested deeper than {NESTING_MAX} levels");
    Diagnostic::new(&RULE, &At::ROOT.key("spec"), Reason::Invalid, message)
}
