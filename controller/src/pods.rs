//! What is known of the pods of our Jobs: only what is the matter with them.

use std::collections::HashMap;

use jobflow_core::engine::trouble;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::runtime::watcher::Event;

use crate::jobs::JobName;
use crate::key::controller;

/// The pods that are in trouble, by the uid of the Job that controls them.
#[derive(Debug, Default)]
pub(crate) struct Pods {
    troubles: HashMap<String, HashMap<String, Told>>,
    /// Counts the listings, so that what a new listing lacks can be told.
    listing: u64,
    synced: bool,
}

#[derive(Debug)]
struct Told {
    job: JobName,
    trouble: String,
    listing: u64,
}

impl Pods {
    /// Whether all pods have been listed once.
    pub fn is_synced(&self) -> bool {
        self.synced
    }

    /// What is the matter with a pod of the Job of this uid. Of several the first by text, so that the same is told as
    /// long as nothing changes.
    pub fn trouble(&self, job_uid: &str) -> Option<String> {
        let told = self.troubles.get(job_uid)?.values();
        told.map(|told| &told.trouble).min().cloned()
    }

    /// Follows the watch. Returns the Jobs of which something else is to be told now.
    pub fn apply(&mut self, event: Event<Pod>) -> Vec<JobName> {
        match event {
            Event::Init => {
                self.listing += 1;
                Vec::new()
            }
            Event::InitApply(pod) | Event::Apply(pod) => self.put(&pod).into_iter().collect(),
            Event::Delete(pod) => self.remove(&pod).into_iter().collect(),
            Event::InitDone => self.listing_ends(),
        }
    }

    fn put(&mut self, pod: &Pod) -> Option<JobName> {
        let Some(trouble) = trouble(pod) else {
            return self.remove(pod);
        };
        let (job_uid, job) = job_of(pod)?;
        let told = Told {
            job: job.clone(),
            trouble: trouble.clone(),
            listing: self.listing,
        };
        let before = self.troubles.entry(job_uid).or_default().insert(pod.uid()?, told);
        before.is_none_or(|before| before.trouble != trouble).then_some(job)
    }

    fn remove(&mut self, pod: &Pod) -> Option<JobName> {
        let (job_uid, job) = job_of(pod)?;
        let pods = self.troubles.get_mut(&job_uid)?;
        let removed = pods.remove(&pod.uid()?);
        if pods.is_empty() {
            self.troubles.remove(&job_uid);
        }
        removed.map(|_| job)
    }

    fn listing_ends(&mut self) -> Vec<JobName> {
        self.synced = true;
        let (listing, mut gone) = (self.listing, Vec::new());
        self.troubles.retain(|_, pods| {
            pods.retain(|_, told| {
                let is_there = told.listing == listing;
                if !is_there {
                    gone.push(told.job.clone());
                }
                is_there
            });
            !pods.is_empty()
        });
        gone
    }
}

/// The uid and the name of the Job that controls a pod.
fn job_of(pod: &Pod) -> Option<(String, JobName)> {
    let owner = controller(&pod.metadata).filter(|owner| owner.kind == "Job")?;
    Some((owner.uid.clone(), (pod.namespace()?, owner.name.clone())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(uid: &str, exit_code: i32) -> Pod {
        let owner = json!({"apiVersion": "batch/v1", "kind": "Job", "name": "f-x", "uid": "j", "controller": true});
        let container = json!({
            "name": "main", "image": "i", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"terminated": {"exitCode": exit_code}},
        });
        serde_json::from_value(json!({
            "metadata": {"namespace": "n", "name": uid, "uid": uid, "ownerReferences": [owner]},
            "status": {"containerStatuses": [container]},
        }))
        .unwrap()
    }

    #[test]
    fn a_job_hears_of_what_is_new_and_of_nothing_else() {
        let (mut pods, job) = (Pods::default(), vec![("n".to_owned(), "f-x".to_owned())]);
        assert_eq!(pods.apply(Event::Apply(pod("a", 0))), []);
        assert_eq!(pods.apply(Event::Apply(pod("a", 3))), job);
        assert_eq!(pods.apply(Event::Apply(pod("a", 3))), []);
        assert_eq!(
            pods.trouble("j").unwrap(),
            "Error: container 'main' ended with exit code 3"
        );
        assert_eq!(pods.apply(Event::Delete(pod("a", 3))), job);
        assert_eq!(pods.trouble("j"), None);
        assert!(pods.troubles.is_empty(), "nothing is kept of a job whose pods are gone");
    }

    #[test]
    fn what_a_new_listing_lacks_is_forgotten() {
        let mut pods = Pods::default();
        pods.apply(Event::Apply(pod("a", 3)));
        pods.apply(Event::Apply(pod("b", 4)));
        assert!(!pods.is_synced());
        pods.apply(Event::Init);
        pods.apply(Event::InitApply(pod("b", 4)));
        assert_eq!(pods.apply(Event::InitDone).len(), 1);
        assert!(pods.is_synced());
        assert_eq!(
            pods.trouble("j").unwrap(),
            "Error: container 'main' ended with exit code 4"
        );
    }
}
