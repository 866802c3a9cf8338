//! XX005 `duplicate-key`: one object of a YAML file has the same key twice.
//!
//! # Why it is an error
//! kubectl refuses it with strict validation, which is its default; other readers silently keep one of the two. This is
//! seen only in files: JSON that comes from an API server has no duplicates any more.
//!
//! # Example
//! ```yaml
//! spec:
//!   flows: [{name: a}]
//!   flows: [{name: b}]
//! ```
//!
//! # Fix
//! Remove one of the two, or merge them.

use crate::diagnostic::{Diagnostic, Reason};
use crate::field::FieldPath;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX005", "duplicate-key", Deny, "duplicate_key.rs");

/// The finding for the second use of a key at `path`.
pub fn fault(path: FieldPath) -> Diagnostic {
    Diagnostic {
        rule: &RULE,
        path,
        reason: Reason::Duplicate,
        value: None,
        message: "the key may be given only once".to_owned(),
        help: None,
    }
}
