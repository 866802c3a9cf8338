//! XX451 `invalid-probe-number`: a delay, period or threshold of a probe cannot be.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateProbe`): numbers are not negative, `successThreshold` of liveness and startup
//! probes is 1, and `terminationGracePeriodSeconds` is positive and not for readiness probes.
//!
//! # Example
//! `livenessProbe: {successThreshold: 2, exec: {command: [check]}}` is denied at `…successThreshold`.
//!
//! # Fix
//! Correct the number, or leave it out.

use k8s_openapi::api::core::v1::Probe;

use crate::diagnostic::Report;
use crate::field::At;
use crate::pod::fault::{invalid, unless_not_negative};
use crate::pod::subject::{PodSubject, PushIf, Role};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX451", "invalid-probe-number", Deny, "invalid_probe_number.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    subject.each_container(|container, role, here| {
        if role == Role::Init {
            return;
        }
        let probes = [
            ("livenessProbe", &container.liveness_probe),
            ("readinessProbe", &container.readiness_probe),
            ("startupProbe", &container.startup_probe),
        ];
        for (name, probe) in probes {
            if let Some(probe) = probe {
                check_probe(probe, name == "readinessProbe", &here.key(name), found);
            }
        }
    });
}

fn check_probe(probe: &Probe, is_readiness: bool, at: &At<'_>, found: &mut Report) {
    let numbers = [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ];
    for (name, number) in numbers {
        found.push_if(unless_not_negative(&RULE, &at.key(name), number));
    }
    // 0 becomes the default, which is 1.
    let successes = probe.success_threshold.unwrap_or_default();
    if !is_readiness && successes > 1 {
        found.push(invalid(&RULE, &at.key("successThreshold"), "must be 1").literal(successes));
    }
    let here = at.key("terminationGracePeriodSeconds");
    match probe.termination_grace_period_seconds {
        Some(_) if is_readiness => found.push(invalid(&RULE, &here, "may not be given for a readiness probe")),
        Some(seconds) if seconds <= 0 => {
            found.push(invalid(&RULE, &here, "must be greater than 0").literal(seconds));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::container_faults;

    #[test]
    fn numbers_are_checked() {
        let exec = json!({"command": ["a"]});
        let good = json!({"exec": exec, "successThreshold": 3});
        assert_eq!(container_faults(&json!({"readinessProbe": good})), "");
        let liveness =
            json!({"exec": exec, "successThreshold": 2, "periodSeconds": -1, "terminationGracePeriodSeconds": 0});
        let readiness = json!({"exec": exec, "failureThreshold": -1, "terminationGracePeriodSeconds": 5});
        expect![[r#"
            livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0 [XX451]
            livenessProbe.successThreshold: Invalid value: 2: must be 1 [XX451]
            livenessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0 [XX451]
            readinessProbe.failureThreshold: Invalid value: -1: must be greater than or equal to 0 [XX451]
            readinessProbe.terminationGracePeriodSeconds: Invalid value: may not be given for a readiness probe [XX451]
        "#]]
        .assert_eq(&container_faults(
            &json!({"livenessProbe": liveness, "readinessProbe": readiness}),
        ));
    }
}
