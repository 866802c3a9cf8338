//! The model of a JobFlow that has passed every rule: what the planner works from.

use std::collections::BTreeMap;

use crds::JobFlowSpec;
use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::{EnvVar, Volume, VolumeMount};

use crate::engine::Policy;
use crate::failure_policy::FailurePolicy;
use crate::when::When;

/// A JobFlow that can be run: names are unique and short enough, every dependency exists, there is no cycle.
///
/// Only [`super::validate`] makes one. The fields are read-only outside this module, so that what admission
/// proved cannot be undone.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidJobFlow {
    pub(super) steps: Vec<Step>,
    pub(super) globals: Globals,
    pub(super) limits: Limits,
}

impl ValidJobFlow {
    /// The steps, in the order of the manifest.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What every step gets.
    pub fn globals(&self) -> &Globals {
        &self.globals
    }

    /// What bounds the whole.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// What bounds a whole JobFlow. All of it may change while it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// How many Jobs run at once; `None` for any number.
    pub parallelism: Option<usize>,
    /// What every kind has in common.
    pub policy: Policy,
}

impl Limits {
    /// Those of a spec that no rule denies.
    pub(super) fn of(spec: &JobFlowSpec) -> Self {
        let (deadline, seconds) = (spec.active_deadline_seconds, spec.ttl_seconds_after_finished);
        let policy = spec.failure_policy.as_deref();
        Self {
            parallelism: spec.parallelism.and_then(|most| usize::try_from(most).ok()),
            policy: Policy {
                suspend: spec.suspend.unwrap_or_default(),
                active_deadline_seconds: deadline.and_then(|seconds| u64::try_from(seconds).ok()),
                ttl_seconds_after_finished: seconds.and_then(|seconds| u32::try_from(seconds).ok()),
                failure_policy: policy.and_then(FailurePolicy::parse).unwrap_or_default(),
            },
        }
    }
}

/// One flow of the graph, proven.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub(super) name: String,
    pub(super) dependencies: Vec<usize>,
    pub(super) when: When,
    pub(super) template: Template,
    pub(super) mounts: Vec<VolumeMount>,
}

impl Step {
    /// The flow's name, a DNS label.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Positions in [`ValidJobFlow::steps`] of the steps that must be Complete first; sorted, unique.
    pub fn dependencies(&self) -> &[usize] {
        &self.dependencies
    }

    /// When it starts.
    pub fn when(&self) -> When {
        self.when
    }

    /// Where the Job spec comes from.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// Mounts of shared volumes for every container of the step.
    pub fn mounts(&self) -> &[VolumeMount] {
        &self.mounts
    }
}

/// Where the Job spec of a step comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Template {
    /// It is in the manifest.
    Inline(Box<JobSpec>),
    /// It is the JobTemplate of this name, read when the Job is made.
    Reference(String),
}

/// What every step of a JobFlow gets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Globals {
    /// Environment for every container and init container; the template's own entry of a name wins.
    pub env: Vec<EnvVar>,
    /// Labels for every Job and pod; the template's own key wins.
    pub labels: BTreeMap<String, String>,
    /// Annotations for every Job and pod; the template's own key wins.
    pub annotations: BTreeMap<String, String>,
    /// The node that every pod must run on.
    pub node_name: Option<String>,
    /// Volumes for the pods of the steps that mount shared volumes.
    pub volumes: Vec<Volume>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::examine;
    use super::{Limits, When};
    use crate::admission::NoTemplates;
    use crate::engine::Policy;
    use crate::failure_policy::FailurePolicy;
    use crate::testing::{flows_with, stored};

    #[test]
    fn limits_and_conditions_reach_the_model() {
        let mut object = flows_with(&[("a", &[]), ("b", &["a"])]);
        object["spec"]["flows"][1]["when"] = json!("OnFailure");
        let model = |object: &Value| examine(&stored(object), &NoTemplates).model.unwrap();
        let plain = model(&object);
        assert_eq!(*plain.limits(), Limits::default());
        assert_eq!(
            (plain.steps()[0].when(), plain.steps()[1].when()),
            (When::OnSuccess, When::OnFailure)
        );
        for (field, value) in [
            ("suspend", json!(true)),
            ("parallelism", json!(2)),
            ("activeDeadlineSeconds", json!(5_000_000_000_u64)),
            ("ttlSecondsAfterFinished", json!(0)),
            ("failurePolicy", json!("Terminate")),
        ] {
            object["spec"][field] = value;
        }
        let expected = Limits {
            parallelism: Some(2),
            policy: Policy {
                suspend: true,
                active_deadline_seconds: Some(5_000_000_000),
                ttl_seconds_after_finished: Some(0),
                failure_policy: FailurePolicy::Terminate,
            },
        };
        assert_eq!(*model(&object).limits(), expected);
    }
}
