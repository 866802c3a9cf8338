//! Podless: why a Job has no pods, or too few, in the words of the API server.
//!
//! A quota, the pod security of the namespace or a webhook of somebody else refuses pods to the Job controller, which says
//! so in an event and nowhere else.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Event;

use super::observed::held;
use super::wording::capped;
use crate::limits::TROUBLE_BYTES_MAX;

/// The reason of the events that tell of pods that could not be made.
pub const FAILED_CREATE: &str = "FailedCreate";

/// What client-go puts before the message of an event that stands for several.
const COMBINED: &str = "(combined from similar events): ";

/// What the Job controller puts before the answer of the API server.
const CREATING: &str = "Error creating: ";

/// What stands before the name of a pod that is refused.
const PODS: &str = "pods \"";

/// Whether a Job has fewer pods than it should have now: the Job controller wants `parallelism` of them, but no more than
/// are left to succeed.
pub fn lacks_pods(job: &Job) -> bool {
    let (Some(spec), status) = (&job.spec, job.status.as_ref()) else {
        return false;
    };
    let is_complete = status.is_some_and(|status| status.completion_time.is_some());
    if is_complete || held(job, "Failed").is_some() || spec.suspend == Some(true) {
        return false;
    }
    let (active, succeeded) = status.map_or((None, None), |status| (status.active, status.succeeded));
    let parallelism = spec.parallelism.unwrap_or(1);
    let wanted = match spec.completions {
        Some(completions) => parallelism.min(completions.saturating_sub(succeeded.unwrap_or_default())),
        // Without `completions` the first success ends the Job, and no more pods are made.
        None if succeeded.unwrap_or_default() > 0 => 0,
        None => parallelism,
    };
    active.unwrap_or_default() < wanted
}

/// Why the API server would not make a pod, such as `FailedCreate: pods "demo-a-*" is forbidden: exceeded quota: ...`;
/// `None` for events of another kind. The name of the pod, which is another one with each try, is left open, so that the same
/// refusal is the same text.
pub fn refused_pods(event: &Event) -> Option<String> {
    if event.reason.as_deref() != Some(FAILED_CREATE) {
        return None;
    }
    let message = event.message.as_deref()?;
    let message = message.strip_prefix(COMBINED).unwrap_or(message);
    let message = message.strip_prefix(CREATING).unwrap_or(message);
    let told = format!("{FAILED_CREATE}: {}", without_name(message));
    Some(capped(&told, TROUBLE_BYTES_MAX))
}

/// `pods "demo-a-x7k2p" is ...` as `pods "demo-a-*" is ...`.
fn without_name(message: &str) -> String {
    let named = || {
        let (name, rest) = message.strip_prefix(PODS)?.split_once('"')?;
        let (prefix, _) = name.rsplit_once('-')?;
        Some(format!("{PODS}{prefix}-*\"{rest}"))
    };
    named().unwrap_or_else(|| message.to_owned())
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::batch::v1::Job;
    use serde_json::{Value, json};

    use super::{lacks_pods, refused_pods};

    fn lacks(spec: &Value, status: &Value) -> bool {
        let mut spec = spec.clone();
        spec["template"] = json!({});
        lacks_pods(&serde_json::from_value::<Job>(json!({"spec": spec, "status": status})).unwrap())
    }

    #[test]
    fn a_job_lacks_the_pods_that_may_run_and_that_are_left_to_succeed() {
        assert!(lacks(&json!({}), &json!({})));
        assert!(!lacks(&json!({}), &json!({"active": 1})));
        let many = json!({"parallelism": 3, "completions": 5});
        assert!(lacks(&many, &json!({"active": 2, "succeeded": 1})));
        assert!(!lacks(&many, &json!({"active": 2, "succeeded": 3})));
        let queue = json!({"parallelism": 3});
        assert!(
            !lacks(&queue, &json!({"active": 1, "succeeded": 1})),
            "the others end by themselves"
        );
    }

    #[test]
    fn a_job_that_has_ended_or_is_suspended_lacks_nothing() {
        let failed = json!({"conditions": [{"type": "Failed", "status": "True"}]});
        assert!(!lacks(&json!({}), &failed));
        assert!(!lacks(&json!({}), &json!({"completionTime": "2026-01-01T00:00:00Z"})));
        assert!(!lacks(&json!({"suspend": true}), &json!({})));
    }

    fn told(reason: &str, message: &str) -> Option<String> {
        let event = json!({"metadata": {}, "involvedObject": {}, "reason": reason, "message": message});
        refused_pods(&serde_json::from_value(event).unwrap())
    }

    #[test]
    fn a_refusal_is_told_without_the_name_of_the_pod() {
        let quota = "pods \"demo-a-x7k2p\" is forbidden: exceeded quota: compute";
        let expected = "FailedCreate: pods \"demo-a-*\" is forbidden: exceeded quota: compute";
        for message in [
            format!("Error creating: {quota}"),
            format!("(combined from similar events): Error creating: {quota}"),
        ] {
            assert_eq!(told("FailedCreate", &message).as_deref(), Some(expected));
        }
        let webhook = "Error creating: admission webhook \"w\" denied the request: no";
        let expected = "FailedCreate: admission webhook \"w\" denied the request: no";
        assert_eq!(told("FailedCreate", webhook).as_deref(), Some(expected));
    }

    #[test]
    fn what_pod_security_asks_for_is_told_to_its_end() {
        let violations = r#"allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "main" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")"#;
        let answer =
            format!(r#"pods "demo-a-x7k2p" is forbidden: violates PodSecurity "restricted:latest": {violations}"#);
        assert!(told("FailedCreate", &answer).unwrap().ends_with(violations));
    }

    #[test]
    fn other_events_tell_of_something_else() {
        assert_eq!(told("SuccessfulCreate", "Created pod: demo-a-x7k2p"), None);
    }

    #[test]
    fn a_long_refusal_is_cut() {
        let text = told("FailedCreate", &"x".repeat(10_000)).unwrap();
        assert!(text.len() <= crate::limits::TROUBLE_BYTES_MAX, "{}", text.len());
    }
}
