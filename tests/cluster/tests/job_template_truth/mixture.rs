//! Random mixtures of good changes: valid by construction, and so accepted by jobflow; the engine makes the Jobs of them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jobflow_core::admission::{NoTemplates, mutate};
use jobflow_core::admission::{Operation, Review};
use jobflow_core::engine::{Action, Observed};
use jobflow_core::job_flow::{KIND, References, examine, plan};
use k8s_openapi::jiff::Timestamp;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::template::{Change, good, job_flow};

/// How many mixtures are tried.
pub const COUNT: usize = 300;

/// The Jobs of [`COUNT`] mixtures, as JSON. Fails where jobflow refuses one.
pub fn rendered_jobs(changes: &[Change]) -> Vec<Value> {
    let mut groups: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in changes.iter().filter(|change| change.group != "Alone") {
        groups.entry(&change.group).or_default().push(change);
    }
    // Of each group one change or none: about a third of the groups take part.
    let choices: Vec<_> = groups.values().map(|group| 0..group.len() * 3).collect();
    let strategy = (choices, any::<bool>());
    // Always the same mixtures, so that a failure can be seen again.
    let mut runner = TestRunner::deterministic();
    let mut one = || {
        let (picks, has_globals) = strategy.new_tree(&mut runner).unwrap().current();
        let picked = groups
            .values()
            .zip(picks)
            .filter_map(|(group, pick)| group.get(pick).copied());
        render(&picked.collect::<Vec<_>>(), has_globals)
    };
    (0..COUNT).map(|_| one()).collect()
}

fn render(changes: &[&Change], has_globals: bool) -> Value {
    let mut job = good();
    for change in changes {
        change.apply(&mut job);
    }
    let mut flow = job_flow(&job);
    if has_globals {
        add_globals(&mut flow);
    }
    let names: Vec<&str> = changes.iter().map(|change| change.name.as_str()).collect();
    let review = Review {
        kind: &KIND,
        operation: Operation::Create,
        namespace: "default",
        object: Some(Cow::Borrowed(&flow)),
        old_object: None,
    };
    let verdict = mutate(review, &NoTemplates);
    assert!(verdict.allowed(), "{names:?}: {:?}", verdict.report);
    json_patch::patch(&mut flow, &verdict.patch).unwrap();
    let model = examine(&flow, &NoTemplates).model.unwrap();
    let typed: crds::JobFlow = serde_json::from_value(flow).unwrap();
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let plan = plan(&typed, &model, &References::default(), &Observed::default(), now);
    let [Action::CreateJob(job)] = &plan.actions[..] else {
        panic!("{names:?}: {:?}", plan.actions)
    };
    serde_json::to_value(job).unwrap()
}

/// What joins a Job from outside its template.
fn add_globals(flow: &mut Value) {
    flow["spec"]["globalParams"] = json!({
        "env": [{"name": "GLOBAL", "value": "x"}, {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
        "labels": {"team": "data"},
        "annotations": {"example.com/note": "free text"},
        "nodeName": "node-1",
    });
    flow["spec"]["shareVolumes"] = json!([{"name": "shared", "emptyDir": {}}]);
    flow["spec"]["flows"][0]["shareVolumeMounts"] = json!([{"name": "shared", "mountPath": "/shared"}]);
}
