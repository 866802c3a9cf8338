//! What the tests of this crate share: small objects, and findings as text.
#![expect(clippy::needless_pass_by_value, reason = "callers write `json!` in place")]

use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::admission::{NoTemplates, Operation, Recognized, Review, check, mutate, recognize};
use crate::change::applied;
use crate::diagnostic::Report;

/// A JobFlow named `demo` with this spec.
pub fn job_flow(spec: Value) -> Value {
    json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": "demo"}, "spec": spec})
}

/// A JobFlow with flows of these names.
pub fn flows_named(names: &[&str]) -> Value {
    let flows: Vec<(&str, &[&str])> = names.iter().map(|name| (*name, &[][..])).collect();
    flows_with(&flows)
}

/// A JobFlow with flows of these names and dependencies.
pub fn flows_with(flows: &[(&str, &[&str])]) -> Value {
    let flow = |(name, dependencies): &(&str, &[&str])| json!({"name": name, "dependencies": dependencies, "jobTemplate": job()});
    job_flow(json!({"flows": flows.iter().map(flow).collect::<Vec<_>>()}))
}

/// A JobFlow with one flow, these shared volumes, and these shared mounts (name, path).
pub fn sharing(volumes: &[&str], mounts: &[(&str, &str)]) -> Value {
    let mut flow = flows_named(&["a"]);
    flow["spec"]["shareVolumes"] = volumes
        .iter()
        .map(|name| json!({"name": name, "emptyDir": {}}))
        .collect();
    flow["spec"]["flows"][0]["shareVolumeMounts"] = mounts
        .iter()
        .map(|(name, path)| json!({"name": name, "mountPath": path}))
        .collect();
    flow
}

/// A JobFlow with one flow and these global parameters.
pub fn with_globals(params: Value) -> Value {
    let mut flow = flows_named(&["a"]);
    flow["spec"]["globalParams"] = params;
    flow
}

/// A Job spec that passes every rule.
pub fn job() -> Value {
    json!({"template": {"spec": {"containers": [{"name": "main", "image": "busybox:1.28"}]}}})
}

/// A DaemonJob named `demo` with a good template and these members of its spec.
pub fn daemon_job(members: Value) -> Value {
    let mut spec = job();
    merge(&mut spec, members);
    object("api.practice.com/v1alpha1", "DaemonJob", spec)
}

/// A ManagedJob named `demo` with one group `g` of one job `a`, and these members of its spec.
pub fn managed_job(members: Value) -> Value {
    let mut spec = json!({"groups": [{"name": "g", "jobs": [{"name": "a", "image": "busybox"}]}]});
    merge(&mut spec, members);
    object("jobsmanager.raczylo.com/v1beta1", "ManagedJob", spec)
}

/// A ManagedJob with these parameters on a level: 0 is that of the spec, 1 of the group, 2 of the job.
pub fn with_params(level: usize, params: Value) -> Value {
    let mut object = managed_job(json!({}));
    let holder = ["/spec", "/spec/groups/0", "/spec/groups/0/jobs/0"][level];
    object.pointer_mut(holder).unwrap()["params"] = params;
    object
}

/// A SequentialJob named `demo` with one container, and these members of its spec.
pub fn sequential_job(members: Value) -> Value {
    let mut spec = json!({"containers": [{"name": "a", "image": "busybox"}]});
    merge(&mut spec, members);
    object("batch.example.com/v1alpha1", "SequentialJob", spec)
}

/// The object as the mutating webhook would have it stored.
pub fn stored(object: &Value) -> Value {
    let Recognized::Ours(kind) = recognize(object) else {
        panic!("{object} is not ours")
    };
    applied(object, &(kind.normalize)(object))
}

fn object(api_version: &str, kind: &str, spec: Value) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "demo"}, "spec": spec})
}

fn merge(object: &mut Value, members: Value) {
    let Value::Object(members) = members else {
        panic!("{members} is no object")
    };
    for (name, value) in members {
        object[name] = value;
    }
}

/// The findings about a new object, one a line.
pub fn findings(object: &Value) -> String {
    let Recognized::Ours(kind) = recognize(object) else {
        panic!("{object} is not ours")
    };
    lines(check(kind, object, &NoTemplates))
}

/// The findings about an update, one a line.
pub fn update_findings(old: &Value, new: &Value) -> String {
    let Recognized::Ours(kind) = recognize(new) else {
        panic!("{new} is not ours")
    };
    let review = Review {
        kind,
        operation: Operation::Update,
        namespace: "default",
        object: Some(Cow::Borrowed(new)),
        old_object: Some(Cow::Borrowed(old)),
    };
    lines(mutate(review, &NoTemplates).report)
}

/// A report, one finding a line.
pub fn lines(report: Report) -> String {
    report.into_iter().map(|finding| format!("{finding}\n")).collect()
}

/// Any JSON, small.
pub fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z/~]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z/~]{0,4}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}
