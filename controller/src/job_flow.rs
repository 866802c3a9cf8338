//! JobFlow as a front end of the controller.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use crds::{FlowState, JobFlow, JobFlowState, JobFlowStatus, JobTemplate};
use jobflow_core::admission::NoTemplates;
use jobflow_core::diagnostic::Report;
use jobflow_core::engine::{Observed, Plan};
use jobflow_core::examine::Examined;
use jobflow_core::job_flow::{self, References, Template, ValidJobFlow};
use k8s_openapi::jiff::Timestamp;
use kube::Resource;
use serde_json::Value;
use tokio::time::Instant;

use crate::caches::Caches;
use crate::front_end::{FrontEnd, follow};
use crate::job_template;
use crate::key::Key;
use crate::models::Models;
use crate::objects::{Change, Objects};
use crate::shared::Shared;
use crate::sync::lock;
use crate::users::references;

/// The status of a JobTemplate counts Jobs of many flows: changes are gathered before it is written.
const USAGE_GATHERING: Duration = Duration::from_secs(2);

impl FrontEnd for JobFlow {
    type Model = ValidJobFlow;
    type References = References;

    fn examine(object: &Value) -> Examined<ValidJobFlow> {
        // The verdict is kept for the whole generation, so it must not depend on which templates are there today.
        job_flow::examine(object, &NoTemplates)
    }

    fn invalid_status(&self, report: &Report, now: Timestamp) -> JobFlowStatus {
        job_flow::invalid_status(self, report, now)
    }

    fn references(&self, caches: &Caches, model: &ValidJobFlow) -> References {
        let namespace = self.metadata.namespace.as_deref().unwrap_or_default();
        let names = open_references(self, model).into_iter();
        let found = names.filter_map(|name| Some((name.to_owned(), job_template::state(caches, namespace, name)?)));
        References {
            templates: found.collect(),
        }
    }

    fn plan(
        &self,
        model: &ValidJobFlow,
        references: &References,
        observed: &Observed,
        now: Timestamp,
    ) -> Plan<JobFlowStatus> {
        job_flow::plan(self, model, references, observed, now)
    }

    fn is_finished(&self) -> bool {
        let state = self.status.as_ref().and_then(|status| status.state);
        matches!(state, Some(JobFlowState::Succeed | JobFlowState::Failed))
    }

    fn objects(caches: &Caches) -> &Objects<Self> {
        &caches.flows
    }

    fn models(caches: &Caches) -> &Models<ValidJobFlow> {
        &caches.flow_models
    }

    fn changed(shared: &Shared, change: &Change<Self>) {
        let (old, new) = (change.old.as_deref(), change.new.as_deref());
        lock(&shared.caches.users).update(old.map(|stored| &stored.object), new.map(|stored| &stored.object));
        follow(shared, change);
        tell_templates(shared, change);
    }
}

/// The JobTemplates that steps refer to which have not ended, or are to be tried again.
fn open_references<'m>(flow: &JobFlow, model: &'m ValidJobFlow) -> BTreeSet<&'m str> {
    let all = job_flow::is_to_be_retried(flow);
    let rows = flow.status.iter().flat_map(|status| &status.flows);
    let states: HashMap<&str, FlowState> = rows.map(|row| (row.name.as_str(), row.state)).collect();
    let open = model
        .steps()
        .iter()
        .filter(|step| all || !states.get(step.name()).is_some_and(|state| state.is_final()));
    open.filter_map(|step| match step.template() {
        Template::Reference(name) => Some(name.as_str()),
        Template::Inline(_) => None,
    })
    .collect()
}

/// Which Jobs were made from a template is read off the rows of the flows that use it.
fn tell_templates(shared: &Shared, change: &Change<JobFlow>) {
    let flows = [&change.old, &change.new].map(|stored| stored.as_ref().map(|stored| &stored.object));
    let [old_rows, new_rows] = flows.map(|flow| flow.and_then(|flow| flow.status.as_ref()).map(|status| &status.flows));
    if old_rows == new_rows {
        return;
    }
    let namespace = flows
        .iter()
        .flatten()
        .find_map(|flow| flow.metadata.namespace.as_deref())
        .unwrap_or_default();
    let templates: BTreeSet<&str> = flows.iter().flatten().flat_map(|flow| references(flow)).collect();
    for name in templates {
        let (kind, namespace) = (JobTemplate::kind(&()).into_owned(), namespace.to_owned());
        let key = Key {
            kind,
            namespace,
            name: name.to_owned(),
        };
        shared.queue.wake_at(key, Instant::now() + USAGE_GATHERING);
    }
}
