//! A namespace for one test.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::kubectl::{Kubectl, Output};
use crate::wait::{Deadline, until};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A namespace that is deleted when the value is dropped.
#[derive(Debug)]
pub struct Namespace {
    name: String,
    kubectl: Kubectl,
}

impl Namespace {
    pub(crate) fn create(kubectl: &Kubectl, label: &str) -> Result<Self> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        // The process id keeps test binaries apart that share a cluster.
        let name = format!("{label}-{}-{number}", std::process::id());
        kubectl.run(&["create", "namespace", &name])?.success()?;
        let inside = kubectl.in_namespace(&name);
        let created = Self { name, kubectl: inside };
        created.wait_for_service_account()?;
        Ok(created)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// kubectl that works in this namespace.
    pub fn kubectl(&self) -> &Kubectl {
        &self.kubectl
    }

    /// Applies a manifest here and expects it to be accepted.
    pub fn apply(&self, yaml: &str) -> Result<String> {
        self.kubectl.apply(yaml)?.success()
    }

    /// Applies a manifest here that may be refused.
    pub fn try_apply(&self, yaml: &str) -> Result<Output> {
        self.kubectl.apply(yaml)
    }

    /// Reads an object, such as `("jobflow", "example")`, until `wanted` finds what it looks for in it.
    ///
    /// # Errors
    /// When the deadline passes; the message holds the last status seen.
    pub fn wait_for<T>(
        &self,
        kind: &str,
        name: &str,
        deadline: Deadline,
        mut wanted: impl FnMut(&Value) -> Option<T>,
    ) -> Result<T> {
        until(&format!("{kind} '{name}' as wanted"), deadline, || {
            let object = self.kubectl.json(&["get", kind, name])?;
            let found = wanted(&object);
            found.with_context(|| format!("its status is {}", object.get("status").unwrap_or(&Value::Null)))
        })
    }

    /// Pods are refused in a namespace whose default service account is not there yet.
    fn wait_for_service_account(&self) -> Result<()> {
        let limit = Deadline::after(std::time::Duration::from_secs(30));
        until("the service account of a new namespace", limit, || {
            self.kubectl
                .run(&["get", "serviceaccount", "default"])?
                .success()
                .map(drop)
        })
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // The cluster does not outlive the test run: what cannot be deleted now goes with it.
        let _ = self.kubectl.run(&["delete", "namespace", &self.name, "--wait=false"]);
    }
}
