//! JF103 `long-job-name`: the name of a flow's Job would be longer than a Job's name may be.
//!
//! # Why it is an error
//! The Job of a flow is named `<jobflow>-<flow>`. The Job controller copies that name into a label and into the
//! pods' host names, which end at 63 bytes, so such a Job could not run.
//!
//! # Example
//! A JobFlow with a name of 40 bytes and a flow with a name of 30 bytes need 71 bytes; denied at the name of the
//! flow.
//!
//! # Fix
//! Shorten the name of the JobFlow or of the flow, by as much as the message says.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::job_flow::rules::{Subject, flows};
use crate::object_name::NameBytes;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF103", "long-job-name", Deny, "long_job_name.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let Some(of_object) = NameBytes::of(subject.name) else {
        return;
    };
    let at = flows();
    for (index, flow) in subject.spec.flows.iter().enumerate() {
        let shorten = "the name of the JobFlow or of the flow";
        if let Some(message) = of_object.too_long("<jobflow>-<flow>", &[flow.name.len()], shorten) {
            let here = at.index(index);
            let finding = Diagnostic::new(&RULE, &here.key("name"), Reason::Invalid, message);
            found.push(finding.value(&flow.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, flows_named};

    #[test]
    fn sixty_three_bytes_are_accepted_and_one_more_is_refused_with_the_arithmetic() {
        let mut flow = flows_named(&["load"]);
        flow["metadata"]["name"] = json!("x".repeat(58));
        assert_eq!(findings(&flow), "");
        flow["metadata"]["name"] = json!("x".repeat(59));
        assert_eq!(findings(&flow), "\
spec.flows[0].name: Invalid value: \"load\": the Job's name '<jobflow>-<flow>' would have 59 + 1 + 4 = 64 bytes, and may \
have no more than 63: shorten the name of the JobFlow or of the flow by 1 [JF103]
");
    }

    #[test]
    fn a_generated_name_counts_five_more_bytes() {
        let mut flow = flows_named(&["load"]);
        flow["metadata"] = json!({"generateName": "x".repeat(53)});
        assert_eq!(findings(&flow), "");
        flow["metadata"] = json!({"generateName": "x".repeat(54)});
        assert!(findings(&flow).contains("would have (54 + 5 generated) + 1 + 4 = 64 bytes"));
    }
}
