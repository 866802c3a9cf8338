//! Session: every request of a command to the API server, each with a limit of time and one sentence when it fails.

use std::time::Duration;

use futures::future::join_all;
use jobflow_core::engine::child::OWNER_UID;
use jobflow_core::sequential_job;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::Client;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PropagationPolicy};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::timeout;

use super::connection::ConnectionArgs;
use super::fault::{self, Fault, Result};
use super::kinds::Resource;
use super::pods::add_times;
use super::view::View;
use crate::cli::output;

/// As whom changes are recorded in `managedFields`.
pub(super) const FIELD_MANAGER: &str = "jobflow-cli";

/// How many objects one answer holds, as for kubectl.
const PAGE_SIZE: u32 = 500;

/// A client for one cluster and namespace.
#[derive(Clone)]
pub struct Session {
    pub(super) client: Client,
    /// The namespace that commands work in.
    pub namespace: String,
    /// The address of the API server.
    pub server: String,
    /// How long one answer may take; `None` for as long as it takes.
    limit: Option<Duration>,
}

impl Session {
    /// Gets ready to ask; nothing is sent yet.
    pub async fn open(args: &ConnectionArgs) -> Result<Self> {
        // Two providers in one program make rustls panic where a library chooses by itself; kube does.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = args.config().await?;
        let server = config.cluster_url.to_string();
        let namespace = args
            .namespace
            .clone()
            .unwrap_or_else(|| config.default_namespace.clone());
        let client = Client::try_from(config).map_err(|error| {
            Fault::unknown(format!(
                "cannot use the settings for '{server}' ({}): check the certificates and the user in the kubeconfig",
                fault::innermost(&error)
            ))
        })?;
        Ok(Self {
            client,
            namespace,
            server: server.trim_end_matches('/').to_owned(),
            limit: args.request_timeout.filter(|limit| !limit.is_zero()),
        })
    }

    /// Waits for an answer; `deed` is what was asked for, such as "read jobflow/nightly".
    pub async fn call<T>(&self, deed: &str, answer: impl Future<Output = kube::Result<T>>) -> Result<T> {
        let answer = match self.limit {
            None => answer.await,
            Some(limit) => match timeout(limit, answer).await {
                Ok(answer) => answer,
                Err(_) => {
                    let why = format!("no answer within {} s, see --request-timeout", limit.as_secs_f64());
                    return Err(fault::unreachable(&why, &self.server));
                }
            },
        };
        answer.map_err(|error| fault::of_request(&error, deed, &self.server))
    }

    /// The objects of a kind in the namespace.
    pub fn api(&self, resource: &Resource) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), &self.namespace, &resource.api())
    }

    /// Pods of the namespace.
    pub fn pods(&self) -> Api<Pod> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// The same session in another namespace.
    pub fn within(&self, namespace: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            ..self.clone()
        }
    }

    /// All objects of a kind, in the namespace or in all.
    pub async fn list(&self, resource: &'static Resource, everywhere: bool, labels: Option<&str>) -> Result<Vec<View>> {
        let api = if everywhere {
            Api::all_with(self.client.clone(), &resource.api())
        } else {
            self.api(resource)
        };
        let place = if everywhere {
            "in all namespaces".to_owned()
        } else {
            format!("in the namespace '{}'", self.namespace)
        };
        let deed = format!("list the {} {place}", resource.kind.plural);
        let params = labels.map_or_else(ListParams::default, |labels| ListParams::default().labels(labels));
        let objects = self.pages(&api, params, &deed).await?;
        Ok(objects
            .into_iter()
            .filter_map(|object| view(resource, object))
            .collect())
    }

    async fn pages<K>(&self, api: &Api<K>, params: ListParams, deed: &str) -> Result<Vec<K>>
    where
        K: Clone + DeserializeOwned + std::fmt::Debug,
    {
        let mut params = params.limit(PAGE_SIZE);
        let mut all = Vec::new();
        loop {
            let page = self.call(deed, api.list(&params)).await?;
            all.extend(page.items);
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params = params.continue_token(&token),
                None => return Ok(all),
            }
        }
    }

    /// An object; `None` where there is none of this name.
    pub async fn get(&self, resource: &'static Resource, name: &str) -> Result<Option<View>> {
        let deed = format!(
            "read {}/{name} in the namespace '{}'",
            resource.singular, self.namespace
        );
        let found = self.call(&deed, self.api(resource).get_opt(name)).await?;
        Ok(found.and_then(|object| view(resource, object)))
    }

    /// The objects of this name, of all these kinds. Kinds that cannot be asked for count only where none is found.
    pub async fn get_any(&self, resources: &'static [Resource], name: &str) -> Result<Vec<View>> {
        let answers = join_all(resources.iter().map(|resource| self.get(resource, name))).await;
        let mut found = Vec::new();
        let mut first_fault = None;
        for answer in answers {
            match answer {
                Ok(view) => found.extend(view),
                Err(fault) => first_fault = first_fault.or(Some(fault)),
            }
        }
        match first_fault {
            Some(fault) if found.is_empty() => Err(fault),
            _ => Ok(found),
        }
    }

    /// The Jobs of an object.
    pub async fn jobs_of(&self, view: &View) -> Result<Vec<Job>> {
        let api: Api<Job> = Api::namespaced(self.client.clone(), &self.namespace);
        let deed = format!("list the Jobs of {}", view.title());
        self.pages(&api, owned_by(view), &deed).await
    }

    /// The pods of an object.
    pub async fn pods_of(&self, view: &View) -> Result<Vec<Pod>> {
        let deed = format!("list the pods of {}", view.title());
        self.pages(&self.pods(), owned_by(view), &deed).await
    }

    /// Adds the times of steps where the status has none: those of the Jobs.
    pub async fn time_steps(&self, view: &mut View) -> Result<()> {
        if view.resource.is(&sequential_job::KIND) {
            add_times(view, &self.jobs_of(view).await?);
        }
        Ok(())
    }

    /// Adds what only Jobs tell, and returns the pods. Who may see an object but not its pods sees it without them.
    pub async fn look_closer(&self, view: &mut View) -> Vec<Pod> {
        self.time_steps(view).await.unwrap_or_else(|fault| warn(&fault));
        or_warn(self.pods_of(view).await)
    }

    /// The events about an object, the oldest first.
    pub async fn events_of(&self, view: &View) -> Result<Vec<Event>> {
        let api: Api<Event> = Api::namespaced(self.client.clone(), &self.namespace);
        let params = ListParams::default().fields(&format!("involvedObject.uid={}", view.uid()));
        let deed = format!("list the events of {}", view.title());
        self.pages(&api, params, &deed).await
    }

    /// Changes an object by a JSON merge patch.
    pub async fn patch(&self, view: &View, change: &Value, dry_run: bool) -> Result<()> {
        let params = PatchParams {
            dry_run,
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let deed = format!("change {}", view.title());
        let api = self.api(view.resource);
        let patch = Patch::Merge(change);
        let request = api.patch(view.name(), &params, &patch);
        self.call(&deed, request).await.map(drop)
    }

    /// Deletes an object, after its Jobs and pods.
    pub async fn delete(&self, view: &View, dry_run: bool) -> Result<()> {
        let params = DeleteParams {
            dry_run,
            propagation_policy: Some(PropagationPolicy::Foreground),
            ..DeleteParams::default()
        };
        let deed = format!("delete {}", view.title());
        let api = self.api(view.resource);
        self.call(&deed, api.delete(view.name(), &params)).await.map(drop)
    }
}

/// What was asked for beside an object; who may not see it is told, and sees the rest.
pub fn or_warn<T: Default>(answer: Result<T>) -> T {
    answer.unwrap_or_else(|fault| {
        warn(&fault);
        T::default()
    })
}

fn warn(fault: &Fault) {
    output::complain(&format!("warning: {fault}"));
}

/// All Jobs and pods have the uid of the object as a label.
pub fn owned_by(view: &View) -> ListParams {
    ListParams::default().labels(&owner_label(view))
}

/// The label that the Jobs and pods of an object have.
pub fn owner_label(view: &View) -> String {
    format!("{OWNER_UID}={}", view.uid())
}

/// An object as an answer or a watch brings it.
pub fn view(resource: &'static Resource, object: DynamicObject) -> Option<View> {
    let mut value = serde_json::to_value(object).ok()?;
    // Items of a list have neither.
    let map = value.as_object_mut()?;
    map.insert("apiVersion".to_owned(), resource.kind.api_version().into());
    map.insert("kind".to_owned(), resource.kind.kind.into());
    Some(View::of(resource, value))
}
