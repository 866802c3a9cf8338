//! Trouble: why a pod does not run, or how it failed, in the words of the kubelet and the scheduler.
//!
//! A Job says only that it failed; which container ended with which code, and that an image cannot be pulled, is told by its
//! pods alone. It only words messages: whether a step has failed is decided by its Job.

use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus, Pod};

use super::wording::capped;
use crate::limits::TROUBLE_BYTES_MAX;

/// What a container waits for when all is well.
const STARTING: [&str; 2] = ["ContainerCreating", "PodInitializing"];

/// What is the matter with a pod, such as `OOMKilled: container 'main' ended with exit code 137`; `None` if nothing is.
pub fn trouble(pod: &Pod) -> Option<String> {
    let status = pod.status.as_ref()?;
    let containers = [&status.init_container_statuses, &status.container_statuses];
    let containers = || containers.iter().flat_map(|list| list.iter().flatten());
    let told = containers()
        .find_map(failed)
        .or_else(|| containers().find_map(waiting))
        .or_else(|| evicted(pod))
        .or_else(|| unschedulable(pod))?;
    Some(capped(&told, TROUBLE_BYTES_MAX))
}

fn failed(container: &ContainerStatus) -> Option<String> {
    let ended = |state: &Option<ContainerState>| state.as_ref()?.terminated.clone();
    let ended = ended(&container.state).or_else(|| ended(&container.last_state));
    let ended = ended.filter(|ended| ended.exit_code != 0)?;
    let reason = ended.reason.as_deref().filter(|reason| !reason.is_empty());
    let mut text = format!(
        "{}: container '{}' ended with exit code {}",
        reason.unwrap_or("Error"),
        container.name,
        ended.exit_code
    );
    if let Some(message) = ended.message.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        text.push_str(&format!(" ({message})"));
    }
    Some(text)
}

fn waiting(container: &ContainerStatus) -> Option<String> {
    let waits = container.state.as_ref()?.waiting.as_ref()?;
    let reason = waits.reason.as_deref().filter(|reason| !STARTING.contains(reason))?;
    let message = waits.message.as_deref().filter(|message| !message.is_empty());
    let message = message.map(|message| format!(": {message}")).unwrap_or_default();
    Some(format!(
        "{reason}: container '{}' cannot start{message}",
        container.name
    ))
}

/// Pods that were thrown off their node have the reason themselves.
fn evicted(pod: &Pod) -> Option<String> {
    let status = pod
        .status
        .as_ref()
        .filter(|status| status.phase.as_deref() == Some("Failed"))?;
    let reason = status.reason.as_deref().filter(|reason| !reason.is_empty())?;
    let message = status.message.as_deref().unwrap_or("the pod has failed");
    Some(format!("{reason}: {message}"))
}

fn unschedulable(pod: &Pod) -> Option<String> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    let scheduled = conditions.iter().find(|condition| condition.type_ == "PodScheduled")?;
    let reason = scheduled.reason.as_deref().filter(|_| scheduled.status == "False")?;
    let message = scheduled.message.as_deref().unwrap_or("no node takes the pod");
    Some(format!("{reason}: {message}"))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Pod;
    use serde_json::{Value, json};

    use super::trouble;

    fn told(status: &Value) -> Option<String> {
        let pod: Pod = serde_json::from_value(json!({"status": status})).unwrap();
        trouble(&pod)
    }

    fn container(state: &Value) -> Value {
        let common = json!({"name": "main", "image": "i", "imageID": "", "ready": false, "restartCount": 0});
        let mut container = common;
        container["state"] = state.clone();
        json!({"phase": "Pending", "containerStatuses": [container]})
    }

    #[test]
    fn a_container_that_failed_is_told_with_its_code() {
        let ended = |reason: Value, code: i32, message: &str| {
            told(&container(
                &json!({"terminated": {"exitCode": code, "reason": reason, "message": message}}),
            ))
        };
        assert_eq!(
            ended(json!("OOMKilled"), 137, "").as_deref(),
            Some("OOMKilled: container 'main' ended with exit code 137")
        );
        assert_eq!(
            ended(json!(null), 3, "no rows\n").as_deref(),
            Some("Error: container 'main' ended with exit code 3 (no rows)")
        );
        assert_eq!(ended(json!("Completed"), 0, ""), None);
    }

    #[test]
    fn a_container_that_cannot_start_is_told_with_the_reason() {
        let waits =
            |reason: &str, message: &str| told(&container(&json!({"waiting": {"reason": reason, "message": message}})));
        assert_eq!(
            waits("ImagePullBackOff", "Back-off pulling image \"i\"").as_deref(),
            Some("ImagePullBackOff: container 'main' cannot start: Back-off pulling image \"i\"")
        );
        assert_eq!(
            waits("CreateContainerConfigError", "").as_deref(),
            Some("CreateContainerConfigError: container 'main' cannot start")
        );
        for ordinary in ["ContainerCreating", "PodInitializing"] {
            assert_eq!(waits(ordinary, ""), None);
        }
    }

    #[test]
    fn a_pod_that_no_node_takes_or_keeps_is_told() {
        let condition = json!({
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available",
        });
        assert_eq!(
            told(&json!({"phase": "Pending", "conditions": [condition]})).as_deref(),
            Some("Unschedulable: 0/3 nodes are available")
        );
        assert_eq!(
            told(&json!({"phase": "Failed", "reason": "Evicted", "message": "low on memory"})).as_deref(),
            Some("Evicted: low on memory")
        );
        assert_eq!(told(&json!({"phase": "Running"})), None);
    }

    #[test]
    fn a_long_message_is_cut() {
        let long = "x".repeat(10_000);
        let text = told(&container(&json!({"waiting": {"reason": "E", "message": long}}))).unwrap();
        assert!(text.len() <= crate::limits::TROUBLE_BYTES_MAX, "{}", text.len());
    }
}
