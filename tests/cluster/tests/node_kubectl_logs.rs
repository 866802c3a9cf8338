//! `jobflow logs` with real containers: whose lines it prints, in which order, and when it ends.

#![expect(
    clippy::unwrap_used,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

use std::io::Write as _;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use test_cluster::{Chart, Cluster, Namespace, OPERATOR_PROGRAM};

/// A namespace of the cluster with a real node, where the chart is installed.
fn namespace(label: &str) -> Namespace {
    let cluster = Cluster::shared_node().unwrap();
    Chart::installed(&cluster).unwrap();
    cluster.namespace(label).unwrap()
}

fn start(namespace: &Namespace, args: &[&str]) -> Child {
    let program = std::env::var_os(OPERATOR_PROGRAM).expect("`cargo xtask test` sets it");
    let mut command = Command::new(program);
    command
        .env("KUBECONFIG", Cluster::shared_node().unwrap().kubeconfig())
        .args(args)
        .args(["-n", namespace.name()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Its exit status, and what it printed to both streams.
fn ended(child: Child) -> (i32, String, String) {
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn jobflow(namespace: &Namespace, args: &[&str]) -> (i32, String, String) {
    ended(start(namespace, args))
}

/// A flow of containers, each with a shell script.
fn flow(name: &str, dependencies: &[&str], scripts: &[(&str, &str)]) -> Value {
    let container =
        |(name, script): &(&str, &str)| json!({"name": name, "image": "busybox:1.28", "command": ["sh", "-c", script]});
    let containers: Vec<Value> = scripts.iter().map(container).collect();
    json!({"name": name, "dependencies": dependencies, "jobTemplate": {"template": {"spec": {"containers": containers}}}})
}

fn job_flow(flows: &[Value]) -> String {
    json!({
        "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": "demo"}, "spec": {"flows": flows},
    })
    .to_string()
}

/// Two steps that print slowly, the second after the first, and one that fails.
fn demo() -> String {
    job_flow(&[
        flow("train", &["fetch"], &[("main", "echo begin; sleep 1; printf end")]),
        flow(
            "fetch",
            &[],
            &[
                ("main", "echo one; sleep 1; echo two"),
                ("side", "sleep 1; echo aside >&2"),
            ],
        ),
        flow("check", &["train"], &[("main", "echo no rows; exit 3")]),
    ])
}

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn a_flow_is_followed_from_its_creation_and_its_end_is_the_exit_status() {
    let namespace = namespace("logs");
    let mut child = start(
        &namespace,
        &["create", "-f", "-", "--wait", "--logs", "--timeout", "110s"],
    );
    child.stdin.take().unwrap().write_all(demo().as_bytes()).unwrap();
    let (status, stdout, stderr) = ended(child);
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines.first(), Some(&"jobflow/demo created"), "{stdout}{stderr}");
    // Containers of one pod run at once: their lines come as they are printed.
    let mut of_fetch = lines.get(1..4).unwrap().to_vec();
    of_fetch.sort_unstable();
    assert_eq!(of_fetch, ["[fetch/main] one", "[fetch/main] two", "[fetch/side] aside"]);
    assert_eq!(
        lines.get(4..).unwrap(),
        ["[train] begin", "[train] end", "[check] no rows"],
        "{stdout}"
    );
    assert_eq!(
        stderr,
        "error: jobflow/demo has failed: flow 'check' failed: BackoffLimitExceeded: Error: container 'main' ended with exit \
         code 3\n"
    );
    assert_eq!(status, 1);

    let held = "[fetch/main] one\n[fetch/main] two\n[fetch/side] aside\n[train] begin\n[train] end\n[check] no rows\n";
    let logs = |args: &[&str]| jobflow(&namespace, &[&["logs"], args].concat());
    assert_eq!(
        logs(&["demo"]),
        (0, held.to_owned(), String::new()),
        "in the order of the graph"
    );
    assert_eq!(
        logs(&["demo", "-f", "--step", "check"]).1,
        "[check] no rows\n",
        "of what has ended, too"
    );
    assert_eq!(logs(&["--last", "--failed"]).1, "[check] no rows\n");
    assert_eq!(
        logs(&["demo", "--step", "fetch", "-c", "main", "--tail", "1"]).1,
        "[fetch/main] two\n"
    );
    assert_eq!(logs(&["demo", "--flow", "train", "--prefix", "none"]).1, "begin\nend\n");
    let pod = logs(&["demo", "--step", "train", "--prefix", "pod", "--tail", "1"]).1;
    assert!(
        pod.starts_with("[train demo-train-") && pod.ends_with("/main] end\n"),
        "{pod}"
    );
    let timed = logs(&["demo", "--step", "check", "--timestamps"]).1;
    let time = timed
        .strip_prefix("[check] ")
        .and_then(|line| line.strip_suffix(" no rows\n"))
        .unwrap();
    assert!(time.starts_with("20") && time.ends_with('Z'), "{timed}");
    let (status, _, stderr) = logs(&["demo", "--step", "x"]);
    assert_eq!(
        (status, stderr.as_str()),
        (
            2,
            "error: jobflow/demo has no flow 'x': there are 'fetch', 'train', 'check'\n"
        )
    );
}

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn a_flow_that_waits_is_followed_too_and_its_pods_are_picked_up() {
    let namespace = namespace("late");
    let manifest =
        job_flow(&[flow("a", &[], &[("main", "echo late")])]).replace("\"flows\"", "\"suspend\":true,\"flows\"");
    namespace.apply(&manifest).unwrap();
    let (status, stdout, stderr) = jobflow(&namespace, &["logs", "demo"]);
    assert_eq!(
        (status, stdout.as_str(), stderr.as_str()),
        (
            0,
            "",
            "no container of jobflow/demo that is asked for has started; -f waits for them\n"
        )
    );
    let follows = start(&namespace, &["logs", "demo", "-f"]);
    let (status, ..) = jobflow(&namespace, &["wait", "demo", "--for=suspended", "--timeout", "60s"]);
    assert_eq!(status, 0);
    let (status, stdout, stderr) = jobflow(&namespace, &["resume", "demo"]);
    assert_eq!((status, stdout.as_str()), (0, "jobflow/demo resumed\n"), "{stderr}");
    assert_eq!(ended(follows), (0, "[a] late\n".to_owned(), String::new()));
    let (status, stdout, _) = jobflow(&namespace, &["watch", "demo"]);
    assert_eq!(status, 0, "{stdout}");
}

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn a_flow_that_is_deleted_after_its_end_was_followed_to_it() {
    let namespace = namespace("ttl");
    let manifest = job_flow(&[flow("a", &[], &[("main", "echo short; sleep 2")])])
        .replace("\"flows\"", "\"ttlSecondsAfterFinished\":0,\"flows\"");
    let mut child = start(&namespace, &["create", "-f", "-", "--logs", "--timeout", "110s"]);
    child.stdin.take().unwrap().write_all(manifest.as_bytes()).unwrap();
    let (status, stdout, stderr) = ended(child);
    assert_eq!((status, stderr.as_str()), (0, ""), "{stdout}");
    assert!(
        stdout.starts_with("jobflow/demo created\n[a] short\njobflow/demo "),
        "{stdout}"
    );
}

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn the_lines_of_every_kind_have_the_names_of_its_steps() {
    let namespace = namespace("kinds");
    let container = |name: &str| json!({"name": name, "image": "busybox:1.28", "command": ["echo", name]});
    let sequence = json!({
        "apiVersion": "batch.example.com/v1alpha1", "kind": "SequentialJob", "metadata": {"name": "s"},
        "spec": {"containers": [container("first"), container("second")]},
    });
    let managed = json!({
        "apiVersion": "jobsmanager.raczylo.com/v1beta1", "kind": "ManagedJob", "metadata": {"name": "m"},
        "spec": {"groups": [{"name": "g", "jobs": [container("a"), container("b")]}]},
    });
    let daemon = json!({
        "apiVersion": "api.practice.com/v1alpha1", "kind": "DaemonJob", "metadata": {"name": "d"},
        "spec": {"template": {"spec": {"containers": [container("main")]}}},
    });
    for object in [&sequence, &managed, &daemon] {
        namespace.apply(&object.to_string()).unwrap();
    }
    let followed = |name: &str| {
        let (status, stdout, stderr) = jobflow(&namespace, &["logs", "-f", name]);
        assert_eq!((status, stderr.as_str()), (0, ""), "{stdout}");
        stdout
    };
    assert_eq!(followed("s"), "[first] first\n[second] second\n");
    assert_eq!(followed("m"), "[g/a] a\n[g/b] b\n");
    assert_eq!(followed("d"), "[node-1] main\n");
}
