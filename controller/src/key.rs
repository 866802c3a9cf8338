//! The name of one object that is reconciled.

use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::Resource;

/// Names an object of any of our kinds: what the queue holds and what backoff is counted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    /// The kind, as manifests spell it.
    pub kind: String,
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl Key {
    /// The key of an object that was read from the API server.
    pub fn of<K: Resource<DynamicType = ()>>(object: &K) -> Self {
        Self::new(&K::kind(&()), object.meta())
    }

    fn new(kind: &str, meta: &ObjectMeta) -> Self {
        Self {
            kind: kind.to_owned(),
            namespace: meta.namespace.clone().unwrap_or_default(),
            name: meta.name.clone().unwrap_or_default(),
        }
    }

    /// The key of the object of our groups that controls `meta`'s object; `None` if none does.
    pub fn of_controller(meta: &ObjectMeta) -> Option<(Self, String)> {
        let owner = controller(meta)?;
        let (group, _) = owner.api_version.split_once('/')?;
        let ours = jobflow_core::kinds::ALL
            .iter()
            .any(|kind| kind.group == group && kind.kind == owner.kind);
        ours.then(|| {
            let key = Self {
                kind: owner.kind.clone(),
                namespace: meta.namespace.clone().unwrap_or_default(),
                name: owner.name.clone(),
            };
            (key, owner.uid.clone())
        })
    }
}

/// Who controls `meta`'s object.
pub(crate) fn controller(meta: &ObjectMeta) -> Option<&OwnerReference> {
    let mut owners = meta.owner_references.iter().flatten();
    owners.find(|owner| owner.controller == Some(true))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}
