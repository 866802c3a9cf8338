//! What the tests share: the operator, flows, and the program with what it left behind.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};
use test_cluster::{Cluster, Deadline, Namespace, OPERATOR_PROGRAM, Operator, OperatorOptions};

static OPERATOR: OnceLock<Operator> = OnceLock::new();

/// A namespace of a test's own, with the operator at work.
pub fn arena(label: &str) -> Namespace {
    OPERATOR.get_or_init(|| {
        let options = OperatorOptions::from_environment().unwrap();
        Cluster::shared().unwrap().start_operator(&options).unwrap()
    });
    Cluster::shared().unwrap().namespace(label).unwrap()
}

pub fn program() -> PathBuf {
    PathBuf::from(std::env::var_os(OPERATOR_PROGRAM).expect("`cargo xtask test` sets it"))
}

/// What the program left behind.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Told {
    /// All of it as one text, with what differs from run to run replaced.
    pub fn masked(&self, namespace: &Namespace) -> String {
        let pods = pods(namespace);
        let text = format!("{}{}", self.stdout, self.stderr);
        let text: String = text.lines().map(|line| masked(line, namespace.name(), &pods)).collect();
        format!("{text}exit {}\n", self.status)
    }
}

/// Starts the program in a namespace.
pub fn start(namespace: &Namespace, args: &[&str]) -> Child {
    let mut command = Command::new(program());
    command
        .env("KUBECONFIG", Cluster::shared().unwrap().kubeconfig())
        .args(args)
        .args(["-n", namespace.name()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits for its end.
pub fn ended(child: Child) -> Told {
    let output = child.wait_with_output().unwrap();
    Told {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs the program in a namespace.
pub fn jobflow(namespace: &Namespace, args: &[&str]) -> Told {
    ended(start(namespace, args))
}

/// Runs it on a terminal of its own, whose output comes with the ends of lines that a terminal has.
pub fn on_terminal(namespace: &Namespace, args: &[&str]) -> Told {
    let line = format!(
        "stty rows 30 cols 200; exec {} {} -n {}",
        program().display(),
        args.join(" "),
        namespace.name()
    );
    let mut command = Command::new("script");
    command
        .env("KUBECONFIG", Cluster::shared().unwrap().kubeconfig())
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    ended(command.spawn().unwrap())
}

/// Runs it with a manifest on standard input.
pub fn fed(namespace: &Namespace, args: &[&str], manifest: &str) -> Told {
    let mut child = start(namespace, args);
    child.stdin.take().unwrap().write_all(manifest.as_bytes()).unwrap();
    ended(child)
}

/// From the names of pods to those of their Jobs.
fn pods(namespace: &Namespace) -> HashMap<String, String> {
    let pods = namespace.kubectl().json(&["get", "pods"]).unwrap();
    let job = |pod: &Value| {
        let name = pod["metadata"]["name"].as_str()?;
        Some((
            name.to_owned(),
            pod["metadata"]["labels"]["batch.kubernetes.io/job-name"]
                .as_str()?
                .to_owned(),
        ))
    };
    pods["items"].as_array().unwrap().iter().filter_map(job).collect()
}

/// A line with one mark for each span of time, pod and other text that differs from run to run, and columns three spaces
/// apart, whose width depends on them.
fn masked(line: &str, namespace: &str, pods: &HashMap<String, String>) -> String {
    let indent: String = line.chars().take_while(|letter| " │├└─".contains(*letter)).collect();
    let rest = &line[indent.len()..];
    let word = |word: &str| {
        let bare = word.trim_end_matches(&[':', ';', ','][..]);
        let tail = &word[bare.len()..];
        let is_span = bare.len() > 1
            && bare.starts_with(|first: char| first.is_ascii_digit())
            && bare.ends_with(['s', 'm', 'h'])
            && bare
                .chars()
                .all(|letter| letter.is_ascii_digit() || "smh".contains(letter));
        let is_time = bare.len() == 20 && bare.ends_with('Z') && bare.contains('T');
        match pods.get(bare) {
            Some(job) => format!("<pod of {job}>{tail}"),
            None if is_span => format!("<span>{tail}"),
            None if is_time => format!("<time>{tail}"),
            None => word.replace(namespace, "<namespace>"),
        }
    };
    let cells = rest.split("   ").filter(|cell| !cell.is_empty());
    let cells = cells.map(|cell| cell.trim().split(' ').map(word).collect::<Vec<_>>().join(" "));
    format!("{indent}{}\n", cells.collect::<Vec<_>>().join("   "))
}

pub fn limit() -> Deadline {
    Deadline::after(Duration::from_secs(60))
}

/// A flow whose pod runs as these annotations ask.
pub fn flow(name: &str, dependencies: &[&str], annotations: &Value) -> Value {
    let pod = json!({"containers": [{"name": "main", "image": "busybox:1.28"}]});
    let template = json!({"template": {"metadata": {"annotations": annotations}, "spec": pod}});
    json!({"name": name, "dependencies": dependencies, "jobTemplate": template})
}

/// A flow that succeeds after a second.
pub fn good(name: &str, dependencies: &[&str]) -> Value {
    flow(name, dependencies, &json!({"jobflow.test/duration-seconds": "1"}))
}

/// A flow that fails after a second.
pub fn bad(name: &str, dependencies: &[&str]) -> Value {
    flow(
        name,
        dependencies,
        &json!({"jobflow.test/duration-seconds": "1", "jobflow.test/exit-code": "3"}),
    )
}

/// A flow that does not end by itself.
pub fn endless(name: &str, dependencies: &[&str]) -> Value {
    flow(name, dependencies, &json!({"jobflow.test/duration-seconds": "600"}))
}

/// A JobFlow of this metadata.
pub fn job_flow(metadata: &Value, flows: &[Value]) -> String {
    json!({
        "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": metadata, "spec": {"flows": flows},
    })
    .to_string()
}

/// Applies a JobFlow of this name.
pub fn apply(namespace: &Namespace, name: &str, flows: &[Value]) {
    namespace.apply(&job_flow(&json!({"name": name}), flows)).unwrap();
}

/// Waits until the state of a JobFlow is this.
pub fn wait_for_state(namespace: &Namespace, name: &str, state: &str) {
    let reached = |object: &Value| (object["status"]["state"] == state).then_some(());
    namespace.wait_for("jobflow", name, limit(), reached).unwrap();
}

/// Waits until there is neither an object of jobflow nor a Job.
pub fn wait_until_nothing_is_left(namespace: &Namespace) {
    test_cluster::until("nothing is left", limit(), || {
        let left = namespace
            .kubectl()
            .json(&["get", "jobflows,managedjobs,sequentialjobs,daemonjobs,jobs"])?;
        anyhow::ensure!(left["items"] == json!([]), "there is {}", left["items"]);
        Ok(())
    })
    .unwrap();
}

/// Waits until there is an event of this reason.
pub fn wait_for_event(namespace: &Namespace, reason: &str) {
    test_cluster::until(&format!("an event '{reason}'"), limit(), || {
        let selector = format!("--field-selector=reason={reason}");
        let events = namespace.kubectl().json(&["get", "events", &selector])?;
        anyhow::ensure!(events["items"] != json!([]), "there is none");
        Ok(())
    })
    .unwrap();
}
