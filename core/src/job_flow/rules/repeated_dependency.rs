//! JF204 `repeated-dependency`: a flow names the same dependency more than once.
//!
//! # Why it is a warning
//! It means the same as naming it once, and is stored so. Most likely another flow was meant.
//!
//! # Example
//! `dependencies: [a, a]` is stored as `[a]`, with a warning at `spec.flows[1].dependencies[1]`.
//!
//! # Fix
//! Remove the repetition, or correct the name.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::change::Change;
use crate::diagnostic::{Diagnostic, Reason};
use crate::field::At;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF204", "repeated-dependency", Warn, "repeated_dependency.rs");

/// normalize: each dependency once, where it first stands. A list that is not of texts is left to the schema.
pub(crate) fn collapse(flow: &Value, at: &At<'_>, changes: &mut Vec<Change>) {
    let Some(Value::Array(dependencies)) = flow.get("dependencies") else {
        return;
    };
    let mut seen = BTreeSet::new();
    let repeat = dependencies
        .iter()
        .position(|name| name.as_str().is_none_or(|name| !seen.insert(name)));
    let Some((place, Some(name))) = repeat.and_then(|at| Some((at, dependencies.get(at)?.as_str()))) else {
        return;
    };
    let mut seen = BTreeSet::new();
    let once: Vec<Value> = dependencies
        .iter()
        .filter(|name| name.as_str().is_none_or(|name| seen.insert(name)))
        .cloned()
        .collect();
    let here = at.key("dependencies");
    let warning = Diagnostic::new(
        &RULE,
        &here.index(place),
        Reason::Duplicate,
        "is named more than once; stored once",
    );
    changes.push(Change::replace(&here, Value::Array(once)).warn(warning.value(name)));
}

#[cfg(test)]
mod tests {
    use crate::testing::{findings, flows_with};

    #[test]
    fn a_repeated_dependency_is_a_warning() {
        let flows = flows_with(&[("a", &[]), ("b", &[]), ("c", &["a", "b", "a", "b"])]);
        assert_eq!(
            findings(&flows),
            "\
spec.flows[2].dependencies[2]: Duplicate value: \"a\": is named more than once; stored once [JF204]
"
        );
    }
}
