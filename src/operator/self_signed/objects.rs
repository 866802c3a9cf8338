//! The Secret and both webhook configurations: read, watched and written by their names.

use std::collections::BTreeMap;
use std::fmt::Debug;

use anyhow::{Context, anyhow};
use futures::stream::{BoxStream, SelectAll, StreamExt, select_all};
use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::{MutatingWebhookConfiguration, ValidatingWebhookConfiguration};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Patch, PatchParams};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{Config, watcher};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The names are the cluster's: there is one installation.
const MUTATING: &str = "mutate.api.practice.com";
const VALIDATING: &str = "validate.api.practice.com";

/// Which Secret.
#[derive(Clone, Debug)]
pub(in crate::operator) struct Place {
    /// Where it is.
    pub(in crate::operator) namespace: String,
    /// Its name.
    pub(in crate::operator) secret: String,
}

/// All that is read and written.
pub(super) struct Objects {
    place: Place,
    secrets: Api<Secret>,
    mutating: Api<MutatingWebhookConfiguration>,
    validating: Api<ValidatingWebhookConfiguration>,
}

/// The Secret as it was read.
pub(super) struct Held {
    version: Option<String>,
    pub(super) data: BTreeMap<String, Vec<u8>>,
}

/// One webhook configuration as it was read.
pub(super) struct Configuration {
    kind: Kind,
    version: Option<String>,
    /// Names of webhooks, and whom their clients trust.
    webhooks: Vec<(String, Option<Vec<u8>>)>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Mutating,
    Validating,
}

/// What came of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// It is stored.
    Done,
    /// Somebody else has written since it was read.
    Outdated,
}

/// Tells that something has changed.
pub(super) struct Changes(SelectAll<BoxStream<'static, ()>>);

impl Changes {
    pub(super) async fn next(&mut self) {
        // A watcher begins again by itself and never ends.
        if self.0.next().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

impl Configuration {
    pub(super) fn trusts(&self, bundle: &str) -> bool {
        let trusts = |trusted: &Option<Vec<u8>>| trusted.as_deref() == Some(bundle.as_bytes());
        self.webhooks.iter().all(|(_, trusted)| trusts(trusted))
    }
}

impl Objects {
    pub(super) fn new(client: &Client, place: &Place) -> Self {
        Self {
            place: place.clone(),
            secrets: Api::namespaced(client.clone(), &place.namespace),
            mutating: Api::all(client.clone()),
            validating: Api::all(client.clone()),
        }
    }

    /// A stream of changes by anybody, ourselves too.
    pub(super) fn changes(&self) -> Changes {
        Changes(select_all([
            watched(&self.secrets, &self.place.secret),
            watched(&self.mutating, MUTATING),
            watched(&self.validating, VALIDATING),
        ]))
    }

    /// Those that there are: helm makes them last, and takes them away first.
    pub(super) async fn configurations(&self) -> anyhow::Result<Vec<Configuration>> {
        let read = |name: &str| format!("cannot read the webhook configuration '{name}'");
        let mutating = self.mutating.get_opt(MUTATING).await.with_context(|| read(MUTATING))?;
        let validating = self.validating.get_opt(VALIDATING).await;
        let validating = validating.with_context(|| read(VALIDATING))?;
        let mutating = mutating.map(|object| Configuration {
            kind: Kind::Mutating,
            version: object.metadata.resource_version,
            webhooks: trust(object.webhooks, |one| (one.name, one.client_config.ca_bundle)),
        });
        let validating = validating.map(|object| Configuration {
            kind: Kind::Validating,
            version: object.metadata.resource_version,
            webhooks: trust(object.webhooks, |one| (one.name, one.client_config.ca_bundle)),
        });
        Ok(mutating.into_iter().chain(validating).collect())
    }

    pub(super) async fn secret(&self) -> anyhow::Result<Held> {
        let Place { namespace, secret } = &self.place;
        let found = self.secrets.get_opt(secret).await;
        let found = found.with_context(|| format!("cannot read the Secret '{secret}' in '{namespace}'"))?;
        let found = found.ok_or_else(|| {
            anyhow!("there is no Secret '{secret}' in '{namespace}': the chart makes it, so upgrade the release, or make an empty one")
        })?;
        let data = found.data.unwrap_or_default();
        Ok(Held {
            version: found.metadata.resource_version,
            data: data.into_iter().map(|(key, value)| (key, value.0)).collect(),
        })
    }

    /// Writes all data anew; what is not in it goes.
    pub(super) async fn write(&self, held: &Held, data: &BTreeMap<String, Vec<u8>>) -> anyhow::Result<Written> {
        let gone = held.data.keys().filter(|key| !data.contains_key(*key));
        let mut changes: BTreeMap<&String, Value> = gone.map(|key| (key, Value::Null)).collect();
        for (key, content) in data {
            changes.insert(key, serde_json::to_value(ByteString(content.clone()))?);
        }
        let patch = json!({"metadata": {"resourceVersion": held.version}, "data": changes});
        let name = &self.place.secret;
        let written = self
            .secrets
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await;
        outcome(written).with_context(|| format!("cannot write the Secret '{name}'"))
    }

    /// Tells the clients whom to trust.
    pub(super) async fn publish(&self, configurations: &[Configuration], bundle: &str) -> anyhow::Result<Written> {
        let trusted = serde_json::to_value(ByteString(bundle.as_bytes().to_vec()))?;
        for configuration in configurations.iter().filter(|one| !one.trusts(bundle)) {
            let webhooks = configuration.webhooks.iter();
            let webhooks = webhooks.map(|(name, _)| json!({"name": name, "clientConfig": {"caBundle": trusted}}));
            let patch = json!({
                "metadata": {"resourceVersion": configuration.version}, "webhooks": webhooks.collect::<Vec<_>>(),
            });
            let (patch, params) = (Patch::Strategic(patch), PatchParams::default());
            let (name, written) = match configuration.kind {
                Kind::Mutating => (MUTATING, outcome(self.mutating.patch(MUTATING, &params, &patch).await)),
                Kind::Validating => (
                    VALIDATING,
                    outcome(self.validating.patch(VALIDATING, &params, &patch).await),
                ),
            };
            let written = written.with_context(|| format!("cannot write the webhook configuration '{name}'"))?;
            if written == Written::Outdated {
                return Ok(written);
            }
        }
        Ok(Written::Done)
    }
}

fn trust<W>(
    webhooks: Option<Vec<W>>,
    read: impl Fn(W) -> (String, Option<ByteString>),
) -> Vec<(String, Option<Vec<u8>>)> {
    let webhooks = webhooks.into_iter().flatten().map(read);
    webhooks
        .map(|(name, trusted)| (name, trusted.map(|bytes| bytes.0)))
        .collect()
}

fn outcome<K>(written: kube::Result<K>) -> kube::Result<Written> {
    match written {
        Ok(_) => Ok(Written::Done),
        // 404: it went since it was read.
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(Written::Outdated),
        Err(error) => Err(error),
    }
}

fn watched<K>(api: &Api<K>, name: &str) -> BoxStream<'static, ()>
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    // RBAC by name holds for a watch only with this selector.
    let only = Config::default().fields(&format!("metadata.name={name}"));
    watcher(api.clone(), only)
        .default_backoff()
        // A failure is seen by the next look, which says what is wrong.
        .filter_map(|event| async move { event.ok().map(drop) })
        .boxed()
}
