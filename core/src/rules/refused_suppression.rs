//! XX703 `refused-suppression`: a suppression that cannot work.
//!
//! # Why it is a warning
//! Only warnings can be suppressed: what admission denies is denied whatever the file says. And an id that no rule has
//! suppresses nothing. It is seen only in files.
//!
//! # Example
//! `# jobflow:ignore[JF203] the cycle is fine`: a dependency cycle cannot run.
//!
//! # Fix
//! Correct the id, or mend the fault and remove the suppression.

use crate::diagnostic::{Diagnostic, Reason};
use crate::field::FieldPath;
use crate::names::Nearest;
use crate::rules::{ALL, Rule, by_id, rule};
use crate::text::named;

/// See the header of this file.
pub static RULE: Rule = rule!("XX703", "refused-suppression", Warn, "refused_suppression.rs");

/// The finding for a suppression of the rule `id`, which denies or does not exist.
pub fn fault(path: FieldPath, id: &str) -> Diagnostic {
    let (message, help) = match by_id(id) {
        Some(rule) => (
            format!(
                "{} {} denies the object, and only warnings can be suppressed",
                rule.id, rule.name
            ),
            None,
        ),
        None => (
            format!("no rule has the id {}", named(id)),
            Nearest::default().advice(id, ALL.iter().map(|rule| rule.id)),
        ),
    };
    Diagnostic {
        rule: &RULE,
        path,
        reason: Reason::NotSupported,
        value: None,
        message,
        help,
    }
}

/// The finding for a comment that begins as a suppression and names no rule.
pub fn unreadable(path: FieldPath) -> Diagnostic {
    Diagnostic {
        rule: &RULE,
        path,
        reason: Reason::Invalid,
        value: None,
        message: "expected `jobflow:ignore[ID] reason`".to_owned(),
        help: None,
    }
}
