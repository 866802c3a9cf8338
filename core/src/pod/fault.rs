//! Findings in the words of Kubernetes' own field validation.

use crate::diagnostic::{Diagnostic, Reason};
use crate::field::At;
use crate::names::Nearest;
use crate::rules::Rule;

/// The field must be given.
pub(super) fn required(rule: &'static Rule, at: &At<'_>, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(rule, at, Reason::Required, message)
}

/// The value breaks a rule of form or meaning. Shows no value: the caller knows whether it may be shown.
pub(super) fn invalid(rule: &'static Rule, at: &At<'_>, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(rule, at, Reason::Invalid, message)
}

/// The field may not be given here.
pub(super) fn forbidden(rule: &'static Rule, at: &At<'_>, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(rule, at, Reason::Forbidden, message)
}

/// The value must be unique and is not.
pub(super) fn duplicate(rule: &'static Rule, at: &At<'_>, value: &str) -> Diagnostic {
    Diagnostic::new(rule, at, Reason::Duplicate, "must be unique").value(value)
}

/// The list has too many items.
pub(super) fn too_many(rule: &'static Rule, at: &At<'_>, items: usize, items_max: usize) -> Diagnostic {
    Diagnostic::new(
        rule,
        at,
        Reason::TooMany,
        format!("must have at most {items_max} items"),
    )
    .literal(items)
}

/// The text is too long.
pub(super) fn too_long(rule: &'static Rule, at: &At<'_>, bytes: usize, bytes_max: usize) -> Diagnostic {
    let message = format!("may not be more than {bytes_max} bytes, and has {bytes}");
    Diagnostic::new(rule, at, Reason::TooLong, message)
}

/// The value is none of `supported`; an empty one must be given.
pub(super) fn unsupported(rule: &'static Rule, at: &At<'_>, value: &str, supported: &[&str]) -> Diagnostic {
    let listed: Vec<String> = supported.iter().map(|value| format!("\"{value}\"")).collect();
    let message = format!("supported values: {}", listed.join(", "));
    if value.is_empty() {
        return required(rule, at, message);
    }
    let same = supported.iter().find(|supported| supported.eq_ignore_ascii_case(value));
    let advice = match same {
        Some(name) => Some(format!("did you mean '{name}'?")),
        None => Nearest::default().advice(value, supported.iter().copied()),
    };
    Diagnostic::new(rule, at, Reason::NotSupported, message)
        .value(value)
        .help_if(advice)
}

/// A finding where `value` is given and none of `supported`.
pub(super) fn unless_one_of(
    rule: &'static Rule,
    at: &At<'_>,
    value: Option<&str>,
    supported: &[&str],
) -> Option<Diagnostic> {
    let value = value.filter(|value| !supported.contains(value))?;
    Some(unsupported(rule, at, value, supported))
}

/// A finding where `value` has a fault of form, as one of the functions of [`crate::names`] tells it.
pub(super) fn unless_formed(
    rule: &'static Rule,
    at: &At<'_>,
    value: &str,
    fault: impl Fn(&str) -> Option<String>,
) -> Option<Diagnostic> {
    if value.is_empty() {
        return Some(required(rule, at, "must be given"));
    }
    fault(value).map(|message| invalid(rule, at, message).value(value))
}

/// A finding where a number is given and negative (`ValidateNonnegativeField`).
pub(super) fn unless_not_negative(
    rule: &'static Rule,
    at: &At<'_>,
    value: Option<impl Into<i64>>,
) -> Option<Diagnostic> {
    let value = value?.into();
    (value < 0).then(|| invalid(rule, at, "must be greater than or equal to 0").literal(value))
}

/// A finding where a number is given and outside of `range`.
pub(super) fn unless_within(
    rule: &'static Rule,
    at: &At<'_>,
    value: Option<impl Into<i64>>,
    range: std::ops::RangeInclusive<i64>,
) -> Option<Diagnostic> {
    let value = value?.into();
    let message = || format!("must be between {} and {}, inclusive", range.start(), range.end());
    (!range.contains(&value)).then(|| invalid(rule, at, message()).literal(value))
}
