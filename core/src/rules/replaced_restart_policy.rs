//! XX401 `replaced-restart-policy`: a template asks for another `restartPolicy` than `Never`.
//!
//! # Why it is a warning
//! Pods of a step always run with `Never`, so that a failed container is a failed pod that can be looked at, and so that the
//! Job's own `backoffLimit` and `podFailurePolicy` decide about retries. The value is replaced, not refused, since manifests
//! written for other operators carry it.
//!
//! # Example
//! `restartPolicy: OnFailure` is replaced at `spec.flows[0].jobTemplate.template.spec.restartPolicy`.
//!
//! # Fix
//! Write `Never`, or leave the field out. To retry a failed pod, set the Job's `backoffLimit`.

use crate::diagnostic::{Diagnostic, Reason};
use crate::field::At;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX401", "replaced-restart-policy", Warn, "replaced_restart_policy.rs");

/// The warning for `old`, which becomes `Never`.
pub(crate) fn fault(at: &At<'_>, old: &str) -> Diagnostic {
    Diagnostic::new(&RULE, at, Reason::NotSupported, "replaced by \"Never\"").value(old)
}
