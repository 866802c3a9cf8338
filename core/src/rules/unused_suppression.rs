//! XX701 `unused-suppression`: a suppression that hides nothing.
//!
//! # Why it is a warning
//! What it was written for is gone, or stands on another line. Left where it is, it would hide the next fault of that kind that
//! comes to this line, for a reason that was given for something else. It is seen only in files.
//!
//! # Example
//! `# jobflow:ignore[JF204] both are meant` above a line without a repeated dependency.
//!
//! # Fix
//! Remove it, or put it on the line of the finding or right above it.

use crate::diagnostic::{Diagnostic, Reason};
use crate::field::FieldPath;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX701", "unused-suppression", Warn, "unused_suppression.rs");

/// The finding for a suppression of the rule `id`.
pub fn fault(path: FieldPath, id: &str) -> Diagnostic {
    Diagnostic {
        rule: &RULE,
        path,
        reason: Reason::Invalid,
        value: None,
        message: format!("nothing here is reported by {id}, so nothing is suppressed"),
        help: Some("remove it".to_owned()),
    }
}
