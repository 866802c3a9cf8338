//! XX902 `without-effect`: something that this version checks and stores, and does not act on yet.
//!
//! # Why it is a warning
//! Admission of all kinds and fields is complete, the controller is not. An author must learn at once that nothing will
//! happen, or that a limit will not be kept, and not an hour later.
//!
//! # Example
//! A DaemonJob, or `suspend: true` in a JobFlow: a warning at `spec`, or at `spec.suspend`.
//!
//! # Fix
//! Leave the field out, or wait for the version whose changelog says that it is acted on.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::kinds::Kind;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX902", "without-effect", Warn, "without_effect.rs");

/// Kinds that no controller executes yet.
const KINDS: [&str; 2] = ["DaemonJob", "ManagedJob"];

/// Members of `spec` of the executed kinds that the controller does not act on yet.
const FIELDS: [&str; 5] = [
    "activeDeadlineSeconds",
    "failurePolicy",
    "parallelism",
    "suspend",
    "ttlSecondsAfterFinished",
];

/// Warns of what will have no effect. Asked by the validating webhook only: what is wrong with a manifest does not
/// depend on the version of a controller, so `jobflow validate` says nothing.
pub(crate) fn check(kind: &Kind, object: &Value, found: &mut Report) {
    if KINDS.contains(&kind.kind) {
        let message = format!("{}s are checked and stored, but not run by this version", kind.kind);
        found.push(Diagnostic::new(&RULE, &At::SPEC, Reason::NotSupported, message));
        return;
    }
    let message = "is checked and stored, but not acted on by this version";
    let is_given = |value: &Value| !value.is_null() && *value != Value::Bool(false);
    // JobTemplates have no such members: theirs stand deeper, and are the Job's own.
    for field in FIELDS {
        if object
            .pointer("/spec")
            .and_then(|spec| spec.get(field))
            .is_some_and(is_given)
        {
            found.push(Diagnostic::new(
                &RULE,
                &At::SPEC.key(field),
                Reason::NotSupported,
                message,
            ));
        }
    }
    let flows = object.pointer("/spec/flows").and_then(Value::as_array);
    let at = At::SPEC.key("flows");
    for (index, flow) in flows.into_iter().flatten().enumerate() {
        if flow
            .get("when")
            .and_then(Value::as_str)
            .is_some_and(|when| when != "OnSuccess")
        {
            let here = at.index(index);
            found.push(Diagnostic::new(&RULE, &here.key("when"), Reason::NotSupported, message));
        }
    }
}
