//! A cluster of three real nodes: what runs on all of them, and what happens when one is gone.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;
use test_cluster::watchdog::WatchdogCommand;
use test_cluster::{
    Chart, Cluster, ControllerLimits, Deadline, Form, INSTALL_FLAGS, Namespace, OPERATOR_IMAGE, Options, until,
};

const LIMIT: Duration = Duration::from_secs(120);

/// After this long without a heartbeat a node counts as lost: kubelets give one each ten seconds.
const GRACE_SECONDS: u32 = 40;

/// The cluster ends when the test drops it, and `cargo xtask cluster down` removes what a killed test has left.
fn start() -> Cluster {
    let idle = WatchdogCommand {
        program: PathBuf::from("sh"),
        args: vec!["-c".to_owned(), "cat > /dev/null".to_owned()],
    };
    let options = Options {
        name: "several-nodes".to_owned(),
        form: Form::Node,
        nodes: 3,
        controller_limits: ControllerLimits {
            node_grace_seconds: GRACE_SECONDS,
            ..ControllerLimits::default()
        },
        watchdog: idle,
    };
    let cluster = Cluster::start(&options).unwrap();
    let image = std::env::var_os(OPERATOR_IMAGE).expect("`cargo xtask test` names the image to test");
    cluster.load_image(&PathBuf::from(image)).unwrap();
    cluster
}

fn kubectl(cluster: &Cluster, line: &str) -> String {
    let args: Vec<&str> = line.split_whitespace().collect();
    cluster.kubectl().run(&args).unwrap().success().unwrap()
}

/// Nodes of the operator's pods.
fn replicas(cluster: &Cluster) -> Vec<String> {
    let pods = "--namespace jobflow-system get pods --selector app.kubernetes.io/name=jobflow-operator \
                --output jsonpath={.items[*].spec.nodeName}";
    kubectl(cluster, pods).split_whitespace().map(str::to_owned).collect()
}

fn daemon_job(name: &str, script: &str, more: &str) -> String {
    format!(
        "apiVersion: api.practice.com/v1alpha1
kind: DaemonJob
metadata: {{name: {name}}}
spec:
{more}  template:
    spec:
      containers:
        - name: main
          image: busybox:1.28
          env: [{{name: NODE, valueFrom: {{fieldRef: {{fieldPath: spec.nodeName}}}}}}]
          command: [sh, -c, {}]
",
        serde_json::to_string(script).unwrap()
    )
}

fn wait_for(namespace: &Namespace, name: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let found = |object: &Value| is_so(object).then(|| object.clone());
    let found = namespace.wait_for("daemonjob", name, Deadline::after(LIMIT), found);
    found.unwrap_or_else(|error| unreachable!("{what}: {error:#}"))
}

/// The row of a node in a status.
fn row<'a>(object: &'a Value, node: &str) -> &'a Value {
    let mut rows = object["status"]["nodes"].as_array().unwrap().iter();
    rows.find(|row| row["name"] == node).unwrap()
}

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn three_nodes_run_what_shall_run_on_all_and_one_may_be_lost() {
    let cluster = start();
    let chart = Chart::of(&cluster).unwrap();
    // Three replicas: one a node, and two are left when one is lost.
    let flags = ["--set", "certificates.mode=self-signed,replicas=3"];
    chart
        .run("install", &[INSTALL_FLAGS.as_slice(), &flags].concat())
        .unwrap();
    let spread: BTreeSet<String> = replicas(&cluster).into_iter().collect();
    assert_eq!(spread.len(), 3, "replicas are spread: {spread:?}");
    let namespace = cluster.namespace("several").unwrap();
    a_daemon_job_runs_on_each(&namespace);
    pods_of_different_nodes_reach_each_other(&namespace);
    one_node_is_lost(&cluster, &namespace);
    cluster.stop().unwrap();
}

fn a_daemon_job_runs_on_each(namespace: &Namespace) {
    namespace.apply(&daemon_job("each", "echo on $NODE", "")).unwrap();
    let ended = wait_for(namespace, "each", "it runs on all", |object| {
        object["status"]["state"] == "Succeed"
    });
    assert_eq!(ended["status"]["done"], "3/3", "{ended}");
    for node in ["node-1", "node-2", "node-3"] {
        let args = ["logs", &format!("job/each-{node}")];
        let log = namespace.kubectl().run(&args).unwrap().success().unwrap();
        assert_eq!(log, format!("on {node}\n"));
    }
}

/// A server on one node, and a client on each of the others.
fn pods_of_different_nodes_reach_each_other(namespace: &Namespace) {
    let server = r#"{"spec":{"nodeName":"node-2"}}"#;
    let script = "mkdir /tmp/www && echo reached > /tmp/www/index.html && httpd -f -p 8000 -h /tmp/www";
    let run = [
        "run",
        "server",
        "--image=busybox:1.28",
        "--overrides",
        server,
        "--",
        "sh",
        "-c",
        script,
    ];
    namespace.kubectl().run(&run).unwrap().success().unwrap();
    let ready = ["wait", "--for=condition=Ready", "pod/server", "--timeout=60s"];
    namespace.kubectl().run(&ready).unwrap().success().unwrap();
    let address = ["get", "pod", "server", "-o", "jsonpath={.status.podIP}"];
    let address = namespace.kubectl().run(&address).unwrap().success().unwrap();
    let script =
        format!("for try in 1 2 3 4 5; do wget -q -O - http://{address}:8000/ && exit 0; sleep 1; done; exit 1");
    namespace
        .apply(&daemon_job("clients", &script, "  excludeNodeList: node-2\n"))
        .unwrap();
    wait_for(namespace, "clients", "each client reaches the server", |object| {
        object["status"]["done"] == "2/2"
    });
}

fn one_node_is_lost(cluster: &Cluster, namespace: &Namespace) {
    let script = "[ $NODE = node-3 ] && sleep 1000; sleep 5";
    namespace.apply(&daemon_job("lost", script, "")).unwrap();
    let runs_there = |object: &Value| {
        let rows = object["status"]["nodes"].as_array();
        rows.is_some_and(|rows| {
            rows.iter()
                .any(|row| row["name"] == "node-3" && row["state"] == "Active")
        })
    };
    wait_for(namespace, "lost", "it runs on the node that will be lost", runs_there);
    cluster.lose_node(3).unwrap();
    let start = Instant::now();
    // Until the node counts as lost a Service may lead to its pod; then admission goes on by the other replicas.
    let told = wait_for(
        namespace,
        "lost",
        "the status tells that the node is not ready",
        |object| row(object, "node-3")["reason"] == "NodeNotReady",
    );
    eprintln!("a node without a kubelet counts as lost after {:.0?}", start.elapsed());
    assert_eq!(told["status"]["state"], "Running", "{told}");
    assert_eq!(row(&told, "node-1")["state"], "Succeeded", "{told}");
    until("only two replicas are endpoints", Deadline::after(LIMIT), || {
        let ready = "--namespace jobflow-system get deployment jobflow --output jsonpath={.status.readyReplicas}";
        anyhow::ensure!(kubectl(cluster, ready) == "2", "there are others");
        Ok(())
    })
    .unwrap();
    for number in 0..20 {
        namespace
            .apply(&daemon_job(&format!("after-{number}"), "true", "  suspend: true\n"))
            .unwrap();
    }
    kubectl(cluster, "delete node node-3");
    let ended = wait_for(namespace, "lost", "it ends without the node", |object| {
        object["status"]["state"] == "Succeed"
    });
    let lost = row(&ended, "node-3");
    assert_eq!(
        (&lost["state"], &lost["reason"]),
        (&"Skipped".into(), &"NodeGone".into()),
        "{ended}"
    );
    assert_eq!(ended["status"]["done"], "2/3", "{ended}");
}
