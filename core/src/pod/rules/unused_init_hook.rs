//! XX417 `unused-init-hook`: an init container that is no sidecar has probes or lifecycle hooks.
//!
//! # Why it is an error
//! An init container must end before the others start, so it is never probed: the API server refuses the Job
//! (`validateInitContainers`).
//!
//! # Example
//! `initContainers: [{name: prepare, readinessProbe: {…}}]` is denied at the probe.
//!
//! # Fix
//! Remove the field, or set `restartPolicy: Always` if the container shall run beside the others.

use k8s_openapi::api::core::v1::Lifecycle;

use crate::diagnostic::Report;
use crate::pod::fault::forbidden;
use crate::pod::subject::{PodSubject, Role};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX417", "unused-init-hook", Deny, "unused_init_hook.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    subject.each_container(|container, role, here| {
        if role != Role::Init {
            return;
        }
        // A stop signal is dropped, and what is then empty with it, unless a feature gate is on.
        let only_signal = |lifecycle: &Lifecycle| {
            lifecycle.stop_signal.is_some() && lifecycle.post_start.is_none() && lifecycle.pre_stop.is_none()
        };
        let fields = [
            (
                "lifecycle",
                container
                    .lifecycle
                    .as_ref()
                    .is_some_and(|lifecycle| !only_signal(lifecycle)),
            ),
            ("livenessProbe", container.liveness_probe.is_some()),
            ("readinessProbe", container.readiness_probe.is_some()),
            ("startupProbe", container.startup_probe.is_some()),
        ];
        for (name, _) in fields.iter().filter(|(_, is_given)| *is_given) {
            let message = "an init container may have it with `restartPolicy: Always` only";
            found.push(forbidden(&RULE, &here.key(name), message));
        }
    });
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::pod_faults;

    #[test]
    fn only_a_sidecar_is_probed() {
        let probe = json!({"exec": {"command": ["true"]}});
        let mut init = json!({"name": "init", "image": "x", "livenessProbe": probe, "readinessProbe": probe, "startupProbe": probe});
        init["lifecycle"] = json!({"preStop": probe});
        expect![[r#"
            initContainers[0].lifecycle: Forbidden: an init container may have it with `restartPolicy: Always` only [XX417]
            initContainers[0].livenessProbe: Forbidden: an init container may have it with `restartPolicy: Always` only [XX417]
            initContainers[0].readinessProbe: Forbidden: an init container may have it with `restartPolicy: Always` only [XX417]
            initContainers[0].startupProbe: Forbidden: an init container may have it with `restartPolicy: Always` only [XX417]
        "#]].assert_eq(&pod_faults(&json!({"initContainers": [init]})));
        assert_eq!(
            pod_faults(
                &json!({"initContainers": [{"name": "init", "image": "x", "lifecycle": {"stopSignal": "SIGTERM"}}]})
            ),
            ""
        );
        init["restartPolicy"] = json!("Always");
        assert_eq!(pod_faults(&json!({"initContainers": [init]})), "");
    }
}
