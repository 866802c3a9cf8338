//! validate: from a normalized JobFlow to a model that can be run, or to a report of all faults.

use crds::JobFlowSpec;

use super::SHAPE;
use super::model::{Globals, Limits, Step, Template, ValidJobFlow};
use super::rules::{self, FlowGraph, Subject, reference};
use crate::admission::Candidate;
use crate::diagnostic::Report;
use crate::parse;
use crate::when::When;

/// Reports every fault; gives the model when there is none that denies.
pub fn validate(candidate: &Candidate<'_>, found: &mut Report) -> Option<ValidJobFlow> {
    let count = candidate
        .object
        .pointer("/spec/flows")
        .and_then(serde_json::Value::as_array)
        .map_or(0, Vec::len);
    rules::too_many_flows::check(count, found);
    if count > crate::limits::FLOWS_MAX {
        return None;
    }
    let spec: JobFlowSpec = parse::spec(&SHAPE, candidate.object, found)?;
    rules::check_limits(&spec, found);
    if found.denies() && !rules::is_within_limits(&spec) {
        // Beyond the limits nothing else is worth its time.
        return None;
    }
    let graph = FlowGraph::of(&spec);
    rules::check(&Subject::new(candidate, &spec, &graph), found);
    let dependencies = graph.into_dependencies();
    (!found.denies()).then(|| model(spec, dependencies))
}

/// The model of a spec that no rule denies.
fn model(spec: JobFlowSpec, dependencies: Vec<Vec<usize>>) -> ValidJobFlow {
    let limits = Limits::of(&spec);
    let params = spec.global_params.unwrap_or_default();
    let globals = Globals {
        env: params.env,
        labels: params.labels,
        annotations: params.annotations,
        node_name: params.node_name.filter(|name| !name.is_empty()),
        volumes: spec.share_volumes,
    };
    let steps = spec.flows.into_iter().zip(dependencies).map(|(flow, dependencies)| {
        let reference = reference(&flow).map(str::to_owned);
        Step {
            name: flow.name,
            dependencies,
            when: flow.when.as_deref().and_then(When::parse).unwrap_or_default(),
            template: match (flow.job_template, reference) {
                (_, Some(name)) => Template::Reference(name),
                (job, None) => Template::Inline(job.unwrap_or_default()),
            },
            mounts: flow.share_volume_mounts,
        }
    });
    ValidJobFlow {
        steps: steps.collect(),
        globals,
        limits,
    }
}
