//! An object as it was read from the API server, whether or not our types can hold it.

use std::borrow::Cow;

use crds::{DaemonJob, JobFlow, JobTemplate, ManagedJob, SequentialJob};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// An object of one of our kinds.
///
/// What is stored was not necessarily admitted by us: it may date from before the schema or from a time when the
/// webhook was down. One object that our types cannot hold must not break the reading of all others, so such an object
/// keeps its JSON and stands here with its metadata only.
///
/// Thousands of objects may lie here with pod templates that are needed only when a Job is made; as our types, which have a field for
/// everything that a pod can have, a template takes fifty times as much memory as its JSON. So specs are kept as JSON.
#[derive(Clone, Debug)]
pub(crate) struct Stored<K> {
    /// The object, without what [`Slim`] takes away; metadata only when the rest could not be decoded.
    pub object: K,
    /// The whole spec as JSON.
    spec: Box<str>,
    undecodable: Option<Value>,
}

/// A kind whose spec is looked at before its model is made, or not at all.
pub(crate) trait Slim {
    /// Takes away what is not looked at.
    fn slim(&mut self);
}

/// The graph is.
impl Slim for JobFlow {
    fn slim(&mut self) {
        for flow in &mut self.spec.flows {
            flow.job_template = None;
        }
    }
}

macro_rules! without_spec {
    ($($kind:ty),*) => {$(
        impl Slim for $kind {
            fn slim(&mut self) {
                self.spec = Default::default();
            }
        }
    )*};
}

without_spec!(JobTemplate, DaemonJob, ManagedJob, SequentialJob);

impl<K: Resource<DynamicType = ()>> Stored<K> {
    /// The uid, which tells objects of the same name apart.
    pub fn uid(&self) -> &str {
        self.object.meta().uid.as_deref().unwrap_or_default()
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        self.object.meta().namespace.as_deref().unwrap_or_default()
    }

    /// The name.
    pub fn name(&self) -> &str {
        self.object.meta().name.as_deref().unwrap_or_default()
    }

    /// The generation of the spec.
    pub fn generation(&self) -> i64 {
        self.object.meta().generation.unwrap_or_default()
    }

    /// How much JSON its model is made from: none, where there is no model to be made.
    pub fn spec_bytes(&self) -> usize {
        self.spec.len()
    }

    /// Whether this is a later state than `other` of the same object.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        version(self.object.meta()) > version(other.object.meta())
    }
}

impl<K: Serialize> Stored<K> {
    /// The whole object as JSON, for the same checks that admission makes.
    pub fn to_json(&self) -> Value {
        if let Some(value) = &self.undecodable {
            return value.clone();
        }
        let mut value = serde_json::to_value(&self.object).expect("our types have string keys and no failing field");
        if let Some(members) = value.as_object_mut() {
            let spec = serde_json::from_str(&self.spec).expect("it was made from JSON");
            members.insert("spec".to_owned(), spec);
        }
        value
    }
}

/// The resource version as a number: since Kubernetes 1.35 those of one resource compare as integers.
pub(crate) fn version(meta: &ObjectMeta) -> u64 {
    meta.resource_version
        .as_deref()
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}

impl<'de, K> Deserialize<'de> for Stored<K>
where
    K: Resource<DynamicType = ()> + Slim + DeserializeOwned + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(deserializer)?;
        if let Some(meta) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            // Half of a small object, and of no use to us.
            meta.remove("managedFields");
        }
        if let Ok(mut object) = K::deserialize(&value) {
            object.slim();
            let spec = value.get("spec").unwrap_or(&Value::Null);
            return Ok(Self {
                object,
                spec: spec.to_string().into_boxed_str(),
                undecodable: None,
            });
        }
        let meta = value.get("metadata").unwrap_or(&Value::Null);
        let mut object = K::default();
        *object.meta_mut() = ObjectMeta::deserialize(meta).map_err(D::Error::custom)?;
        Ok(Self {
            object,
            spec: Box::default(),
            undecodable: Some(value),
        })
    }
}

impl<K> Resource for Stored<K>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
{
    type DynamicType = ();
    type Scope = NamespaceResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        K::kind(&())
    }

    fn group((): &()) -> Cow<'_, str> {
        K::group(&())
    }

    fn version((): &()) -> Cow<'_, str> {
        K::version(&())
    }

    fn plural((): &()) -> Cow<'_, str> {
        K::plural(&())
    }

    fn meta(&self) -> &ObjectMeta {
        self.object.meta()
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        self.object.meta_mut()
    }
}

#[cfg(test)]
mod tests {
    use crds::JobFlow;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_that_our_types_cannot_hold_keeps_its_json() {
        let json = json!({
            "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow",
            "metadata": {"name": "odd", "namespace": "n", "uid": "u", "resourceVersion": "12"},
            "spec": {"flows": "none"},
        });
        let stored: Stored<JobFlow> = serde_json::from_value(json.clone()).unwrap();
        assert_eq!((stored.name(), stored.namespace(), stored.uid()), ("odd", "n", "u"));
        assert_eq!(stored.to_json(), json);
    }

    #[test]
    fn templates_are_kept_as_json_only() {
        let template = json!({"template": {"spec": {"containers": [{"name": "main", "image": "i"}]}}});
        let spec = json!({"flows": [{"name": "x", "jobTemplate": template}, {"name": "y", "jobTemplateRef": "t"}]});
        let json = json!({
            "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": "a"}, "spec": spec,
        });
        let stored: Stored<JobFlow> = serde_json::from_value(json).unwrap();
        assert_eq!(stored.object.spec.flows[0].job_template, None);
        assert_eq!(stored.object.spec.flows[1].job_template_ref.as_deref(), Some("t"));
        assert_eq!(stored.to_json()["spec"], spec);
    }

    #[test]
    fn of_other_kinds_the_spec_is_kept_as_json_only() {
        let job = json!({"name": "a", "image": "i", "compiledParams": {"env": [{"name": "A", "value": "1"}]}});
        let spec = json!({"params": {"env": [{"name": "A", "value": "1"}]}, "groups": [{"name": "g", "jobs": [job]}]});
        let stored: Stored<ManagedJob> =
            serde_json::from_value(json!({"metadata": {"name": "a"}, "spec": spec})).unwrap();
        assert_eq!(stored.object.spec, crds::ManagedJobSpec::default());
        assert_eq!(stored.to_json()["spec"], spec);
    }

    #[test]
    fn an_object_is_read_without_its_managed_fields() {
        let json = json!({
            "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow",
            "metadata": {"name": "a", "managedFields": [{"manager": "kubectl"}]},
            "spec": {"flows": [{"name": "x"}]},
        });
        let stored: Stored<JobFlow> = serde_json::from_value(json).unwrap();
        assert_eq!(stored.object.spec.flows[0].name, "x");
        assert_eq!(stored.object.metadata.managed_fields, None);
        let written = stored.to_json();
        assert_eq!(
            (&written["kind"], &written["spec"]),
            (&json!("JobFlow"), &json!({"flows": [{"name": "x"}]}))
        );
    }
}
