//! XX702 `unexplained-suppression`: a suppression that gives no reason.
//!
//! # Why it is a warning
//! Whoever reads the manifest next cannot know whether it still holds. Without a reason nothing is suppressed. It is seen only
//! in files.
//!
//! # Example
//! `# jobflow:ignore[JF303]` at the end of a line, with nothing behind the bracket.
//!
//! # Fix
//! Write the reason behind the bracket: `# jobflow:ignore[JF303] the platform team deploys this template`.

use crate::diagnostic::{Diagnostic, Reason};
use crate::field::FieldPath;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX702", "unexplained-suppression", Warn, "unexplained_suppression.rs");

/// The finding for a suppression of the rule `id`.
pub fn fault(path: FieldPath, id: &str) -> Diagnostic {
    Diagnostic {
        rule: &RULE,
        path,
        reason: Reason::Required,
        value: None,
        message: format!("a reason must be given to suppress {id}"),
        help: Some("write behind the id why it does not matter here".to_owned()),
    }
}
