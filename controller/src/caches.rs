//! All that the controller knows of the cluster.

use std::sync::{Arc, Mutex};

use crds::{DaemonJob, JobFlow, JobTemplate, ManagedJob, SequentialJob};
use jobflow_core::admission::{Presence, TemplateIndex};
use jobflow_core::daemon_job::ValidDaemonJob;
use jobflow_core::job_flow::ValidJobFlow;
use jobflow_core::managed_job::ValidManagedJob;
use jobflow_core::sequential_job::ValidSequentialJob;
use k8s_openapi::api::batch::v1::JobSpec;

use crate::jobs::Jobs;
use crate::models::Models;
use crate::nodes::NodeCache;
use crate::objects::Objects;
use crate::refusals::Refusals;
use crate::stored::Stored;
use crate::sync::lock;
use crate::troubles::Troubles;
use crate::users::{Users, needs};

/// What the watches and our own requests have brought. Nothing here survives a restart, and nothing has to.
#[derive(Debug, Default)]
pub(crate) struct Caches {
    /// JobFlows.
    pub flows: Objects<JobFlow>,
    /// What the rules say of them.
    pub flow_models: Models<ValidJobFlow>,
    /// SequentialJobs.
    pub sequential_jobs: Objects<SequentialJob>,
    /// What the rules say of them.
    pub sequential_job_models: Models<ValidSequentialJob>,
    /// ManagedJobs.
    pub managed_jobs: Objects<ManagedJob>,
    /// What the rules say of them.
    pub managed_job_models: Models<ValidManagedJob>,
    /// DaemonJobs.
    pub daemon_jobs: Objects<DaemonJob>,
    /// What the rules say of them.
    pub daemon_job_models: Models<ValidDaemonJob>,
    /// Nodes.
    pub nodes: NodeCache,
    /// JobTemplates.
    pub templates: Objects<JobTemplate>,
    /// What the rules say of them.
    pub template_models: Models<Arc<JobSpec>>,
    /// Who uses which JobTemplate.
    pub users: Mutex<Users>,
    /// Jobs.
    pub jobs: Mutex<Jobs>,
    /// What pods in trouble tell.
    pub pods: Mutex<Troubles>,
    /// What events tell of pods that could not be made.
    pub refused_pods: Mutex<Troubles>,
    /// Jobs that the API server would not create.
    pub refusals: Mutex<Refusals>,
}

impl Caches {
    /// Whether everything has been listed once.
    pub fn are_synced(&self) -> bool {
        self.flows.is_synced()
            && self.sequential_jobs.is_synced()
            && self.managed_jobs.is_synced()
            && self.daemon_jobs.is_synced()
            && self.nodes.is_synced()
            && self.templates.is_synced()
            && lock(&self.jobs).is_synced()
            && lock(&self.pods).is_synced()
            && lock(&self.refused_pods).is_synced()
    }

    /// The JobFlows that refer to a JobTemplate.
    pub fn users_of(&self, namespace: &str, template: &str) -> Vec<Arc<Stored<JobFlow>>> {
        let names = lock(&self.users).of(namespace, template);
        names
            .iter()
            .filter_map(|name| self.flows.get(namespace, name))
            .collect()
    }
}

impl TemplateIndex for Caches {
    fn presence(&self, namespace: &str, name: &str) -> Presence {
        match self.templates.get(namespace, name) {
            _ if !self.templates.is_synced() => Presence::Unknown,
            Some(_) => Presence::Present,
            None => Presence::Absent,
        }
    }

    fn unfinished_users(&self, namespace: &str, name: &str) -> Vec<String> {
        let users = self.users_of(namespace, name).into_iter();
        users
            .filter(|flow| needs(&flow.object, name))
            .map(|flow| flow.name().to_owned())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(name: &str) -> Stored<JobTemplate> {
        serde_json::from_value(json!({"metadata": {"namespace": "n", "name": name}})).unwrap()
    }

    #[test]
    fn nothing_is_said_of_templates_before_they_were_listed() {
        let caches = Caches::default();
        caches.templates.listing_begins();
        caches.templates.put(template("t"));
        assert_eq!(caches.presence("n", "t"), Presence::Unknown);
        caches.templates.listing_ends();
        assert_eq!(caches.presence("n", "t"), Presence::Present);
        assert_eq!(caches.presence("n", "u"), Presence::Absent);
        assert_eq!(caches.presence("m", "t"), Presence::Absent);
    }
}
