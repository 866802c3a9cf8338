//! The rules of JobFlow, and what they look at.

pub mod changed_spec;
pub mod dependency_cycle;
pub mod dotted_name;
pub mod duplicate_flow_name;
pub mod duplicate_shared_volume;
pub mod handler_of_nothing;
pub mod invalid_flow_name;
pub mod invalid_global_annotation;
pub mod invalid_global_env;
pub mod invalid_global_label;
pub mod invalid_node_name;
pub mod invalid_shared_volume_name;
pub mod invalid_template_reference;
pub mod long_job_name;
pub mod missing_job_template;
pub mod no_flows;
pub mod no_template;
pub mod repeated_dependency;
pub mod reserved_global_label;
pub mod self_dependency;
pub mod taken_mount_path;
pub mod taken_volume_name;
pub mod too_many_dependencies;
pub mod too_many_flows;
pub mod two_templates;
pub mod unknown_dependency;
pub mod unknown_failure_policy;
pub mod unknown_shared_volume;
pub mod unknown_when;

use std::collections::{BTreeSet, HashMap};

use crds::{Flow, GlobalParams, JobFlowSpec};
use k8s_openapi::api::core::v1::{PodSpec, VolumeMount};

use crate::admission::{Candidate, ObjectName, TemplateIndex};
use crate::diagnostic::Report;
use crate::field::At;
use crate::graph::Graph;
use crate::job_flow::job_specs;
use crate::rules::negative_limit;

/// The rules about a JobFlow that is within the limits.
const CHECKS: &[fn(&Subject<'_>, &mut Report)] = &[
    no_flows::check,
    invalid_flow_name::check,
    duplicate_flow_name::check,
    long_job_name::check,
    dotted_name::check,
    unknown_dependency::check,
    self_dependency::check,
    dependency_cycle::check,
    unknown_when::check,
    handler_of_nothing::check,
    two_templates::check,
    no_template::check,
    missing_job_template::check,
    invalid_template_reference::check,
    unknown_shared_volume::check,
    taken_volume_name::check,
    taken_mount_path::check,
    duplicate_shared_volume::check,
    invalid_shared_volume_name::check,
    unknown_failure_policy::check,
    invalid_global_env::check,
    invalid_global_label::check,
    invalid_global_annotation::check,
    invalid_node_name::check,
    reserved_global_label::check,
    job_specs::check,
];

/// Runs the rules that bound the work of the others.
pub(super) fn check_limits(spec: &JobFlowSpec, found: &mut Report) {
    too_many_dependencies::check(spec, found);
}

/// Whether the limits hold.
pub(super) fn is_within_limits(spec: &JobFlowSpec) -> bool {
    let mut found = Report::default();
    check_limits(spec, &mut found);
    !found.denies()
}

/// Runs all other rules.
pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    for check in CHECKS {
        if found.is_full() {
            return;
        }
        check(subject, found);
    }
    let spec = subject.spec;
    let limits = [
        ("parallelism", spec.parallelism.map(i64::from)),
        ("activeDeadlineSeconds", spec.active_deadline_seconds),
        (
            "ttlSecondsAfterFinished",
            spec.ttl_seconds_after_finished.map(i64::from),
        ),
    ];
    for (field, limit) in limits {
        negative_limit::check(&At::SPEC.key(field), limit, found);
    }
}

/// What a rule looks at.
pub(crate) struct Subject<'a> {
    pub(super) name: ObjectName<'a>,
    pub(super) namespace: &'a str,
    pub(super) spec: &'a JobFlowSpec,
    pub(super) graph: &'a FlowGraph,
    pub(super) templates: &'a dyn TemplateIndex,
    /// What [`Subject::globals`] lends where the spec has none.
    no_globals: GlobalParams,
}

impl<'a> Subject<'a> {
    pub(super) fn new(candidate: &Candidate<'a>, spec: &'a JobFlowSpec, graph: &'a FlowGraph) -> Self {
        Self {
            name: candidate.name,
            namespace: candidate.namespace,
            spec,
            graph,
            templates: candidate.templates,
            no_globals: GlobalParams::default(),
        }
    }

    /// `spec.globalParams`, empty where absent.
    pub(super) fn globals(&self) -> &GlobalParams {
        self.spec.global_params.as_ref().unwrap_or(&self.no_globals)
    }

    /// The name of the flow at `index`.
    fn flow_name(&self, index: usize) -> &str {
        self.spec.flows.get(index).map_or("", |flow| &flow.name)
    }

    /// Where the flow at `from` names `dependency`.
    fn place_of_dependency(&self, from: usize, dependency: &str) -> usize {
        let names = self.spec.flows.get(from).map(|flow| flow.dependencies.as_slice());
        names
            .and_then(|names| names.iter().position(|name| name == dependency))
            .unwrap_or_default()
    }

    /// Calls `see` with each dependency: the name of its flow, the name it gives, and the place.
    fn each_dependency(&self, mut see: impl FnMut(&str, &str, &At<'_>)) {
        let at = flows();
        for (index, flow) in self.spec.flows.iter().enumerate() {
            let here = at.index(index);
            let here = here.key("dependencies");
            for (place, name) in flow.dependencies.iter().enumerate() {
                see(&flow.name, name, &here.index(place));
            }
        }
    }

    /// The names of the shared volumes.
    fn shared_volume_names(&self) -> BTreeSet<&str> {
        self.spec
            .share_volumes
            .iter()
            .map(|volume| volume.name.as_str())
            .collect()
    }

    /// Calls `see` with each mount of a shared volume: the position of its flow, the mount, and the place.
    fn each_shared_mount(&self, mut see: impl FnMut(usize, &VolumeMount, &At<'_>)) {
        let at = flows();
        for (index, flow) in self.spec.flows.iter().enumerate() {
            let here = at.index(index);
            let here = here.key("shareVolumeMounts");
            for (place, mount) in flow.share_volume_mounts.iter().enumerate() {
                see(index, mount, &here.index(place));
            }
        }
    }

    /// Calls `see` with the inline pod spec of each flow that shared volumes join: the position of the flow, the
    /// pod spec, and the place.
    fn each_pod_that_shares(&self, mut see: impl FnMut(usize, &PodSpec, &At<'_>)) {
        let at = flows();
        let sharing = |flow: &&Flow| !flow.share_volume_mounts.is_empty();
        for (index, flow) in self.spec.flows.iter().enumerate().filter(|(_, flow)| sharing(flow)) {
            let pod = flow.job_template.as_ref().and_then(|job| job.template.spec.as_ref());
            let here = at.index(index);
            let here = here.key("jobTemplate");
            let here = here.key("template");
            if let Some(pod) = pod {
                see(index, pod, &here.key("spec"));
            }
        }
    }
}

/// The graph of a spec that may still be faulty: of flows with one name the first counts, and dependencies on flows
/// that do not exist are left out. So graph faults are found on the known part, beside all other faults.
pub(crate) struct FlowGraph {
    positions: HashMap<String, usize>,
    graph: Graph,
}

impl FlowGraph {
    /// The graph of `spec`.
    pub(super) fn of(spec: &JobFlowSpec) -> Self {
        let mut positions = HashMap::with_capacity(spec.flows.len());
        for (index, flow) in spec.flows.iter().enumerate() {
            positions.entry(flow.name.clone()).or_insert(index);
        }
        let edges = |flow: &Flow| {
            flow.dependencies
                .iter()
                .filter_map(|name| positions.get(name).copied())
                .collect()
        };
        let graph = Graph::new(spec.flows.iter().map(edges).collect());
        Self { positions, graph }
    }

    /// The position of the first flow with this name.
    fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }

    fn cycles(&self) -> Vec<Vec<usize>> {
        self.graph.cycles()
    }

    /// Each flow's dependencies as positions, sorted.
    pub(super) fn into_dependencies(self) -> Vec<Vec<usize>> {
        self.graph.into_dependencies()
    }
}

/// `spec.flows`.
pub(super) fn flows() -> At<'static> {
    static SPEC: At<'static> = At::SPEC;
    SPEC.key("flows")
}

/// The flow's reference to a JobTemplate; an empty one counts as none.
pub(super) fn reference(flow: &Flow) -> Option<&str> {
    flow.job_template_ref.as_deref().filter(|name| !name.is_empty())
}
