//! What the pods of our Jobs tell: only what is the matter with them.

use jobflow_core::engine::trouble;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;

use crate::jobs::JobName;
use crate::key::controller;
use crate::troubles::{Source, Trouble};

impl Source for Pod {
    fn names(&self) -> Option<(String, String)> {
        let (job_uid, _) = job_of(self)?;
        Some((self.uid()?, job_uid))
    }

    fn trouble(&self) -> Option<Trouble> {
        let text = trouble(self)?;
        let (_, job) = job_of(self)?;
        // Which of several pods failed last says little: they are told of by text.
        Some(Trouble { job, text, at: 0 })
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

    fn pod(exit_code: i32) -> Pod {
        let owner = json!({"apiVersion": "batch/v1", "kind": "Job", "name": "f-x", "uid": "j", "controller": true});
        let container = json!({
            "name": "main", "image": "i", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"terminated": {"exitCode": exit_code}},
        });
        serde_json::from_value(json!({
            "metadata": {"namespace": "n", "name": "p", "uid": "u", "ownerReferences": [owner]},
            "status": {"containerStatuses": [container]},
        }))
        .unwrap()
    }

    #[test]
    fn a_pod_tells_its_job_why_it_failed_and_else_nothing() {
        let told = Source::trouble(&pod(3)).unwrap();
        assert_eq!(told.text, "Error: container 'main' ended with exit code 3");
        assert_eq!(told.job, ("n".to_owned(), "f-x".to_owned()));
        assert!(Source::trouble(&pod(0)).is_none());
        assert_eq!(pod(0).names(), Some(("u".to_owned(), "j".to_owned())));
    }

    #[test]
    fn a_pod_of_no_job_is_nobodys() {
        let mut pod = pod(3);
        pod.metadata.owner_references = None;
        assert!(Source::trouble(&pod).is_none());
        assert_eq!(pod.names(), None);
    }
}
