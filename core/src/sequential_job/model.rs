//! The model of a SequentialJob that has passed every rule: what the planner works from.

use crds::SequentialJobSpec;
use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::{Container, PodTemplateSpec};

use super::compile::job_spec;
use crate::engine::Policy;
use crate::failure_policy::FailurePolicy;

/// What `spec.backoffLimit` is when it is absent: one failure fails the step.
const BACKOFF_LIMIT_DEFAULT: i32 = 0;

/// A SequentialJob that can be run: its containers have unique names, and the names of its Jobs are short enough. Only
/// [`super::validate`] makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidSequentialJob {
    containers: Vec<Container>,
    template: Option<PodTemplateSpec>,
    backoff_limit: i32,
    policy: Policy,
}

impl ValidSequentialJob {
    /// The model of a spec that no rule denies.
    pub(super) fn of(spec: SequentialJobSpec) -> Self {
        Self {
            containers: spec.containers,
            template: spec.template,
            backoff_limit: spec.backoff_limit.unwrap_or(BACKOFF_LIMIT_DEFAULT),
            policy: Policy {
                suspend: spec.suspend.unwrap_or_default(),
                active_deadline_seconds: spec
                    .active_deadline_seconds
                    .and_then(|seconds| u64::try_from(seconds).ok()),
                ttl_seconds_after_finished: spec
                    .ttl_seconds_after_finished
                    .and_then(|seconds| u32::try_from(seconds).ok()),
                failure_policy: FailurePolicy::default(),
            },
        }
    }

    /// The containers, in the order in which they run.
    pub fn containers(&self) -> &[Container] {
        &self.containers
    }

    /// The Job spec of the container at `index`.
    pub fn job(&self, index: usize) -> Option<JobSpec> {
        let container = self.containers.get(index)?;
        Some(job_spec(container, self.template.as_ref(), Some(self.backoff_limit)))
    }

    /// What holds for the whole. What fails ends it in any case.
    pub fn policy(&self) -> Policy {
        self.policy
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::examine;
    use crate::testing::{sequential_job, stored};

    #[test]
    fn each_container_gives_a_job_and_one_failure_fails_it() {
        let object = sequential_job(
            json!({"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "x"}], "suspend": true}),
        );
        let model = examine(&stored(&object)).model.unwrap();
        assert_eq!(model.containers().len(), 2);
        let job = model.job(1).unwrap();
        assert_eq!(job.backoff_limit, Some(0));
        assert_eq!(job.template.spec.unwrap().containers[0].name, "b");
        assert!(model.job(2).is_none() && model.policy().suspend);
    }

    #[test]
    fn what_was_not_normalized_is_not_run() {
        let object = sequential_job(json!({"template": {"spec": {"restartPolicy": "Always"}}}));
        let examined = examine(&object);
        assert!(examined.model.is_none());
        assert_eq!(examined.report.findings()[0].rule.id, "XX402");
    }
}
