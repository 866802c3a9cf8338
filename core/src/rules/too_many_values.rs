//! XX903 `too-many-values`: an object has more in it than any that could be stored.
//!
//! # Why it is an error
//! etcd stores an object of up to 1.5 MiB, and in real ones a value takes twelve bytes or more. What is made of smaller pieces only
//! serves to keep whoever reads it busy, so reading stops at 125,000 values, or at 25,000 objects that are items of lists.
//!
//! # Example
//! A label map with 200,000 entries, or a list of 100,000 empty containers, is denied at `spec`; nothing else of the object is
//! checked.
//!
//! # Fix
//! Split the object into several. Data that a program needs belongs into a ConfigMap or a volume.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::limits::{LISTED_OBJECTS_MAX, VALUES_MAX};
use crate::read::Amount;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX903", "too-many-values", Deny, "too_many_values.rs");

/// The finding, which cannot name a place: the object was not read to its end.
pub(crate) fn fault() -> Diagnostic {
    let message = format!(
        "the object may have no more than {VALUES_MAX} values, and no more than {LISTED_OBJECTS_MAX} objects in lists"
    );
    Diagnostic::new(&RULE, &At::SPEC, Reason::TooMany, message).help("split it into several objects")
}

/// Asks it of an object that was read in another way than from JSON.
pub(crate) fn check(object: &Value, found: &mut Report) {
    if !Amount::of(object).is_within_bounds() {
        found.push(fault());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::admission::{NoTemplates, check};
    use crate::job_flow::KIND;
    use crate::limits::VALUES_MAX;

    #[test]
    fn nothing_else_is_said_of_an_object_with_too_many_values() {
        let labels: Value = (0..VALUES_MAX).map(|index| (format!("-{index}"), json!("-"))).collect();
        let object = json!({"metadata": {"name": "demo"}, "spec": {"globalParams": {"labels": labels}}});
        let report = check(&KIND, &object, &NoTemplates);
        let lines: Vec<String> = report.findings().iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "spec: Too many: the object may have no more than 125000 values, and no more than 25000 objects in lists \
                 (split it into several objects) [XX903]"
            ]
        );
    }
}
