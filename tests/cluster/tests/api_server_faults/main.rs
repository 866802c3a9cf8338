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

fn diamond(name: &str) -> String {
    let step = |(name, dependencies): (&str, &[&str])| {
        let pod = json!({"containers": [{"name": "main", "image": "busybox:1.28"}]});
        json!({"name": name, "dependencies": dependencies, "jobTemplate": {"template": {"spec": pod}}})
    };
    let spec = json!({"flows": STEPS.map(step)});
    json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": name}, "spec": spec})
        .to_string()
}

/// An operator that reaches the API server through `proxy`; without one, directly and with the webhooks installed.
fn operator(proxy: Option<&Proxy>) -> Operator {
    let mut options = OperatorOptions::from_environment().unwrap();
    options.kubeconfig = proxy.map(Proxy::kubeconfig);
    options.install = proxy.is_none();
    Cluster::shared().unwrap().start_operator(&options).unwrap()
}

/// A namespace with flows that were admitted and that nobody has looked at yet.
fn admitted(label: &str, flows: &[&str]) -> Namespace {
    let namespace = Cluster::shared().unwrap().namespace(label).unwrap();
    let webhook = operator(None);
    // Suspended, so that whoever admits it does not begin it.
    for flow in flows {
        let mut manifest: Value = serde_json::from_str(&diamond(flow)).unwrap();
        manifest["spec"]["suspend"] = json!(true);
        namespace.apply(&manifest.to_string()).unwrap();
        let seen = |flow: &Value| (flow["status"]["state"] == "Suspended").then_some(());
        namespace
            .wait_for("jobflows", flow, Deadline::after(Duration::from_secs(30)), seen)
            .unwrap();
    }
    for flow in flows {
        let resume = [
            "patch",
            "jobflow",
            flow,
            "--type",
            "merge",
            "-p",
            r#"{"spec":{"suspend":false}}"#,
        ];
        namespace.kubectl().run(&resume).unwrap().success().unwrap();
    }
    webhook.kill();
    namespace
}

fn has_succeeded(namespace: &Namespace, flow: &str) -> bool {
    let flow = namespace.kubectl().json(&["get", "jobflow", flow]).unwrap();
    flow["status"]["state"] == "Succeed"
}

/// Every step has run in one pod of one Job, in order, and nothing was told twice.
fn assert_exact(namespace: &Namespace, flow: &str) {
    let kubectl = namespace.kubectl();
    let status = kubectl.json(&["get", "jobflow", flow]).unwrap()["status"].clone();
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
    let of_flow = |event: &&Value| event["regarding"]["name"] == flow;
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
    let namespace = admitted("killed", &["f"]);
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
        let operator = operator(Some(&proxy));
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
    let namespace = admitted("mischief", &FLOWS);
    let folder = TempDir::new().unwrap();
    let fates = Arc::new(Mutex::new(BTreeMap::<String, usize>::new()));
    let (noted, mut judge) = (Arc::clone(&fates), mischief());
    let proxy = Proxy::start(&Cluster::shared().unwrap(), folder.path(), move |request| {
        let fate = judge(request);
        *lock(&noted).entry(format!("{fate:?}")).or_default() += 1;
        fate
    });
    let operator = operator(Some(&proxy));
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
    let fates = lock(&fates).clone();
    println!("what became of the requests: {fates:?}");
    assert_eq!(fates.len(), 8, "each kind of mischief was done: {fates:?}");
    assert!(operator.is_alive());
}
