//! What authors of flows see with real containers, on an operator that was installed by the chart.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

mod command_line;
mod containers;
mod examples;
mod failures;
mod kinds;
mod namespaces;
mod times;

use std::time::Duration;

use serde_json::Value;
use test_cluster::{Chart, Cluster, Deadline, Namespace};

/// How long a handful of small containers may take on a machine that does other things too.
const LIMIT: Duration = Duration::from_secs(120);

/// A namespace of the cluster with a real node, where the chart is installed.
fn namespace(label: &str) -> Namespace {
    let cluster = Cluster::shared_node().unwrap();
    Chart::installed(&cluster).unwrap();
    cluster.namespace(label).unwrap()
}

/// Waits until the object has ended, and returns it.
fn ended(namespace: &Namespace, kind: &str, name: &str) -> Value {
    ended_within(LIMIT, namespace, kind, name)
}

fn ended_within(limit: Duration, namespace: &Namespace, kind: &str, name: &str) -> Value {
    let is_over = |object: &Value| {
        let status = &object["status"];
        let word = ["state", "phase"]
            .iter()
            .find_map(|key| status[*key].as_str())
            .unwrap_or_default();
        ["succeed", "succeeded", "failed", "complete", "completed"]
            .contains(&word.to_lowercase().as_str())
            .then(|| object.clone())
    };
    namespace.wait_for(kind, name, Deadline::after(limit), is_over).unwrap()
}

/// What the container of a Job printed.
fn log(namespace: &Namespace, job: &str) -> String {
    let args = ["logs", &format!("job/{job}"), "--all-containers"];
    namespace.kubectl().run(&args).unwrap().success().unwrap()
}

/// A JobFlow of steps: name, dependencies, the lines of the container below its image.
fn job_flow(more_spec: &str, steps: &[(&str, &str, &str)]) -> String {
    let steps = steps.iter().map(|(name, dependencies, container)| {
        format!(
            "    - name: {name}
      dependencies: [{dependencies}]
{container}"
        )
    });
    format!(
        "apiVersion: api.practice.com/v1alpha1
kind: JobFlow
metadata: {{name: demo}}
spec:
{more_spec}  flows:
{}",
        steps.collect::<String>()
    )
}

/// The template of a step whose container runs this shell script.
fn script(text: &str) -> String {
    format!(
        "      jobTemplate: {{template: {{spec: {{containers: [{{name: main, image: 'busybox:1.28', command: [sh, -c, {}]}}]}}}}}}\n",
        serde_json::to_string(text).unwrap()
    )
}
