//! The manifests of `examples/`, as they are, with the result that they promise.

use std::fs;
use std::time::Duration;

use serde_json::Value;
use test_cluster::{Chart, Namespace};

use crate::{ended_within, log, namespace};

/// Applies the examples with all of their sleeping, which takes minutes.
const UNCHANGED: &str = "JOBFLOW_EXAMPLES_UNCHANGED";

/// One of them sleeps for 210 s in a row.
const UNCHANGED_LIMIT: Duration = Duration::from_secs(400);

/// An example, and what it comes to.
struct Example {
    file: &'static str,
    /// What must be there first.
    given: Option<&'static str>,
    object: (&'static str, &'static str),
    /// Where the status says so, and what.
    result: (&'static str, &'static str),
    /// What the containers of Jobs print.
    logs: &'static [(&'static str, &'static str)],
}

const SUCCEED: (&str, &str) = ("/status/state", "Succeed");

/// What the claim of the example is bound to: this cluster has no storage of its own.
const VOLUME: &str = "apiVersion: v1
kind: PersistentVolume
metadata: {name: '@'}
spec:
  accessModes: [ReadWriteOnce]
  capacity: {storage: 1Gi}
  hostPath: {path: '/var/lib/shared/@', type: DirectoryOrCreate}
  persistentVolumeReclaimPolicy: Retain
  claimRef: {namespace: '@', name: pipeline-data}
";

const EXAMPLES: [Example; 10] = [
    Example {
        file: "jobflow/five-jobs.yaml",
        given: None,
        object: ("jobflow", "jobflow-example"),
        result: ("/status/progress", "5/5"),
        logs: &[],
    },
    Example {
        file: "jobflow/same-node.yaml",
        given: None,
        object: ("jobflow", "same-node"),
        result: SUCCEED,
        logs: &[
            ("same-node-first", "on node-1\n"),
            ("same-node-second", "on node-1\n"),
            ("same-node-third", "on node-1\n"),
        ],
    },
    Example {
        file: "jobflow/shared-volume.yaml",
        given: None,
        object: ("jobflow", "shared-volume"),
        result: SUCCEED,
        logs: &[("shared-volume-report", "10 words in 3 lines\n")],
    },
    Example {
        file: "jobflow/two-templates.yaml",
        given: None,
        object: ("jobflow", "two-templates"),
        result: SUCCEED,
        logs: &[
            ("two-templates-job1", "first: bar\n"),
            ("two-templates-job2", "second: pasa\n"),
        ],
    },
    Example {
        file: "jobflow/failing.yaml",
        given: None,
        object: ("jobflow", "failing"),
        result: (
            "/status/message",
            "flow 'job2-error-container' failed: BackoffLimitExceeded: Error: container 'main' ended with exit code 1",
        ),
        logs: &[("failing-job2-error-container", "cannot go on\n"), ("failing-job4", "")],
    },
    Example {
        file: "daemonjob/example.yaml",
        given: None,
        object: ("daemonjob", "daemonjob-example"),
        result: ("/status/done", "1/1"),
        logs: &[("daemonjob-example-node-1", "")],
    },
    Example {
        file: "sequentialjob/volume.yaml",
        given: Some(VOLUME),
        object: ("sequentialjob", "volume"),
        result: ("/status/conditions/0/type", "Available"),
        logs: &[("volume-2", "postgres://example: RAW\n")],
    },
    Example {
        file: "sequentialjob/settings.yaml",
        given: None,
        object: ("sequentialjob", "settings"),
        result: ("/status/conditions/0/type", "Available"),
        logs: &[("settings-0", "a password of 6 letters, {\"level\": 3}\n")],
    },
    Example {
        file: "managedjob/groups.yaml",
        given: None,
        object: ("managedjob", "groups"),
        result: ("/status/state", "succeeded"),
        logs: &[
            ("groups-first-group-first-job", "paz bee bar pasa\n"),
            ("groups-third-group-fifth-job", "Hello world!\n"),
        ],
    },
    Example {
        file: "managedjob/config-map.yaml",
        given: None,
        object: ("managedjob", "config-map"),
        result: ("/status/state", "succeeded"),
        logs: &[("config-map-only-group-only-job", "bar, from the map, from the map\n")],
    },
];

fn manifest(example: &Example) -> String {
    let path = Chart::folder().join("../../examples").join(example.file);
    let text = fs::read_to_string(path).unwrap();
    if std::env::var_os(UNCHANGED).is_some() {
        return text;
    }
    text.replace("sleep 100s", "sleep 1").replace("sleep 10s", "sleep 1")
}

fn apply(example: &Example, namespace: &Namespace) {
    if let Some(given) = example.given {
        namespace.apply(&given.replace('@', namespace.name())).unwrap();
    }
    namespace.apply(&manifest(example)).unwrap();
}

/// What is not as promised; empty if all is.
fn faults(example: &Example, namespace: &Namespace) -> Vec<String> {
    let (kind, name) = example.object;
    let (path, expected) = example.result;
    let object = ended_within(UNCHANGED_LIMIT, namespace, kind, name);
    let mut faults = Vec::new();
    if object.pointer(path).and_then(Value::as_str) != Some(expected) {
        faults.push(format!(
            "{}: {path} is not {expected}: {}",
            example.file, object["status"]
        ));
    }
    for (job, expected) in example.logs {
        let printed = log(namespace, job);
        if printed != *expected {
            faults.push(format!("{}: {job} printed {printed:?}", example.file));
        }
    }
    faults
}

/// Each in a namespace of its own, all at once.
#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn every_example_gives_the_result_that_it_promises() {
    let places = EXAMPLES.map(|example| (namespace("example"), example));
    for (namespace, example) in &places {
        apply(example, namespace);
    }
    let faults: Vec<String> = places
        .iter()
        .flat_map(|(namespace, example)| faults(example, namespace))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whoever adds an example adds what it comes to, or says here why it cannot run on the node of the tests.
#[test]
fn no_example_is_forgotten() {
    let elsewhere = [
        "broken/everything-wrong.yaml",
        // In the demo, and in the tests of bounds.
        "jobflow/by-template.yaml",
        "jobflow/clean-up.yaml",
        // Their images and their volume driver are nowhere.
        "managedjob/params.yaml",
        "managedjob/sample.yaml",
        "sequentialjob/data-processing-pipeline.yaml",
        // The tutorial, which has a test of its own.
        "tutorial/diamond.yaml",
        "tutorial/failing.yaml",
        "tutorial/mended.yaml",
    ];
    let folder = Chart::folder().join("../../examples");
    for kind in fs::read_dir(&folder).unwrap().flatten() {
        for file in fs::read_dir(kind.path()).unwrap().flatten() {
            let name = format!("{}/{}", kind.file_name().display(), file.file_name().display());
            let is_known = EXAMPLES.iter().any(|example| example.file == name) || elsewhere.contains(&name.as_str());
            assert!(is_known, "{name}");
        }
    }
}
