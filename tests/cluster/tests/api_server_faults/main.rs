//! What goes wrong between the operator and the API server, and that it changes nothing about the outcome (invariants 3, 5
//! and 6 of ARCHITECTURE.md).

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

mod proxy;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use proxy::{Fate, Proxy, Seen};
use serde_json::{Value, json};
use tempfile::TempDir;
use test_cluster::{Cluster, Deadline, Namespace, Operator, OperatorOptions, until};

/// One operator at a time: each works on all namespaces.
static ALONE: Mutex<()> = Mutex::new(());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A diamond: `a`, then `b` and `c`, then `d`.
const STEPS: [(&str, &[&str]); 4] = [("a", &[]), ("b", &["a"]), ("c", &["a"]), ("d", &["b", "c"])];

fn step(name: &str, dependencies: &[&str], duration_seconds: u32) -> Value {
    let annotations = json!({"jobflow.test/duration-seconds": duration_seconds.to_string()});
    let pod = json!({"containers": [{"name": "main", "image": "busybox:1.28"}]});
    let template = json!({"metadata": {"annotations": annotations}, "spec": pod});
    json!({"name": name, "dependencies": dependencies, "jobTemplate": {"template": template}})
}

fn flow(name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": name}, "spec": spec})
}

fn diamond(name: &str) -> Value {
    diamond_of(name, 1)
}

fn diamond_of(name: &str, duration_seconds: u32) -> Value {
    let steps = STEPS.map(|(name, dependencies)| step(name, dependencies, duration_seconds));
    flow(name, &json!({"flows": steps}))
}

/// An operator that reaches the API server through `proxy`.
fn operator(proxy: &Proxy) -> Operator {
    let mut options = OperatorOptions::from_environment().unwrap();
    options.kubeconfig = Some(proxy.kubeconfig());
    options.install = false;
    Cluster::shared().unwrap().start_operator(&options).unwrap()
}

/// A namespace with flows that were admitted, and that nobody works on: the replica that admits them follows a leader that
/// there is not.
fn admitted(label: &str, flows: &[Value]) -> Namespace {
    let cluster = Cluster::shared().unwrap();
    let namespace = cluster.namespace(label).unwrap();
    let lease = json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "jobflow-operator"},
        "spec": {"holderIdentity": "nobody", "leaseDurationSeconds": 3_600},
    });
    namespace.apply(&lease.to_string()).unwrap();
    cluster.allow_leading(&namespace).unwrap();
    let mut options = OperatorOptions::from_environment().unwrap();
    options.more_args = ["--leader-elect", "--leader-elect-namespace", namespace.name()]
        .map(str::to_owned)
        .to_vec();
    let admits = cluster.start_operator(&options).unwrap();
    for flow in flows {
        namespace.apply(&flow.to_string()).unwrap();
    }
    admits.kill();
    namespace
}

fn has_succeeded(namespace: &Namespace, flow: &str) -> bool {
    let flow = namespace.kubectl().json(&["get", "jobflow", flow]).unwrap();
    flow["status"]["state"] == "Succeed"
}

/// Every step has run in one pod of one Job, in order, and nothing was told twice.
fn assert_exact(namespace: &Namespace, flow: &str) {
    let kubectl = namespace.kubectl();
    let object = kubectl.json(&["get", "jobflow", flow]).unwrap();
    let status = &object["status"];
    assert_eq!(
        (&status["state"], &status["progress"]),
        (&json!("Succeed"), &json!("4/4")),
        "{status}"
    );
    let ours = |kind: &str| {
        let list = kubectl.json(&["get", kind]).unwrap();
        let items = list["items"].as_array().unwrap().clone();
        let is_ours = |item: &Value| {
            item["metadata"]["name"]
                .as_str()
                .unwrap()
                .starts_with(&format!("{flow}-"))
        };
        items.into_iter().filter(is_ours).collect::<Vec<Value>>()
    };
    let jobs = ours("jobs");
    assert_eq!(jobs.len(), STEPS.len());
    assert_eq!(ours("pods").len(), STEPS.len(), "each step of '{flow}' ran once");
    let time = |step: &str, field: &str| {
        let name = json!(format!("{flow}-{step}"));
        let job = jobs.iter().find(|job| job["metadata"]["name"] == name).unwrap();
        job.pointer(field).unwrap().as_str().unwrap().to_owned()
    };
    for (step, dependencies) in STEPS {
        for dependency in dependencies {
            let (end, start) = (
                time(dependency, "/status/completionTime"),
                time(step, "/metadata/creationTimestamp"),
            );
            assert!(
                end <= start,
                "'{dependency}' ended at {end}, '{step}' was made at {start}"
            );
        }
    }
    let events = kubectl.json(&["get", "events.events.k8s.io"]).unwrap();
    // An earlier object of the name had events of its own.
    let of_flow = |event: &&Value| event["regarding"]["uid"] == object["metadata"]["uid"];
    let mut told = BTreeMap::<String, usize>::new();
    for event in events["items"].as_array().unwrap().iter().filter(of_flow) {
        assert_ne!(event["reason"], "JobRecreated", "{event}");
        *told
            .entry(format!("{}: {}", event["reason"], event["note"]))
            .or_default() += 1;
    }
    let repeated: Vec<_> = told.iter().filter(|(_, times)| **times > 1).collect();
    assert!(repeated.is_empty(), "{repeated:?}");
}

/// In each of its lives an operator gets one or two writes through, and is killed before it hears of the last. Two, since
/// the first of a life often repeats a status, to learn that what it knows is current (see `engine::Plan`).
#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn an_operator_that_is_killed_after_every_write_or_two_does_every_step_once() {
    let _alone = lock(&ALONE);
    let namespace = admitted("killed", &[diamond("f")]);
    let folder = TempDir::new().unwrap();
    let left = Arc::new(Mutex::new(0_usize));
    let judged = Arc::clone(&left);
    let proxy = Proxy::start(&Cluster::shared().unwrap(), folder.path(), move |request| {
        let mut left = lock(&judged);
        match (*left, request.is_write()) {
            (0, _) => Fate::Ignored,
            (_, false) => Fate::Pass,
            (1, true) => {
                *left = 0;
                Fate::AnswerWithheld
            }
            (_, true) => {
                *left -= 1;
                Fate::Pass
            }
        }
    });
    let mut lives = 0;
    while !has_succeeded(&namespace, "f") {
        lives += 1;
        assert!(lives < 60, "a flow of four steps needs no {lives} lives");
        *lock(&left) = 1 + lives % 2;
        let operator = operator(&proxy);
        until("the last write", Deadline::after(Duration::from_secs(60)), || {
            anyhow::ensure!(*lock(&left) == 0, "it has writes left");
            Ok(())
        })
        .unwrap();
        // The API server has it before the operator goes.
        std::thread::sleep(Duration::from_millis(300));
        operator.kill();
    }
    println!("four steps were done in {lives} lives of a write or two each");
    assert!(lives > STEPS.len(), "{lives}: more is written than the Jobs");
    assert_exact(&namespace, "f");
}

const FLOWS: [&str; 5] = ["f1", "f2", "f3", "f4", "f5"];

/// Of the writes every second goes wrong, of the other requests every fifth, and no watch lasts.
fn mischief() -> impl FnMut(&Seen) -> Fate + Send {
    let (mut writes, mut reads, mut watches) = (0_usize, 0_usize, 0_usize);
    let bad = [
        Fate::Refused(500),
        Fate::Refused(409),
        Fate::AnswerLost,
        Fate::Refused(429),
        Fate::Late(Duration::from_millis(700)),
    ];
    move |request| {
        let (count, each) = match (request.is_watch, request.is_write()) {
            (true, _) => {
                watches += 1;
                return match watches % 4 {
                    0 => Fate::Expired,
                    _ => Fate::CutAfter(Duration::from_millis(900)),
                };
            }
            (false, true) => (&mut writes, 2),
            (false, false) => (&mut reads, 5),
        };
        *count += 1;
        if *count % each == 0 {
            bad[(*count / each) % bad.len()]
        } else {
            Fate::Pass
        }
    }
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn failing_slow_and_breaking_requests_delay_flows_and_change_nothing_else() {
    let _alone = lock(&ALONE);
    let mut flows = FLOWS.map(diamond).to_vec();
    let long = [step("a", &[], 600), step("b", &["a"], 1)];
    flows.push(flow("late", &json!({"activeDeadlineSeconds": 5, "flows": long})));
    let short = [step("a", &[], 1)];
    flows.push(flow("brief", &json!({"ttlSecondsAfterFinished": 2, "flows": short})));
    let namespace = admitted("mischief", &flows);
    let folder = TempDir::new().unwrap();
    let fates = Arc::new(Mutex::new(BTreeMap::<String, usize>::new()));
    let (noted, mut judge) = (Arc::clone(&fates), mischief());
    let proxy = Proxy::start(&Cluster::shared().unwrap(), folder.path(), move |request| {
        let fate = judge(request);
        *lock(&noted).entry(format!("{fate:?}")).or_default() += 1;
        fate
    });
    let operator = operator(&proxy);
    until(
        "all flows to succeed",
        Deadline::after(Duration::from_secs(180)),
        || {
            let open: Vec<_> = FLOWS
                .into_iter()
                .filter(|flow| !has_succeeded(&namespace, flow))
                .collect();
            anyhow::ensure!(open.is_empty(), "{open:?}");
            Ok(())
        },
    )
    .unwrap();
    for flow in FLOWS {
        assert_exact(&namespace, flow);
    }
    // What stops Jobs, and what deletes objects, is as stubborn.
    let stopped = |flow: &Value| (flow["status"]["state"] == "Failed").then(|| flow["status"].clone());
    let limit = Deadline::after(Duration::from_secs(120));
    let late = namespace.wait_for("jobflows", "late", limit, stopped).unwrap();
    assert_eq!(late["flows"][0]["reason"], "DeadlineExceeded", "{late}");
    until(
        "what has ended to be gone",
        Deadline::after(Duration::from_secs(60)),
        || {
            let names = ["get", "jobs,jobflows", "-o", "name"];
            let left = namespace.kubectl().run(&names)?.success()?;
            anyhow::ensure!(!left.contains("late-a") && !left.contains("brief"), "{left}");
            Ok(())
        },
    )
    .unwrap();
    let fates = lock(&fates).clone();
    println!("what became of the requests: {fates:?}");
    assert_eq!(fates.len(), 8, "each kind of mischief was done: {fates:?}");
    assert!(operator.is_alive());
}

/// An operator that admits, and has nothing between itself and the API server.
fn unhindered_operator() -> Operator {
    let options = OperatorOptions::from_environment().unwrap();
    Cluster::shared().unwrap().start_operator(&options).unwrap()
}

/// etcd goes for longer than any request waits, and comes back with what it had written.
#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn flows_go_on_where_they_were_when_etcd_was_away() {
    const AWAY: Duration = Duration::from_secs(8);
    const STEP_SECONDS: u32 = 4;
    let _alone = lock(&ALONE);
    let cluster = Cluster::shared().unwrap();
    let namespace = cluster.namespace("etcd").unwrap();
    let operator = unhindered_operator();
    for flow in FLOWS {
        namespace.apply(&diamond_of(flow, STEP_SECONDS).to_string()).unwrap();
    }
    let limit = Deadline::after(Duration::from_secs(60));
    let has_begun = |job: &Value| job["metadata"]["uid"].as_str().map(str::to_owned);
    let first = namespace.wait_for("jobs", "f5-a", limit, has_begun).unwrap();
    let etcd = cluster.kill("etcd").unwrap();
    std::thread::sleep(AWAY);
    cluster.start_again(&etcd).unwrap();
    until(
        "all flows to succeed",
        Deadline::after(Duration::from_secs(120)),
        || {
            let open = FLOWS.iter().filter(|flow| {
                let found = namespace.kubectl().json(&["get", "jobflow", flow]);
                found.is_ok_and(|flow| flow["status"]["state"] != "Succeed")
            });
            let open: Vec<_> = open.collect();
            anyhow::ensure!(open.is_empty(), "{open:?}");
            Ok(())
        },
    )
    .unwrap();
    for flow in FLOWS {
        assert_exact(&namespace, flow);
    }
    let job = namespace.kubectl().json(&["get", "job", "f5-a"]).unwrap();
    assert_eq!(job["metadata"]["uid"], json!(first), "what was made before is there");
    assert!(operator.is_alive());
}

/// The old object is gone, its Job is still there, held by somebody's finalizer: the new object waits for the name, says so,
/// and takes nothing of the old Job for its own.
#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn an_object_that_is_made_anew_waits_for_the_jobs_of_the_old_one_to_end() {
    let _alone = lock(&ALONE);
    let namespace = Cluster::shared().unwrap().namespace("anew").unwrap();
    let kubectl = namespace.kubectl();
    let _operator = unhindered_operator();
    namespace.apply(&diamond("f").to_string()).unwrap();
    let limit = || Deadline::after(Duration::from_secs(60));
    let exists = |job: &Value| job["metadata"]["uid"].as_str().map(str::to_owned);
    let old = namespace.wait_for("jobs", "f-a", limit(), exists).unwrap();
    let hold = r#"{"metadata": {"finalizers": ["example.com/hold"]}}"#;
    let patch = |patch| {
        let output = kubectl.run(&["patch", "job", "f-a", "--type", "merge", "-p", patch]);
        output.unwrap().success().unwrap();
    };
    patch(hold);
    kubectl.run(&["delete", "jobflow", "f"]).unwrap().success().unwrap();
    namespace.apply(&diamond("f").to_string()).unwrap();
    let waits = |flow: &Value| {
        // Until the garbage collector has come by, it is only a Job that is not ours.
        let message = flow["status"]["message"].as_str()?.to_owned();
        message.contains("deleted").then_some(message)
    };
    let message = namespace.wait_for("jobflows", "f", limit(), waits).unwrap();
    assert_eq!(
        message,
        "flow 'a' waits: the job 'f-a', which is not ours, is being deleted"
    );
    let still_there = kubectl.json(&["get", "job", "f-a"]).unwrap();
    assert_eq!(still_there["metadata"]["uid"], json!(old));
    patch(r#"{"metadata": {"finalizers": null}}"#);
    until("the flow to succeed", Deadline::after(Duration::from_secs(120)), || {
        anyhow::ensure!(has_succeeded(&namespace, "f"), "not yet");
        Ok(())
    })
    .unwrap();
    assert_exact(&namespace, "f");
    let new = kubectl.json(&["get", "job", "f-a"]).unwrap();
    assert_ne!(new["metadata"]["uid"], json!(old));
}

/// The status is written before a Job is made, and what was planned from an outdated object is not carried out.
#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn no_job_is_made_unless_the_status_that_tells_of_it_was_written() {
    const CONFLICTS: usize = 3;
    let _alone = lock(&ALONE);
    let namespace = admitted("outdated", &[diamond("f")]);
    let folder = TempDir::new().unwrap();
    let writes = Arc::new(Mutex::new(Vec::<(String, Fate)>::new()));
    let noted = Arc::clone(&writes);
    let prefix = format!("/namespaces/{}/", namespace.name());
    let proxy = Proxy::start(&Cluster::shared().unwrap(), folder.path(), move |request| {
        let Some((_, what)) = request.path.split_once(&prefix).filter(|_| request.is_write()) else {
            return Fate::Pass;
        };
        let mut writes = lock(&noted);
        let refused = writes.iter().filter(|(_, fate)| *fate == Fate::Refused(409)).count();
        let fate = match what {
            "jobflows/f/status" if refused < CONFLICTS => Fate::Refused(409),
            _ => Fate::Pass,
        };
        writes.push((format!("{} {what}", request.method), fate));
        fate
    });
    let _operator = operator(&proxy);
    until("the flow to succeed", Deadline::after(Duration::from_secs(120)), || {
        anyhow::ensure!(has_succeeded(&namespace, "f"), "not yet");
        Ok(())
    })
    .unwrap();
    assert_exact(&namespace, "f");
    let writes = lock(&writes);
    let first_job = writes.iter().position(|(what, _)| what == "POST jobs").unwrap();
    let status = |fate| ("PUT jobflows/f/status".to_owned(), fate);
    let mut expected = vec![status(Fate::Refused(409)); CONFLICTS];
    expected.push(status(Fate::Pass));
    assert_eq!(writes[..first_job], expected);
}
