//! Golden Job: what a node gets.

use expect_test::expect_file;
use serde_json::json;

use crate::daemon_job::{examine, job_name, render};
use crate::engine::child::Owner;
use crate::testing::{daemon_job, stored};

const OWNER: Owner<'_> = Owner {
    api_version: "api.practice.com/v1alpha1",
    kind: "DaemonJob",
    namespace: "test",
    name: "demo",
    uid: "uid-0",
};

#[test]
fn a_job_is_bound_to_its_node_and_has_what_is_global_and_all_of_the_inlined_spec() {
    let zone = json!({"matchExpressions": [{"key": "zone", "operator": "In", "values": ["x", "y"]}]});
    let affinity =
        json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [zone]}}});
    let object = daemon_job(json!({
        "globalParams": {
            "env": [{"name": "STAGE", "value": "test"}, {"name": "MODE", "value": "global"}],
            "labels": {"team": "data", "tier": "global"},
            "annotations": {"note": "global", "cost": "low"},
        },
        "suspend": true, "ttlSecondsAfterFinished": 60,
        "activeDeadlineSeconds": 600, "backoffLimit": 2, "parallelism": 2, "completions": 2,
        "template": {
            "metadata": {"labels": {"tier": "own"}, "annotations": {"note": "own", "pod-only": "yes"}},
            "spec": {
                "affinity": affinity, "nodeSelector": {"disk": "ssd"}, "tolerations": [{"operator": "Exists"}],
                "initContainers": [{"name": "init", "image": "busybox"}],
                "containers": [{"name": "main", "image": "busybox", "env": [{"name": "MODE", "value": "own $(STAGE)"}]}],
            },
        },
    }));
    let model = examine(&stored(&object)).model.unwrap();
    let name = job_name("demo", "node-1.example.com", model.job());
    let job = render::job(&OWNER, &name, "node-1.example.com", model.globals(), model.job());
    expect_file!["golden/node_job.json"].assert_eq(&format!("{:#}\n", serde_json::to_value(job).unwrap()));
}

#[test]
fn one_failure_fails_a_job_unless_each_index_has_a_limit() {
    let limit = |members| {
        let model = examine(&stored(&daemon_job(members))).model.unwrap();
        render::job(&OWNER, "j", "n", model.globals(), model.job())
            .spec
            .unwrap()
            .backoff_limit
    };
    assert_eq!(limit(json!({})), Some(0));
    assert_eq!(
        limit(json!({"backoffLimitPerIndex": 1, "completionMode": "Indexed", "completions": 2})),
        None
    );
}
