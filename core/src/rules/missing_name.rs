//! XX101 `missing-name`: an object without a name.
//!
//! # Why it is an error
//! The API server refuses it.
//!
//! # Example
//! `metadata: {}` is denied at `metadata.name`.
//!
//! # Fix
//! Give `metadata.name`, or `metadata.generateName` and create the object with `kubectl create`.

use crate::admission::ObjectName;
use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX101", "missing-name", Deny, "missing_name.rs");

pub(crate) fn check(name: &ObjectName<'_>, found: &mut Report) {
    if let ObjectName::Missing = name {
        let metadata = At::ROOT.key("metadata");
        let message = "`name` or `generateName` must be given";
        found.push(Diagnostic::new(&RULE, &metadata.key("name"), Reason::Required, message));
    }
}
