//! What goes on with running containers when a flow is suspended, and what is left when its time is over.

use std::time::Duration;

use serde_json::Value;
use test_cluster::{Deadline, Namespace, until};

use crate::{LIMIT, ended, job_flow, log, namespace, script};

fn suspend(namespace: &Namespace, suspend: bool) {
    let patch = format!("{{\"spec\":{{\"suspend\":{suspend}}}}}");
    let args = ["patch", "jobflow", "demo", "--type=merge", "-p", &patch];
    namespace.kubectl().run(&args).unwrap().success().unwrap();
}

fn wait_for_state(namespace: &Namespace, wanted: &str) {
    let is_so = |flow: &Value| (flow["status"]["state"] == wanted).then_some(());
    namespace
        .wait_for("jobflow", "demo", Deadline::after(LIMIT), is_so)
        .unwrap();
}

/// Names and states of the containers that the kubelet has.
fn pods(namespace: &Namespace) -> Vec<Value> {
    let pods = namespace.kubectl().json(&["get", "pods"]).unwrap();
    pods["items"].as_array().unwrap().clone()
}

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn a_suspended_flow_has_no_container_and_a_resumed_one_runs_to_its_end() {
    let namespace = namespace("suspend");
    let path = format!("/var/lib/shared/{}", namespace.name());
    let volume = format!("  shareVolumes: [{{name: work, hostPath: {{path: {path}, type: DirectoryOrCreate}}}}]\n");
    let mounts = "      shareVolumeMounts: [{name: work, mountPath: /work}]\n";
    // The first time it waits for ever, the second time it finds what the first has left.
    let text = "trap 'echo stopped >> /work/log; exit 1' TERM; echo started >> /work/log; \
                [ $(grep -c started /work/log) = 2 ] || { while :; do sleep 1; done; }; cat /work/log";
    let step = mounts.to_owned() + &script(text);
    namespace.apply(&job_flow(&volume, &[("work", "", &step)])).unwrap();
    until("the container runs", Deadline::after(LIMIT), || {
        let running = pods(&namespace)
            .iter()
            .any(|pod| pod["status"]["containerStatuses"][0]["state"]["running"].is_object());
        anyhow::ensure!(running, "{:?}", pods(&namespace));
        Ok(())
    })
    .unwrap();
    suspend(&namespace, true);
    wait_for_state(&namespace, "Suspended");
    until("the container is gone", Deadline::after(LIMIT), || {
        anyhow::ensure!(pods(&namespace).is_empty(), "{:?}", pods(&namespace));
        Ok(())
    })
    .unwrap();
    let job = namespace.kubectl().json(&["get", "job", "demo-work"]).unwrap();
    assert_eq!(job["spec"]["suspend"], true, "{job}");
    suspend(&namespace, false);
    let flow = ended(&namespace, "jobflow", "demo");
    assert_eq!(flow["status"]["state"], "Succeed", "{flow}");
    assert_eq!(log(&namespace, "demo-work"), "started\nstopped\nstarted\n");
}

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn a_flow_whose_time_is_over_goes_with_its_jobs_and_containers() {
    let namespace = namespace("ttl");
    namespace
        .apply(&job_flow(
            "  ttlSecondsAfterFinished: 5\n",
            &[("work", "", &script("true"))],
        ))
        .unwrap();
    ended(&namespace, "jobflow", "demo");
    assert_eq!(pods(&namespace).len(), 1, "it stays for five seconds");
    let gone = Deadline::after(LIMIT);
    until("all is gone", gone, || {
        let left = namespace
            .kubectl()
            .run(&["get", "jobflows,jobs,pods", "-o", "name"])?
            .success()?;
        anyhow::ensure!(left.is_empty(), "{left}");
        Ok(())
    })
    .unwrap();
}

/// Its own limit: the step is stopped by the kubelet, and the flow says why it failed.
#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn a_container_that_runs_beyond_the_deadline_of_its_flow_is_stopped() {
    let namespace = namespace("deadline");
    namespace
        .apply(&job_flow(
            "  activeDeadlineSeconds: 8\n",
            &[("work", "", &script("sleep 1000"))],
        ))
        .unwrap();
    wait_for_state(&namespace, "Running");
    let flow = ended(&namespace, "jobflow", "demo");
    assert_eq!(flow["status"]["state"], "Failed", "{flow}");
    let over = Deadline::after(LIMIT + Duration::from_secs(30));
    until("the container is stopped", over, || {
        let running = pods(&namespace).iter().any(|pod| pod["status"]["phase"] == "Running");
        anyhow::ensure!(!running, "{:?}", pods(&namespace));
        Ok(())
    })
    .unwrap();
}
