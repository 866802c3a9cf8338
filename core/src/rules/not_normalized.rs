//! XX402 `not-normalized`: an object reached the validating webhook as the mutating webhook would not have left it.
//!
//! # Why it is an error
//! The controller runs only normalized specs. An object that was not normalized went past the mutating webhook (its
//! configuration is missing or excludes the namespace), or another webhook changed it afterwards.
//!
//! # Example
//! `restartPolicy: OnFailure` at the validating webhook is denied at `…template.spec.restartPolicy`.
//!
//! # Fix
//! Restore the mutating webhook configuration (`helm upgrade`), or write the value that the message asks for.

use serde_json::Value;

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Reason};
use crate::rules::{Rule, rule};
use crate::text;

/// See the header of this file.
pub static RULE: Rule = rule!("XX402", "not-normalized", Deny, "not_normalized.rs");

/// The finding for a change that normalization would still make. Of values that are not plain only the field is named:
/// parameters may hold secrets.
pub(crate) fn fault(change: &Change) -> Diagnostic {
    let wanted = match change.new_value() {
        Value::Object(_) => "as the mutating webhook computes it".to_owned(),
        value => text::shown(&value.to_string()),
    };
    Diagnostic {
        rule: &RULE,
        path: change.path().clone(),
        reason: Reason::Invalid,
        value: None,
        message: format!("must be {wanted} (was the mutating webhook skipped?)"),
        help: None,
    }
}
