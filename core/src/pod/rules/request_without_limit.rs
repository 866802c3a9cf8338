//! XX441 `request-without-limit`: a container requests more of a resource than its limit, or needs a limit and has none.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateResourceRequirements`). Extended resources and huge pages cannot be shared,
//! so their request must be equal to their limit.
//!
//! # Example
//! `resources: {requests: {memory: 2Gi}, limits: {memory: 1Gi}}` is denied at `…requests[memory]`.
//!
//! # Fix
//! Lower the request, or raise the limit. Where a limit is enough leave the request out: it then has the same value.

use k8s_openapi::api::core::v1::ResourceRequirements;

use crate::diagnostic::Report;
use crate::field::At;
use crate::pod::fault::{invalid, required};
use crate::pod::quantity::Quantity;
use crate::pod::resource_name::can_be_shared;
use crate::pod::subject::PodSubject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX441", "request-without-limit", Deny, "request_without_limit.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    subject.each_container(|container, _, here| {
        check_requirements(container.resources.as_ref(), &here.key("resources"), found);
    });
    check_requirements(subject.pod.resources.as_ref(), &subject.at.key("resources"), found);
}

fn check_requirements(resources: Option<&ResourceRequirements>, at: &At<'_>, found: &mut Report) {
    let Some(resources) = resources else { return };
    let requests_at = at.key("requests");
    for (name, request) in resources.requests.iter().flatten() {
        let limit = resources.limits.as_ref().and_then(|limits| limits.get(name));
        let Some(limit) = limit else {
            if !can_be_shared(name) {
                found.push(required(
                    &RULE,
                    &at.key("limits").map_key(name),
                    "must be given, equal to the request",
                ));
            }
            continue;
        };
        let amounts = (Quantity::parse(&request.0), Quantity::parse(&limit.0));
        // What cannot be read is refused for that.
        let (Some(requested), Some(limited)) = amounts else {
            continue;
        };
        let (requested, limited) = (requested.rounded_to_milli(), limited.rounded_to_milli());
        let relation = if requested > limited {
            "less than or equal to"
        } else if requested < limited && !can_be_shared(name) {
            "equal to"
        } else {
            continue;
        };
        let message = format!("must be {relation} the limit of {}", crate::text::shown(&limit.0));
        found.push(invalid(&RULE, &requests_at.map_key(name), message).value(&request.0));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::{container_faults, pod_faults};

    #[test]
    fn requests_are_within_limits() {
        let good = json!({"requests": {"cpu": "1000m", "memory": "1G"}, "limits": {"cpu": "1", "memory": "1Gi"}});
        assert_eq!(container_faults(&json!({"resources": good})), "");
        let bad = json!({"requests": {"cpu": "1001m", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1G"}});
        expect![[r#"
            resources.requests[cpu]: Invalid value: "1001m": must be less than or equal to the limit of 1 [XX441]
            resources.requests[memory]: Invalid value: "1Gi": must be less than or equal to the limit of 1G [XX441]
        "#]]
        .assert_eq(&container_faults(&json!({"resources": bad})));
        expect![[r#"
            resources.requests[cpu]: Invalid value: "1001m": must be less than or equal to the limit of 1 [XX441]
            resources.requests[memory]: Invalid value: "1Gi": must be less than or equal to the limit of 1G [XX441]
        "#]]
        .assert_eq(&pod_faults(&json!({"resources": bad})));
    }

    #[test]
    fn what_cannot_be_shared_has_a_limit_equal_to_the_request() {
        let resources =
            json!({"requests": {"nvidia.com/gpu": 1, "example.com/fpga": 1}, "limits": {"nvidia.com/gpu": 2}});
        expect![[r#"
            resources.limits[example.com/fpga]: Required value: must be given, equal to the request [XX441]
            resources.requests[nvidia.com/gpu]: Invalid value: "1": must be equal to the limit of 2 [XX441]
        "#]]
        .assert_eq(&container_faults(&json!({"resources": resources})));
    }
}
