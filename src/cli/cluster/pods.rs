//! Pods: what the pods of a step tell that its row does not.

use std::collections::HashMap;

use jobflow_core::engine;
use jobflow_core::engine::State;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt as _;

use super::steps::Step;
use super::view::View;

/// The label of a pod that names its Job.
const JOB_NAME: &str = "batch.kubernetes.io/job-name";

/// The pods of an object, by the names of their Jobs, the oldest first.
#[derive(Debug, Default)]
pub struct PodsByJob<'a>(HashMap<&'a str, Vec<&'a Pod>>);

impl<'a> PodsByJob<'a> {
    /// Sorts the pods of an object.
    pub fn of(pods: &'a [Pod]) -> Self {
        let mut sorted: Vec<&Pod> = pods.iter().collect();
        sorted.sort_by_cached_key(|pod| (pod.creation_timestamp(), pod.name_any()));
        let mut by_job: HashMap<&str, Vec<&Pod>> = HashMap::new();
        for pod in sorted {
            if let Some(job) = job_of(pod) {
                by_job.entry(job).or_default().push(pod);
            }
        }
        Self(by_job)
    }

    /// The pods of a step.
    pub fn of_step(&self, step: &Step) -> &[&'a Pod] {
        let pods = step.job.as_deref().and_then(|job| self.0.get(job));
        pods.map_or(&[], Vec::as_slice)
    }

    /// The column POD: the newest pod, and how many there were before it.
    pub fn shown(&self, step: &Step) -> String {
        match self.of_step(step).split_last() {
            None => String::new(),
            Some((newest, [])) => newest.name_any(),
            Some((newest, before)) => format!("{} (+{})", newest.name_any(), before.len()),
        }
    }

    /// With which code the newest pod ended.
    pub fn exit_code(&self, step: &Step) -> Option<i32> {
        exit_code(self.of_step(step).last()?)
    }

    /// What is to be told of a step: the reason in its row, or what befalls its newest pod.
    pub fn message(&self, step: &Step) -> Option<String> {
        let is_open = matches!(step.state, State::Active | State::Failed);
        let trouble = || engine::trouble(self.of_step(step).last()?);
        step.reason.clone().or_else(|| is_open.then(trouble).flatten())
    }
}

/// The name of the Job of a pod.
pub fn job_of(pod: &Pod) -> Option<&str> {
    pod.labels().get(JOB_NAME).map(String::as_str)
}

/// The code of the first container that failed; 0 when all have ended well.
fn exit_code(pod: &Pod) -> Option<i32> {
    let status = pod.status.as_ref()?;
    let lists = [&status.init_container_statuses, &status.container_statuses];
    let ended = |container: &ContainerStatus| Some(container.state.as_ref()?.terminated.as_ref()?.exit_code);
    let mut codes = lists.iter().flat_map(|list| list.iter().flatten()).map(ended);
    let failed = codes.clone().flatten().find(|code| *code != 0);
    let has_containers = status.container_statuses.is_some();
    failed.or_else(|| (has_containers && codes.all(|code| code.is_some())).then_some(0))
}

/// The status of a SequentialJob has no times of its steps; their Jobs do.
pub fn add_times(view: &mut View, jobs: &[Job]) {
    let by_name: HashMap<&str, &Job> = jobs
        .iter()
        .filter_map(|job| Some((job.metadata.name.as_deref()?, job)))
        .collect();
    for step in &mut view.steps {
        let Some(job) = step.job.as_deref().and_then(|name| by_name.get(name)) else {
            continue;
        };
        step.start = step.start.or_else(|| Some(job.creation_timestamp()?.0));
        if step.state.is_final() {
            step.end = step.end.or_else(|| ended(job));
        }
    }
}

/// When a Job ended.
fn ended(job: &Job) -> Option<Timestamp> {
    let status = job.status.as_ref()?;
    let is_end = |kind: &str| ["Complete", "Failed"].contains(&kind);
    let conditions = status.conditions.iter().flatten();
    let mut ends = conditions.filter(|held| held.status == "True" && is_end(&held.type_));
    let told = || Some(ends.next()?.last_transition_time.as_ref()?.0);
    status.completion_time.as_ref().map(|time| time.0).or_else(told)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Pod;
    use serde_json::{Value, json};

    use jobflow_core::engine::State;

    use super::super::steps::Step;
    use super::PodsByJob;

    fn pod(name: &str, second: u8, state: &Value) -> Pod {
        let container =
            json!({"name": "main", "image": "i", "imageID": "", "ready": false, "restartCount": 0, "state": state});
        serde_json::from_value(json!({
            "metadata": {
                "name": name, "labels": {"batch.kubernetes.io/job-name": "n-a"},
                "creationTimestamp": format!("2026-01-01T00:00:0{second}Z"),
            },
            "status": {"containerStatuses": [container]},
        }))
        .unwrap()
    }

    fn told(pods: &[Pod], state: State) -> (String, Option<i32>, Option<String>) {
        let step = Step {
            job: Some("n-a".to_owned()),
            state,
            ..Step::default()
        };
        let pods = PodsByJob::of(pods);
        (pods.shown(&step), pods.exit_code(&step), pods.message(&step))
    }

    #[test]
    fn the_newest_pod_speaks_for_a_step() {
        let failed = pod("n-a-1", 1, &json!({"terminated": {"exitCode": 3, "reason": "Error"}}));
        let fine = pod("n-a-2", 2, &json!({"terminated": {"exitCode": 0}}));
        assert_eq!(
            told(&[fine, failed.clone()], State::Succeeded),
            ("n-a-2 (+1)".to_owned(), Some(0), None)
        );
        assert_eq!(
            told(&[failed], State::Failed),
            (
                "n-a-1".to_owned(),
                Some(3),
                Some("Error: container 'main' ended with exit code 3".to_owned())
            )
        );
    }

    #[test]
    fn a_pod_that_waits_has_no_code_and_tells_why() {
        let waits = pod("n-a-1", 1, &json!({"waiting": {"reason": "ErrImagePull"}}));
        assert_eq!(
            told(&[waits], State::Active),
            (
                "n-a-1".to_owned(),
                None,
                Some("ErrImagePull: container 'main' cannot start".to_owned())
            )
        );
        assert_eq!(told(&[], State::Waiting), (String::new(), None, None));
    }
}
