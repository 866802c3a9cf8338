//! From the model of each kind to its diagram.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Diagram, Node, Role, gates};
use crate::admission::{NoTemplates, ObjectName};
use crate::diagnostic::Report;
use crate::engine::{Row, State};
use crate::job_flow::Template;
use crate::{daemon_job, job_flow, managed_job, sequential_job};

/// The name that the names of Jobs begin with.
fn object_name(object: &Value) -> String {
    match ObjectName::of(object) {
        ObjectName::Given(name) => name.to_owned(),
        ObjectName::Generated(prefix) => format!("{prefix}?????"),
        ObjectName::Missing => String::new(),
    }
}

/// The object as its type, if it has a status that can be read.
fn reported<T: DeserializeOwned>(object: &Value) -> Option<T> {
    object.get("status").filter(|status| status.is_object())?;
    serde_json::from_value(object.clone()).ok()
}

/// Each state that the rows tell.
fn state(rows: Option<&Vec<Row>>, index: usize) -> Option<State> {
    rows.map(|rows| rows.get(index).map_or(State::Waiting, |row| row.state))
}

pub(super) fn job_flow(object: &Value) -> Result<Diagram, Report> {
    let examined = job_flow::examine(object, &NoTemplates);
    let Some(model) = examined.model else {
        return Err(examined.report);
    };
    let rows = reported::<crds::JobFlow>(object).map(|object| job_flow::last(&object, &model).rows);
    let owner = object_name(object);
    let node = |(index, step): (usize, &job_flow::Step)| Node {
        name: step.name().to_owned(),
        job: Some(job_flow::job_name(&owner, step.name())),
        template: match step.template() {
            Template::Inline(_) => None,
            Template::Reference(name) => Some(name.clone()),
        },
        when: step.when(),
        dependencies: step.dependencies().to_vec(),
        state: state(rows.as_ref(), index),
        ..Node::default()
    };
    Ok(Diagram {
        nodes: model.steps().iter().enumerate().map(node).collect(),
        ..Diagram::default()
    })
}

pub(super) fn daemon_job(object: &Value) -> Result<Diagram, Report> {
    let examined = daemon_job::examine(object);
    if examined.model.is_none() {
        return Err(examined.report);
    }
    let status = reported::<crds::DaemonJob>(object).and_then(|object| object.status);
    let node = Node {
        name: "every node".to_owned(),
        role: Role::EveryNode,
        state: status.and_then(|status| status.state).map(whole),
        ..Node::default()
    };
    Ok(Diagram {
        nodes: vec![node],
        ..Diagram::default()
    })
}

/// The state of all nodes together.
fn whole(state: crds::JobFlowState) -> State {
    match state {
        crds::JobFlowState::Pending | crds::JobFlowState::Suspended => State::Waiting,
        crds::JobFlowState::Running | crds::JobFlowState::Terminating => State::Active,
        crds::JobFlowState::Succeed => State::Succeeded,
        crds::JobFlowState::Failed => State::Failed,
    }
}

pub(super) fn managed_job(object: &Value) -> Result<Diagram, Report> {
    let examined = managed_job::examine(object);
    let Some(model) = examined.model else {
        return Err(examined.report);
    };
    let rows = reported::<crds::ManagedJob>(object).map(|object| managed_job::remembered(&object, &model).rows);
    let step = |(index, job): (usize, &managed_job::Job)| Node {
        name: job.title().to_owned(),
        job: Some(job.job_name().to_owned()),
        group: Some(job.group()),
        state: state(rows.as_ref(), index),
        ..Node::default()
    };
    let mut nodes: Vec<Node> = model.jobs().iter().enumerate().map(step).collect();
    for side in ["start", "end"] {
        nodes.extend(model.groups().iter().enumerate().map(|(position, group)| Node {
            name: format!("{side} of {}", group.name()),
            role: Role::Gate,
            group: Some(position),
            ..Node::default()
        }));
    }
    let order = model.order();
    for (position, node) in nodes.iter_mut().enumerate() {
        node.dependencies = order.edges_of(position).to_vec();
    }
    Ok(Diagram {
        groups: model.groups().iter().map(|group| group.name().to_owned()).collect(),
        nodes: gates::reduced(nodes),
        ..Diagram::default()
    })
}

pub(super) fn sequential_job(object: &Value) -> Result<Diagram, Report> {
    let examined = sequential_job::examine(object);
    let Some(model) = examined.model else {
        return Err(examined.report);
    };
    let rows = reported::<crds::SequentialJob>(object).map(|object| sequential_job::last(&object, &model).rows);
    let owner = object_name(object);
    let containers = model.containers().iter().enumerate();
    let nodes = containers.map(|(index, container)| Node {
        name: container.name.clone(),
        job: Some(sequential_job::job_name(&owner, index)),
        dependencies: index.checked_sub(1).into_iter().collect(),
        state: state(rows.as_ref(), index),
        ..Node::default()
    });
    Ok(Diagram {
        nodes: nodes.collect(),
        ..Diagram::default()
    })
}
