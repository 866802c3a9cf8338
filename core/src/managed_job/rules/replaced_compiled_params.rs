//! MJ513 `replaced-compiled-params`: a manifest brings `compiledParams` that are not what its params give.
//!
//! # Why it is a warning
//! `compiledParams` are computed from the params of the spec, the group and the job, each time. What a manifest says there is
//! replaced, since otherwise an exported and edited manifest would run with parameters that stand nowhere else.
//!
//! # Example
//! `jobs: [{name: a, compiledParams: {env: []}}]` without any params is stored with empty ones, with a warning at
//! `spec.groups[0].jobs[0].compiledParams`.
//!
//! # Fix
//! Remove the field. To change a parameter, change `params`.

use crate::diagnostic::{Diagnostic, Reason};
use crate::field::At;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("MJ513", "replaced-compiled-params", Warn, "replaced_compiled_params.rs");

/// The warning for `compiledParams` at `at`, which are replaced.
pub(crate) fn fault(at: &At<'_>) -> Diagnostic {
    let message = "replaced by what `params` of the spec, the group and the job give";
    Diagnostic::new(&RULE, at, Reason::Invalid, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, managed_job};

    #[test]
    fn what_differs_is_replaced_with_a_warning_and_what_is_right_stays() {
        let mut object = managed_job(json!({"params": {"serviceAccount": "a"}}));
        let job = &mut object["spec"]["groups"][0]["jobs"][0];
        job["compiledParams"] = json!({"serviceAccount": "a"});
        assert_eq!(findings(&object), "");
        for other in [json!({"serviceAccount": "b", "unknown": 1}), json!({}), json!("x")] {
            object["spec"]["groups"][0]["jobs"][0]["compiledParams"] = other;
            assert_eq!(
                findings(&object),
                "spec.groups[0].jobs[0].compiledParams: Invalid value: replaced by what `params` of the spec, the group and the \
                 job give [MJ513]\n"
            );
        }
    }
}
