//! From a container and the shared template to the native Job spec.

use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::{Container, PodTemplateSpec};

use crate::pod;

/// The Job of `container`.
pub(super) fn job_spec(
    container: &Container,
    template: Option<&PodTemplateSpec>,
    backoff_limit: Option<i32>,
) -> JobSpec {
    let mut template = template.cloned().unwrap_or_default();
    let spec = template.spec.get_or_insert_default();
    spec.containers = vec![container.clone()];
    // Normalization writes the policy where there is a pod spec to write it to.
    spec.restart_policy = Some(pod::RESTART_POLICY.to_owned());
    JobSpec {
        backoff_limit,
        template,
        ..JobSpec::default()
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{Container, PodTemplateSpec};
    use serde_json::{Value, json};

    use super::job_spec;

    fn compiled(template: Value) -> Value {
        let container = Container {
            name: "a".to_owned(),
            args: Some(vec!["x".to_owned()]),
            ..Container::default()
        };
        let template: Option<PodTemplateSpec> = serde_json::from_value(template).unwrap();
        serde_json::to_value(job_spec(&container, template.as_ref(), Some(2))).unwrap()
    }

    #[test]
    fn the_container_joins_what_is_shared() {
        let template = json!({"metadata": {"labels": {"app": "x"}}, "spec": {"volumes": [{"name": "v", "emptyDir": {}}], "initContainers": [{"name": "i"}]}});
        assert_eq!(
            compiled(template),
            json!({"backoffLimit": 2, "template": {"metadata": {"labels": {"app": "x"}}, "spec": {
                "containers": [{"name": "a", "args": ["x"]}], "initContainers": [{"name": "i"}],
                "restartPolicy": "Never", "volumes": [{"name": "v", "emptyDir": {}}],
            }}})
        );
    }

    #[test]
    fn without_a_template_there_is_only_the_container() {
        let expected = json!({"backoffLimit": 2, "template": {"spec": {
            "containers": [{"name": "a", "args": ["x"]}], "restartPolicy": "Never",
        }}});
        assert_eq!(compiled(json!(null)), expected);
        assert_eq!(compiled(json!({})), expected);
    }
}
