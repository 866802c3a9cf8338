//! JobFlows on a real Kubernetes: what runs, in which order, what the status says, and what survives.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

mod arena;
mod bounds;
mod failures;
mod retries;

use std::path::Path;

use serde_json::{Value, json};
use test_cluster::{Namespace, until};

use arena::{
    arena, arena_alone, condition, delete, get, has_event, job_flow, jobs, limit, object, row, start_operator, states,
    step, template, text, wait_for_event, wait_for_row, wait_for_state,
};

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn the_example_of_five_jobs_runs_in_order_to_its_end() {
    let (namespace, _running) = arena("five");
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/jobflow/five-jobs.yaml");
    namespace.apply(&std::fs::read_to_string(example).unwrap()).unwrap();
    let flow = wait_for_state(&namespace, "jobflow-example", "Succeed");

    assert_eq!(flow["status"]["progress"], "5/5");
    assert_eq!(flow["status"]["observedGeneration"], flow["metadata"]["generation"]);
    assert!(condition(&flow, "Complete").is_some(), "{}", flow["status"]);
    for step in flow["spec"]["flows"].as_array().unwrap() {
        let start = row(&flow, text(&step["name"]))["start"].clone();
        for dependency in step["dependencies"].as_array().into_iter().flatten() {
            let end = row(&flow, text(dependency))["end"].clone();
            assert!(
                text(&end) <= text(&start),
                "{step} started at {start}, and {dependency} ended at {end}"
            );
        }
    }
    let names = ["job1", "job2", "job3", "job4", "job5"].map(|name| format!("jobflow-example-{name}"));
    assert_eq!(jobs(&namespace), names);
    assert_job_is_of(&get(&namespace, "job", "jobflow-example-job2"), &flow, "job2");
    wait_for_event(&namespace, "Completed");
    assert_described_in_the_order_of_time(&namespace, "jobflow-example");
}

/// `kubectl describe` lists events in the order of `lastTimestamp`, and those that have none by their names.
fn assert_described_in_the_order_of_time(namespace: &Namespace, name: &str) {
    let described = namespace.kubectl().run(&["describe", "jobflow", name]).unwrap();
    let described = described.success().unwrap();
    let events = described.split("\nEvents:\n").nth(1).unwrap();
    let told: Vec<&str> = events
        .lines()
        .skip(2)
        .filter_map(|line| line.split_once("  jobflow  "))
        .map(|(_, message)| message)
        .collect();
    let first = format!("creates 2 jobs: '{name}-job1', '{name}-job4'");
    assert_eq!(told.first(), Some(&first.as_str()), "{events}");
    let place = |wanted: &str| told.iter().position(|message| message.contains(wanted));
    let (second, last) = (place("creates job"), place("5 of 5 flows succeeded"));
    assert!(second.is_some() && second < last, "{events}");
}

fn assert_job_is_of(job: &Value, flow: &Value, step: &str) {
    let owner = &job["metadata"]["ownerReferences"][0];
    assert_eq!(
        (&owner["kind"], &owner["uid"]),
        (&json!("JobFlow"), &flow["metadata"]["uid"])
    );
    assert_eq!(
        (&owner["controller"], &owner["blockOwnerDeletion"]),
        (&json!(true), &json!(true))
    );
    let labels = &job["metadata"]["labels"];
    assert_eq!(labels["app.kubernetes.io/managed-by"], "jobflow");
    assert_eq!(labels["api.practice.com/owner-name"], flow["metadata"]["name"]);
    assert_eq!(labels["api.practice.com/owner-uid"], flow["metadata"]["uid"]);
    assert_eq!(labels["api.practice.com/step"], step);
    assert_eq!(
        (&labels["key1"], &job["metadata"]["annotations"]["key1"]),
        (&json!("value1"), &json!("value1"))
    );
    assert_eq!(job["spec"]["backoffLimit"], 0);
    let pod = &job["spec"]["template"]["spec"];
    assert_eq!(pod["restartPolicy"], "Never");
    let env = pod["containers"][0]["env"].as_array().unwrap();
    assert!(env.contains(&json!({"name": "FOO", "value": "bar"})), "{env:?}");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_failed_step_fails_the_flow_and_skips_what_depends_on_it() {
    let (namespace, _running) = arena("fails");
    let failing = template(&json!({"jobflow.test/exit-code": "3"}));
    let steps = [
        json!({"name": "a", "jobTemplate": failing}),
        step("b", &["a"], 1),
        step("c", &["b"], 1),
        step("d", &[], 3),
    ];
    namespace.apply(&job_flow(&steps)).unwrap();
    let flow = wait_for_state(&namespace, "f", "Failed");
    assert_eq!(states(&flow), ["a Failed", "b Skipped", "c Skipped", "d Succeeded"]);
    assert_eq!(jobs(&namespace), ["f-a", "f-d"]);
    let message = text(&flow["status"]["message"]);
    assert!(message.contains("flow 'a' failed: BackoffLimitExceeded"), "{message}");
    assert!(condition(&flow, "Failed").is_some(), "{}", flow["status"]);
    wait_for_event(&namespace, "JobFailed");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_late_template_starts_the_step_that_waits_for_it() {
    let (namespace, _running) = arena("late");
    let steps = [
        json!({"name": "a", "jobTemplateRef": "late"}),
        json!({"name": "b", "jobTemplateRef": "late", "dependencies": ["a"]}),
    ];
    namespace.apply(&job_flow(&steps)).unwrap();
    let waiting = wait_for_row(&namespace, "a", |row| row["reason"] == "TemplateNotFound");
    assert_eq!(waiting["state"], "Waiting");
    assert_eq!(jobs(&namespace), [""; 0]);

    namespace
        .apply(&object(
            "JobTemplate",
            "late",
            &json!({"jobTemplate": template(&json!({}))}),
        ))
        .unwrap();
    wait_for_state(&namespace, "f", "Succeed");
    let used = |template: &Value| (template["status"]["used"] == 2).then(|| template["status"].clone());
    let status = namespace.wait_for("jobtemplate", "late", limit(), used).unwrap();
    assert_eq!(
        status["dependencyList"],
        json!([{"jobFlow": "f", "job": "f-b"}, {"jobFlow": "f", "job": "f-a"}])
    );
    assert_eq!(status["observedGeneration"], 1);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_job_of_somebody_else_is_never_touched() {
    let (namespace, _running) = arena("conflict");
    let theirs = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "f-a"}, "spec": {
        "suspend": true,
        "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "theirs", "image": "busybox:1.28"}]}},
    }});
    namespace.apply(&theirs.to_string()).unwrap();
    let before = get(&namespace, "job", "f-a");
    namespace
        .apply(&job_flow(&[step("a", &[], 1), step("b", &[], 1)]))
        .unwrap();
    wait_for_row(&namespace, "a", |row| row["reason"] == "NameConflict");
    wait_for_row(&namespace, "b", |row| row["state"] == "Succeeded");
    let stalled = condition(&get(&namespace, "jobflows", "f"), "Stalled").unwrap();
    assert_eq!(stalled["reason"], "NameConflict");
    assert!(text(&stalled["message"]).contains("'f-a'"), "{stalled}");
    wait_for_event(&namespace, "NameConflict");
    let after = get(&namespace, "job", "f-a");
    assert_eq!(
        (&before["metadata"], &before["spec"]),
        (&after["metadata"], &after["spec"])
    );

    delete(&namespace, "job", "f-a");
    let flow = wait_for_state(&namespace, "f", "Succeed");
    assert_eq!(condition(&flow, "Stalled"), None);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_job_that_the_api_server_refuses_is_told_and_tried_again() {
    let (namespace, _running) = arena("quota");
    allow_none(&namespace, "count/jobs.batch");
    namespace.apply(&job_flow(&[step("a", &[], 1)])).unwrap();
    wait_for_row(&namespace, "a", |row| row["reason"] == "JobRefused");
    let flow = get(&namespace, "jobflows", "f");
    assert!(
        text(&flow["status"]["message"]).contains("exceeded quota"),
        "{}",
        flow["status"]
    );
    delete(&namespace, "resourcequota", "few");
    wait_for_state(&namespace, "f", "Succeed");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn why_a_job_gets_no_pods_is_told_until_it_gets_them() {
    let (namespace, _running) = arena("podless");
    allow_none(&namespace, "pods");
    namespace.apply(&job_flow(&[step("a", &[], 1)])).unwrap();
    let refusal = r#"FailedCreate: pods "f-a-*" is forbidden: exceeded quota: few, requested: pods=1, used: pods=0, limited: pods=0"#;
    let row = wait_for_row(&namespace, "a", |row| row["reason"].is_string());
    assert_eq!((&row["state"], &row["reason"]), (&json!("Active"), &json!(refusal)));
    let flow = get(&namespace, "jobflows", "f");
    assert!(text(&flow["status"]["message"]).contains(refusal), "{}", flow["status"]);

    delete(&namespace, "resourcequota", "few");
    let flow = wait_for_state(&namespace, "f", "Succeed");
    assert!(
        !flow["status"].to_string().contains("FailedCreate"),
        "{}",
        flow["status"]
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn what_pod_security_asks_for_is_told_to_its_end() {
    let (namespace, _running) = arena("restricted");
    let label = "pod-security.kubernetes.io/enforce=restricted";
    let labelled = namespace
        .kubectl()
        .run(&["label", "namespace", namespace.name(), label]);
    labelled.unwrap().success().unwrap();
    namespace.apply(&job_flow(&[step("a", &[], 1)])).unwrap();
    wait_for_row(&namespace, "a", |row| row["reason"].is_string());
    let flow = get(&namespace, "jobflows", "f");
    let message = text(&flow["status"]["message"]);
    let begins = r#"flow 'a': FailedCreate: pods "f-a-*" is forbidden: violates PodSecurity "restricted:latest": "#;
    let ends = r#"must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")"#;
    assert!(message.starts_with(begins) && message.ends_with(ends), "{message}");
}

/// A quota of zero, once it counts: its controller has to see it first.
fn allow_none(namespace: &Namespace, resource: &str) {
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": {"hard": {resource: "0"}}});
    namespace.apply(&quota.to_string()).unwrap();
    let counts = |quota: &Value| quota.pointer("/status/hard").map(drop);
    namespace.wait_for("resourcequota", "few", limit(), counts).unwrap();
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_running_job_that_is_deleted_is_made_again() {
    let (namespace, _running) = arena("deleted");
    namespace.apply(&job_flow(&[step("a", &[], 600)])).unwrap();
    wait_for_row(&namespace, "a", |row| row["start"].is_string());
    let first = get(&namespace, "job", "f-a")["metadata"]["uid"].clone();
    delete(&namespace, "job", "f-a");
    let is_another = |job: &Value| (job["metadata"]["uid"] != first).then_some(());
    namespace.wait_for("job", "f-a", limit(), is_another).unwrap();
    wait_for_event(&namespace, "JobRecreated");
    assert_eq!(
        wait_for_row(&namespace, "a", |row| row["start"].is_string())["state"],
        "Active"
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_finished_job_that_is_deleted_stays_finished() {
    let (namespace, _running) = arena("finished");
    namespace
        .apply(&job_flow(&[step("a", &[], 1), step("b", &["a"], 6)]))
        .unwrap();
    wait_for_row(&namespace, "a", |row| row["state"] == "Succeeded");
    delete(&namespace, "job", "f-a");
    let flow = wait_for_state(&namespace, "f", "Succeed");
    assert_eq!(states(&flow), ["a Succeeded", "b Succeeded"]);
    assert_eq!(jobs(&namespace), ["f-b"]);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_job_that_goes_in_the_moment_of_its_end_counts_as_ended() {
    let (namespace, _running) = arena("gone");
    let steps = ["a", "b", "c", "d"].map(|name| {
        let mut step = step(name, &[], 1);
        step["jobTemplate"]["ttlSecondsAfterFinished"] = json!(0);
        step
    });
    namespace.apply(&job_flow(&steps)).unwrap();
    let flow = wait_for_state(&namespace, "f", "Succeed");
    assert_eq!(
        states(&flow),
        ["a Succeeded", "b Succeeded", "c Succeeded", "d Succeeded"]
    );
    assert!(!has_event(&namespace, "JobRecreated"));
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn global_params_and_shared_volumes_reach_the_job() {
    let (namespace, _running) = arena("params");
    let nodes = namespace.kubectl().json(&["get", "nodes"]).unwrap();
    let node = nodes.pointer("/items/0/metadata/name").cloned().unwrap();
    let mut shared = step("a", &[], 1);
    shared["shareVolumeMounts"] = json!([{"name": "data", "mountPath": "/data"}]);
    let pod = &mut shared["jobTemplate"]["template"]["spec"];
    pod["initContainers"] = json!([{"name": "init", "image": "busybox:1.28"}]);
    pod["containers"][0]["env"] = json!([{"name": "MODE", "value": "own"}]);
    let spec = json!({
        "globalParams": {"env": [{"name": "MODE", "value": "global"}], "labels": {"team": "x"}, "annotations": {"note": "y"}, "nodeName": node},
        "shareVolumes": [{"name": "data", "emptyDir": {}}],
        "flows": [shared, step("b", &[], 1)],
    });
    namespace.apply(&object("JobFlow", "f", &spec)).unwrap();
    wait_for_state(&namespace, "f", "Succeed");

    let job = get(&namespace, "job", "f-a");
    let (metadata, pod) = (&job["spec"]["template"]["metadata"], &job["spec"]["template"]["spec"]);
    assert_eq!(
        (&metadata["labels"]["team"], &metadata["annotations"]["note"]),
        (&json!("x"), &json!("y"))
    );
    assert_eq!(
        pod["initContainers"][0]["env"],
        json!([{"name": "MODE", "value": "global"}])
    );
    assert_eq!(pod["containers"][0]["env"], json!([{"name": "MODE", "value": "own"}]));
    for container in [&pod["initContainers"][0], &pod["containers"][0]] {
        assert_eq!(
            container["volumeMounts"],
            json!([{"name": "data", "mountPath": "/data"}])
        );
    }
    assert_eq!(pod["volumes"], json!([{"name": "data", "emptyDir": {}}]));
    let pods = namespace.kubectl().json(&["get", "pods"]).unwrap();
    let pods = pods["items"].as_array().unwrap();
    assert!(
        pods.len() == 2 && pods.iter().all(|pod| pod["spec"]["nodeName"] == node),
        "{pods:?}"
    );
    assert_eq!(
        get(&namespace, "job", "f-b")["spec"]["template"]["spec"].get("volumes"),
        None
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn deleting_a_flow_deletes_its_jobs_and_pods() {
    let (namespace, _running) = arena("removed");
    namespace
        .apply(&job_flow(&[step("a", &[], 600), step("b", &[], 600)]))
        .unwrap();
    wait_for_row(&namespace, "b", |row| row["start"].is_string());
    delete(&namespace, "jobflows", "f");
    until("no job and no pod is left", limit(), || {
        let left = namespace.kubectl().json(&["get", "jobs,pods"])?;
        anyhow::ensure!(left["items"] == json!([]), "there is {}", left["items"]);
        Ok(())
    })
    .unwrap();
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_killed_operator_goes_on_where_it_was() {
    let (namespace, mut running) = arena_alone("killed");
    let fan = ["b", "c", "d", "e"].map(|name| step(name, &["a"], 2));
    let steps: Vec<Value> = [step("a", &[], 3)]
        .into_iter()
        .chain(fan)
        .chain([step("z", &["b", "c", "d", "e"], 1)])
        .collect();
    namespace.apply(&job_flow(&steps)).unwrap();
    wait_for_row(&namespace, "a", |row| row["start"].is_string());
    let first = get(&namespace, "job", "f-a")["metadata"]["uid"].clone();

    running.take().unwrap().kill();
    // 'a' ends while nobody looks.
    let ended = |job: &Value| job.pointer("/status/completionTime").map(drop);
    namespace.wait_for("job", "f-a", limit(), ended).unwrap();
    assert_eq!(jobs(&namespace), ["f-a"]);
    *running = Some(start_operator());
    wait_for_row(&namespace, "b", |row| row["state"] == "Active");
    running.take().unwrap().kill();
    *running = Some(start_operator());

    let flow = wait_for_state(&namespace, "f", "Succeed");
    assert_eq!(flow["status"]["progress"], "6/6");
    assert_eq!(get(&namespace, "job", "f-a")["metadata"]["uid"], first);
    let pods = namespace.kubectl().json(&["get", "pods"]).unwrap();
    assert_eq!(pods["items"].as_array().unwrap().len(), 6, "each step ran once");
    assert!(!has_event(&namespace, "JobRecreated"));
}
