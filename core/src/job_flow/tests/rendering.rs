//! Golden Jobs: what a step becomes.

use expect_test::{ExpectFile, expect_file};
use serde_json::{Value, from_value, json};

use crate::engine::child::Owner;
use crate::job_flow::{Globals, Step, Template, render};
use crate::when::When;

const OWNER: Owner<'_> = Owner {
    api_version: "api.practice.com/v1alpha1",
    kind: "JobFlow",
    namespace: "test",
    name: "demo",
    uid: "uid-0",
};

/// The Job of a step named `load` from a Job spec.
fn rendered(spec: &Value, globals: &Globals, mounts: &Value) -> Value {
    let spec = from_value(spec.clone()).unwrap();
    let step = Step {
        name: "load".to_owned(),
        dependencies: Vec::new(),
        when: When::default(),
        template: Template::Reference(String::new()),
        mounts: from_value(mounts.clone()).unwrap(),
    };
    let job = render::job(&OWNER, &render::job_name("demo", "load"), &step, globals, &spec);
    serde_json::to_value(job).unwrap()
}

fn check(job: &Value, expected: &ExpectFile) {
    expected.assert_eq(&format!("{job:#}\n"));
}

fn globals() -> Globals {
    Globals {
        env: from_value(json!([{"name": "STAGE", "value": "test"}, {"name": "MODE", "value": "global"}])).unwrap(),
        labels: from_value(json!({"team": "data", "tier": "global", "app.kubernetes.io/managed-by": "me"})).unwrap(),
        annotations: from_value(json!({"note": "global", "cost": "low"})).unwrap(),
        node_name: Some("node-1".to_owned()),
        volumes: from_value(json!([{"name": "shared", "emptyDir": {}}])).unwrap(),
    }
}

#[test]
fn a_plain_step_gets_identity_and_defaults() {
    let spec = json!({"template": {"spec": {"containers": [{"name": "main", "image": "busybox"}]}}});
    check(
        &rendered(&spec, &Globals::default(), &json!([])),
        &expect_file!["golden/plain_step.json"],
    );
}

#[test]
fn globals_and_shared_volumes_reach_every_container() {
    let spec = json!({"template": {
        "metadata": {
            "labels": {"tier": "own", "kueue.x-k8s.io/queue-name": "q", "api.practice.com/step": "forged"},
            "annotations": {"note": "own", "pod-only": "yes"},
        },
        "spec": {
            "restartPolicy": "OnFailure",
            "initContainers": [{"name": "init", "image": "busybox"}],
            "containers": [{"name": "main", "image": "busybox", "env": [{"name": "MODE", "value": "own $(STAGE)"}],
                            "volumeMounts": [{"name": "own", "mountPath": "/own"}]}],
            "volumes": [{"name": "own", "emptyDir": {}}],
        },
    }});
    let mounts = json!([{"name": "shared", "mountPath": "/shared"}]);
    check(
        &rendered(&spec, &globals(), &mounts),
        &expect_file!["golden/globals_and_volumes.json"],
    );
}

#[test]
fn a_step_without_mounts_gets_no_shared_volume() {
    let spec = json!({"template": {"spec": {"containers": [{"name": "main"}]}}});
    assert_eq!(
        rendered(&spec, &globals(), &json!([])).pointer("/spec/template/spec/volumes"),
        None
    );
}

#[test]
fn everything_else_of_a_job_spec_is_carried() {
    let spec = json!({
        "activeDeadlineSeconds": 60,
        "backoffLimit": 3,
        "completionMode": "Indexed",
        "completions": 3,
        "managedBy": "kueue.x-k8s.io/multikueue",
        "parallelism": 2,
        "podFailurePolicy": {"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}]},
        "podReplacementPolicy": "Failed",
        "successPolicy": {"rules": [{"succeededIndexes": "0"}]},
        "suspend": true,
        "ttlSecondsAfterFinished": 5,
        "template": {"spec": {
            "containers": [{"name": "main", "image": "busybox", "resources": {"limits": {"cpu": "1"}}}],
            "priorityClassName": "high",
            "tolerations": [{"operator": "Exists"}],
        }},
    });
    let mut job = rendered(&spec, &Globals::default(), &json!([]));
    let template = job.pointer_mut("/spec/template").unwrap().as_object_mut().unwrap();
    template.remove("metadata");
    template
        .get_mut("spec")
        .unwrap()
        .as_object_mut()
        .unwrap()
        .remove("restartPolicy");
    assert_eq!(job["spec"], spec);
}

#[test]
fn a_limit_for_each_index_is_not_undone_by_a_limit_of_zero() {
    let spec = json!({"backoffLimitPerIndex": 1, "completionMode": "Indexed", "completions": 2, "template": {}});
    assert_eq!(
        rendered(&spec, &Globals::default(), &json!([]))["spec"].get("backoffLimit"),
        None
    );
}
