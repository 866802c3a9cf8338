//! What a kind brings to be executed. The rest of the controller is the same for all kinds.

use std::fmt::Debug;

use jobflow_core::diagnostic::Report;
use jobflow_core::engine::{Observed, Plan};
use jobflow_core::examine::Examined;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::jiff::Timestamp;
use kube::Resource;
use kube::core::object::HasStatus;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::caches::Caches;
use crate::key::Key;
use crate::models::Models;
use crate::objects::{Change, Objects};
use crate::reconcile::forget;
use crate::shared::Shared;
use crate::stored::Slim;

/// A kind whose objects run Jobs. All decisions are calls into `jobflow_core`; the rest says where things are kept.
pub(crate) trait FrontEnd:
    Resource<DynamicType = (), Scope = NamespaceResourceScope>
    + Slim
    + HasStatus<Status: PartialEq + Serialize + Send + Sync>
    + Clone
    + Debug
    + Default
    + Serialize
    + DeserializeOwned
    + Send
    + Sync
    + 'static
{
    /// The proven model.
    type Model: Send + Sync + 'static;

    /// What a plan looks up beside the object and its Jobs. Most kinds look up nothing.
    type References: Send + Sync;

    /// The same rules as at admission.
    fn examine(object: &Value) -> Examined<Self::Model>;

    /// The status of an object that breaks the rules.
    fn invalid_status(&self, report: &Report, now: Timestamp) -> Self::Status;

    /// resolve: what the plan looks up, from the caches.
    fn references(&self, caches: &Caches, model: &Self::Model) -> Self::References;

    /// What to do now.
    fn plan(
        &self,
        model: &Self::Model,
        references: &Self::References,
        observed: &Observed,
        now: Timestamp,
    ) -> Plan<Self::Status>;

    /// Whether it has come to its end, as its status says: there is little more to do than to delete it some day.
    fn is_finished(&self) -> bool;

    /// Where objects of this kind are kept.
    fn objects(caches: &Caches) -> &Objects<Self>;

    /// Where the verdicts on them are kept.
    fn models(caches: &Caches) -> &Models<Self::Model>;

    /// An object has changed: by a write of ours, or as the watch says.
    fn changed(shared: &Shared, change: &Change<Self>) {
        follow(shared, change);
    }
}

/// Forgets an object that is gone, and has one looked at that has changed.
pub(crate) fn follow<K: FrontEnd>(shared: &Shared, change: &Change<K>) {
    let (old, new) = (change.old.as_deref(), change.new.as_deref());
    if let Some(old) = old.filter(|old| new.is_none_or(|new| new.uid() != old.uid())) {
        forget::<K>(&shared.caches, old.uid());
    }
    if let Some(new) = new.filter(|_| change.is_of_substance()) {
        shared.queue.wake(Key::of(&new.object));
    }
}
