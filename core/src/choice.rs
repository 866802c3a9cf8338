//! Fields that have one of a few values.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::names::{Nearest, did_you_mean};
use crate::rules::Rule;

/// Refuses a value that is none of `values`, as the API server's schema check words it.
pub(crate) fn check(rule: &'static Rule, value: Option<&str>, values: &[&str], at: &At<'_>, found: &mut Report) {
    let Some(value) = value.filter(|value| !values.contains(value)) else {
        return;
    };
    let quoted: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
    let message = format!("supported values: {}", quoted.join(", "));
    let advice = values
        .iter()
        .find(|known| known.eq_ignore_ascii_case(value))
        .map(|known| did_you_mean(known))
        .or_else(|| Nearest::default().advice(value, values.iter().copied()));
    let finding = Diagnostic::new(rule, at, Reason::NotSupported, message);
    found.push(finding.value(value).help_if(advice));
}
