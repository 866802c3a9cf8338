//! The model of a DaemonJob that has passed every rule: what the planner works from.

use std::collections::BTreeSet;

use crds::DaemonJobSpec;
use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::PodSpec;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::rules::invalid_excluded_node::excluded_nodes;
use crate::engine::Policy;
use crate::failure_policy::FailurePolicy;
use crate::job_flow::Globals;

/// A DaemonJob that can be run. Only [`super::validate`] makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidDaemonJob {
    job: JobSpec,
    globals: Globals,
    excluded: BTreeSet<String>,
    parallelism: NodeParallelism,
    node_policy: NodePolicy,
    policy: Policy,
}

impl ValidDaemonJob {
    /// The model of a spec that no rule denies.
    pub(super) fn of(spec: DaemonJobSpec) -> Self {
        let params = spec.global_params.unwrap_or_default();
        let mut job = spec.job;
        job.template.spec.get_or_insert_default();
        Self {
            job,
            globals: Globals {
                env: params.env,
                labels: params.labels,
                annotations: params.annotations,
                ..Globals::default()
            },
            excluded: excluded_nodes(spec.exclude_node_list.as_deref().unwrap_or_default())
                .into_iter()
                .map(str::to_owned)
                .collect(),
            parallelism: spec
                .node_parallelism
                .and_then(|value| NodeParallelism::parse(&value))
                .unwrap_or_default(),
            node_policy: spec
                .node_policy
                .and_then(|policy| NodePolicy::parse(&policy))
                .unwrap_or_default(),
            policy: Policy {
                suspend: spec.suspend.unwrap_or_default(),
                // What the spec has of that name is each Job's own.
                active_deadline_seconds: None,
                ttl_seconds_after_finished: spec
                    .ttl_seconds_after_finished
                    .and_then(|seconds| u32::try_from(seconds).ok()),
                failure_policy: spec
                    .failure_policy
                    .and_then(|policy| FailurePolicy::parse(&policy))
                    .unwrap_or_default(),
            },
        }
    }

    /// The Job of every node.
    pub fn job(&self) -> &JobSpec {
        &self.job
    }

    /// The pod template of every Job, as the author wrote it.
    pub fn template(&self) -> &PodSpec {
        self.job.template.spec.as_ref().expect("a model has a pod spec")
    }

    /// What every Job and pod gets; without a node and without volumes.
    pub fn globals(&self) -> &Globals {
        &self.globals
    }

    /// The names of the nodes that get no Job.
    pub fn excluded(&self) -> &BTreeSet<String> {
        &self.excluded
    }

    /// How many nodes at once.
    pub fn parallelism(&self) -> NodeParallelism {
        self.parallelism
    }

    /// Which nodes count.
    pub fn node_policy(&self) -> NodePolicy {
        self.node_policy
    }

    /// What holds for the whole.
    pub fn policy(&self) -> Policy {
        self.policy
    }
}

/// How many nodes have a running Job at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodeParallelism {
    /// All of them.
    #[default]
    All,
    /// As many as this, at least 1.
    Count(u32),
    /// So many of a hundred, 1 to 100.
    Percent(u32),
}

impl NodeParallelism {
    /// How many Jobs may run at once on so many nodes; `None` for any number. A percentage is rounded up, as the
    /// DaemonSet controller rounds `maxUnavailable`: of few nodes, one at least.
    pub fn among(self, nodes: usize) -> Option<usize> {
        match self {
            NodeParallelism::All => None,
            NodeParallelism::Count(count) => Some(usize::try_from(count).unwrap_or(usize::MAX)),
            NodeParallelism::Percent(percent) => {
                let hundredths = nodes.saturating_mul(usize::try_from(percent).unwrap_or(100));
                Some(hundredths.div_ceil(100).max(1))
            }
        }
    }

    /// Reads `5`, `"5"` or `"10%"`.
    pub(super) fn parse(value: &IntOrString) -> Option<Self> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<u32>().ok()).flatten()
        };
        match value {
            IntOrString::Int(count) => u32::try_from(*count)
                .ok()
                .filter(|&count| count >= 1)
                .map(NodeParallelism::Count),
            IntOrString::String(text) => match text.strip_suffix('%') {
                Some(percent) => number(percent)
                    .filter(|percent| (1..=100).contains(percent))
                    .map(NodeParallelism::Percent),
                None => number(text).filter(|&count| count >= 1).map(NodeParallelism::Count),
            },
        }
    }
}

/// Which nodes count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodePolicy {
    /// Those that are there when it starts.
    #[default]
    Snapshot,
    /// Those that join later too.
    Continuous,
}

impl NodePolicy {
    /// The policy of this name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "Snapshot" => Some(NodePolicy::Snapshot),
            "Continuous" => Some(NodePolicy::Continuous),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

    use super::{NodeParallelism, NodePolicy};

    #[test]
    fn parallelism_is_a_number_or_a_percentage() {
        let of = |text: &str| NodeParallelism::parse(&IntOrString::String(text.to_owned()));
        assert_eq!(
            NodeParallelism::parse(&IntOrString::Int(3)),
            Some(NodeParallelism::Count(3))
        );
        assert_eq!(of("3"), Some(NodeParallelism::Count(3)));
        assert_eq!(of("100%"), Some(NodeParallelism::Percent(100)));
        for bad in ["", "0", "0%", "101%", "%", "-1", "+1", "1.5%", "10 %", "99999999999"] {
            assert_eq!(of(bad), None, "{bad}");
        }
        assert_eq!(NodeParallelism::parse(&IntOrString::Int(0)), None);
        assert_eq!(NodeParallelism::parse(&IntOrString::Int(-1)), None);
    }

    #[test]
    fn a_percentage_is_rounded_up() {
        let among = |percent, nodes| NodeParallelism::Percent(percent).among(nodes);
        assert_eq!(
            [among(30, 5), among(1, 1_000), among(100, 7)],
            [Some(2), Some(10), Some(7)]
        );
        assert_eq!([among(1, 3), among(1, 0)], [Some(1), Some(1)]);
        assert_eq!(NodeParallelism::Count(3).among(2), Some(3));
        assert_eq!(NodeParallelism::All.among(2), None);
    }

    #[test]
    fn every_policy_that_the_schema_allows_is_read() {
        for name in crds::NODE_POLICIES {
            assert!(NodePolicy::parse(name).is_some(), "{name}");
        }
        assert_eq!(NodePolicy::parse("snapshot"), None);
    }
}
