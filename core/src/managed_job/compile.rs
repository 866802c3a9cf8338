//! From a job and its parameters to the native Job spec.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::take;

use crds::{FromEnv, ManagedJobDefinition, ManagedJobSpec, ManagedParams, PullPolicy};
use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::{
    ConfigMapKeySelector, Container, EnvFromSource, EnvVar, EnvVarSource, LocalObjectReference, PodSpec,
    PodTemplateSpec, SecretKeySelector,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::origin::{has_key, is_given, variable_name};
use super::rules::ignored_annotation;
use crate::pod;

/// What `spec.retries` is when it is absent.
const RETRIES_DEFAULT: i32 = 1;

/// How often the pods of the Jobs of `spec` are tried again.
pub(super) fn retries(spec: &ManagedJobSpec) -> i32 {
    spec.retries.unwrap_or(RETRIES_DEFAULT)
}

/// The Job of `definition`, with its merged parameters.
pub(super) fn job_spec(definition: &ManagedJobDefinition, mut params: ManagedParams, retries: i32) -> JobSpec {
    let mut annotations = take(&mut params.annotations);
    annotations.retain(|key, _| !ignored_annotation::is_ignored(key));
    JobSpec {
        backoff_limit: Some(retries),
        template: PodTemplateSpec {
            metadata: Some(ObjectMeta {
                labels: some(take(&mut params.labels), BTreeMap::is_empty),
                annotations: some(annotations, BTreeMap::is_empty),
                ..ObjectMeta::default()
            }),
            spec: Some(pod_spec(definition, params)),
        },
        ..JobSpec::default()
    }
}

fn pod_spec(definition: &ManagedJobDefinition, mut params: ManagedParams) -> PodSpec {
    let restart_policy = params.restart_policy.take().filter(|policy| !policy.is_empty());
    PodSpec {
        restart_policy: Some(restart_policy.unwrap_or_else(|| pod::RESTART_POLICY.to_owned())),
        service_account_name: params.service_account.take().filter(|name| !name.is_empty()),
        image_pull_secrets: some(pull_secrets(&params), Vec::is_empty),
        volumes: some(take(&mut params.volumes), Vec::is_empty),
        containers: vec![container(definition, params)],
        ..PodSpec::default()
    }
}

fn container(definition: &ManagedJobDefinition, params: ManagedParams) -> Container {
    Container {
        name: definition.name.clone(),
        image: Some(definition.image.clone()),
        command: some(definition.command.clone(), Vec::is_empty),
        args: some(definition.args.clone(), Vec::is_empty),
        env_from: some(env_from(&params.from_env), Vec::is_empty),
        env: some(env(&params.from_env, params.env), Vec::is_empty),
        volume_mounts: some(params.volume_mount, Vec::is_empty),
        image_pull_policy: params
            .image_pull_policy
            .as_ref()
            .and_then(PullPolicy::value)
            .map(str::to_owned),
        resources: params.resources,
        ..Container::default()
    }
}

/// The single keys of `fromEnv`, then `env`, whose entry of a name wins.
fn env(from_env: &[FromEnv], mut env: Vec<EnvVar>) -> Vec<EnvVar> {
    let names: BTreeSet<&str> = env.iter().map(|variable| variable.name.as_str()).collect();
    let keys = from_env.iter().filter(|source| has_key(source)).map(variable_of_key);
    let free: Vec<EnvVar> = keys
        .filter(|variable| !names.contains(variable.name.as_str()))
        .collect();
    env.splice(0..0, free);
    env
}

fn variable_of_key(source: &FromEnv) -> EnvVar {
    let key = source.key.clone().unwrap_or_default();
    let from_map = source.config_map_ref.as_ref().map(|map| ConfigMapKeySelector {
        key: key.clone(),
        name: map.name.clone(),
        optional: map.optional,
    });
    let from_secret = source.secret_ref.as_ref().map(|secret| SecretKeySelector {
        key: key.clone(),
        name: secret.name.clone(),
        optional: secret.optional,
    });
    EnvVar {
        name: variable_name(source),
        value: None,
        value_from: Some(EnvVarSource {
            config_map_key_ref: from_map,
            secret_key_ref: from_secret,
            ..EnvVarSource::default()
        }),
    }
}

fn env_from(from_env: &[FromEnv]) -> Vec<EnvFromSource> {
    let whole = from_env.iter().filter(|source| !has_key(source));
    let source = |source: &FromEnv| EnvFromSource {
        config_map_ref: source.config_map_ref.clone(),
        secret_ref: source.secret_ref.clone(),
        prefix: source.prefix.clone().filter(|prefix| is_given(Some(prefix))),
    };
    whole.map(source).collect()
}

/// The secrets in the order of the levels, each as often as it is named: the list of a pod may have repeats.
fn pull_secrets(params: &ManagedParams) -> Vec<LocalObjectReference> {
    let names = params.image_pull_secrets.iter().filter_map(|secret| secret.name());
    names
        .map(|name| LocalObjectReference { name: name.to_owned() })
        .collect()
}

/// `Some` of a collection that is not empty.
fn some<T>(items: T, is_empty: impl Fn(&T) -> bool) -> Option<T> {
    (!is_empty(&items)).then_some(items)
}

#[cfg(test)]
mod tests {
    use crds::{ManagedJobDefinition, ManagedParams};
    use serde_json::{Value, json};

    use super::job_spec;

    fn compiled(definition: Value, params: Value) -> Value {
        let definition: ManagedJobDefinition = serde_json::from_value(definition).unwrap();
        let params: ManagedParams = serde_json::from_value(params).unwrap();
        serde_json::to_value(job_spec(&definition, params, 3)).unwrap()
    }

    #[test]
    fn without_parameters_the_pod_has_the_container_and_never_restarts() {
        assert_eq!(
            compiled(
                json!({"name": "a", "image": "busybox", "args": ["sleep", "10"]}),
                json!({})
            ),
            json!({"backoffLimit": 3, "template": {"metadata": {}, "spec": {
                "containers": [{"name": "a", "image": "busybox", "args": ["sleep", "10"]}], "restartPolicy": "Never",
            }}})
        );
    }

    #[test]
    fn every_parameter_has_its_place() {
        let params = json!({
            "fromEnv": [
                {"configMapRef": {"name": "m"}, "key": "K"}, {"configMapRef": {"name": "m"}, "key": "FOO"},
                {"configMapRef": {"name": "m", "optional": true}}, {"secretRef": {"name": "s"}, "prefix": "P_"},
            ],
            "env": [{"name": "FOO", "value": "bar"}],
            "volumes": [{"name": "v", "emptyDir": {}}], "volumeMount": [{"name": "v", "mountPath": "/v"}],
            "serviceAccount": "sa", "restartPolicy": "OnFailure", "imagePullSecrets": ["a", {"name": "b"}],
            "imagePullPolicy": ["Always"], "labels": {"l": "1"}, "annotations": {"a": "2", "this/works/aswell": "true"},
            "resources": {"limits": {"cpu": "1"}},
        });
        assert_eq!(
            compiled(json!({"name": "a", "image": "busybox", "command": ["c"]}), params),
            json!({"backoffLimit": 3, "template": {
                "metadata": {"labels": {"l": "1"}, "annotations": {"a": "2"}},
                "spec": {
                    "containers": [{
                        "name": "a", "image": "busybox", "command": ["c"], "imagePullPolicy": "Always",
                        "env": [
                            {"name": "K", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "K"}}},
                            {"name": "FOO", "value": "bar"},
                        ],
                        "envFrom": [
                            {"configMapRef": {"name": "m", "optional": true}}, {"secretRef": {"name": "s"}, "prefix": "P_"},
                        ],
                        "volumeMounts": [{"name": "v", "mountPath": "/v"}], "resources": {"limits": {"cpu": "1"}},
                    }],
                    "restartPolicy": "OnFailure", "serviceAccountName": "sa",
                    "imagePullSecrets": [{"name": "a"}, {"name": "b"}], "volumes": [{"name": "v", "emptyDir": {}}],
                },
            }})
        );
    }
}
