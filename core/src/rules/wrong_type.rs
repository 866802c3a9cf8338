//! XX002 `wrong-type`: a value of another type than the field has.
//!
//! # Why it is an error
//! Kubernetes refuses the whole object. YAML is a frequent cause: `yes`, `on` and `1.10` without quotes are a boolean, a
//! boolean and a number. A quantity may be a whole number, but a fraction must be a text: `cpu: "0.5"` or `cpu: 500m`.
//!
//! # Example
//! `flows: build` is denied at `spec.flows`, which is a list; `args: [8080]` at `args[0]`, which is a text.
//!
//! # Fix
//! Write the value in the type of the field; put quotes around a text that looks like a number or a boolean, and none
//! around a number or a boolean.

use serde_json::{Number, Value};

use crate::diagnostic::{Diagnostic, Reason};
use crate::field::At;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX002", "wrong-type", Deny, "wrong_type.rs");

/// The advice for a number or boolean where a text is asked for.
pub const QUOTE: &str = "put the value in quotes";

/// The advice for a text that is a number or boolean where one is asked for.
const UNQUOTE: &str = "remove the quotes";

/// The advice for a single text where a list is asked for.
const LIST: &str = "put the value in a list, as in ['a']";

/// What a quantity, a port or a number of nodes may be.
pub const INTEGER_OR_STRING: &str = "integer or string";

/// The finding for a value that must be of type `expected`. It names the value's type and not the value, which
/// may be a secret.
pub(crate) fn fault(at: &At<'_>, expected: &str, value: &Value) -> Diagnostic {
    let message = format!("must be of type {expected}");
    let help = match (expected, value) {
        ("string" | INTEGER_OR_STRING, Value::Bool(_) | Value::Number(_)) => Some(QUOTE),
        ("integer", Value::String(text)) if text.parse::<i64>().is_ok() => Some(UNQUOTE),
        ("boolean", Value::String(text)) if text == "true" || text == "false" => Some(UNQUOTE),
        ("array", Value::String(_)) => Some(LIST),
        _ => None,
    };
    Diagnostic::new(&RULE, at, Reason::TypeInvalid, message)
        .value(type_of(value))
        .help_if(help.map(str::to_owned))
}

/// The finding for a number that is not whole, or too large for its field.
pub(crate) fn not_an_integer(at: &At<'_>, is_int32: bool, number: &Number) -> Diagnostic {
    let bits = if is_int32 { 32 } else { 64 };
    let message = format!("must be a whole number of {bits} bits");
    Diagnostic::new(&RULE, at, Reason::TypeInvalid, message).literal(number)
}

/// The finding for an object that could not be decoded although its shape is right.
pub(crate) fn not_decoded(at: &At<'_>, error: &serde_json::Error) -> Diagnostic {
    Diagnostic::new(&RULE, at, Reason::Invalid, format!("cannot be read: {error}"))
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
