//! Golden Jobs: what a job becomes.

use expect_test::expect_file;
use serde_json::json;

use super::world::{Age, World, object};
use crate::engine::Action;

#[test]
fn a_job_has_the_identity_of_its_object_and_the_parameters_of_all_levels() {
    let object = object(json!({
        "retries": 3,
        "params": {
            "env": [{"name": "FOO", "value": "bar"}, {"name": "QUE", "value": "pasa"}],
            "fromEnv": [{"configMapRef": {"name": "settings"}, "key": "LEVEL"}, {"secretRef": {"name": "keys"}}],
            "labels": {"kueue.x-k8s.io/queue-name": "q"}, "annotations": {"note": "spec"},
            "serviceAccount": "runner",
        },
        "groups": [{
            "name": "first-group",
            "params": {"env": [{"name": "FEE", "value": "bee"}], "annotations": {"note": "group"}},
            "jobs": [{
                "name": "first-job", "image": "busybox", "args": ["echo", "Hello world!"],
                "params": {"env": [{"name": "FOO", "value": "near"}], "restartPolicy": "OnFailure"},
            }],
        }],
    }));
    let planned = World::new(&object).plan(Age::default());
    let [Action::CreateJob(job)] = planned.actions.as_slice() else {
        panic!("{:?}", planned.actions)
    };
    let job = serde_json::to_value(job).unwrap();
    expect_file!["golden/merged_params.json"].assert_eq(&format!("{job:#}\n"));
}
