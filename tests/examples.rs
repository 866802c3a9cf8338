//! The examples are good: admission accepts each as it is written, and what it stores is normal.
//!
//! Those of DaemonJob, ManagedJob and SequentialJob are the manifests that the documents of the operators show that these kinds
//! come from (JobFlow's has more comments here): people have them, and they must apply unchanged.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking"
)]

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use jobflow_core::admission::{NoTemplates, Operation, Recognized, Review, mutate, recognize, validate};
use jobflow_core::{daemon_job, managed_job, sequential_job};
use serde_json::Value;

/// Examples that are not good, on purpose.
const BROKEN: &str = "broken";

#[test]
fn every_example_is_admitted_and_normalized_once() {
    let mut seen = 0;
    for path in examples() {
        for object in read(&path) {
            if object["apiVersion"] == "v1" {
                // What ours refer to, such as a ConfigMap.
                continue;
            }
            let Recognized::Ours(_) = recognize(&object) else {
                panic!("{} has an object that is not ours", path.display())
            };
            let (stored, _) = admitted(&object);
            let (again, _) = admitted(&stored);
            assert_eq!(stored, again, "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 6, "only {seen} examples were found");
}

#[test]
fn the_documented_daemon_job_runs_without_two_nodes() {
    let stored = check(
        "daemonjob/example.yaml",
        &expect![[r#"
            spec.template.spec.restartPolicy: "OnFailure" replaced by "Never" [XX401]
        "#]],
    );
    assert_eq!(stored["spec"]["excludeNodeList"], "node1,node2");
    let model = daemon_job::examine(&stored).model.unwrap();
    assert!(model.excluded().contains("node2"));
    assert_eq!(model.globals().env.len(), 2);
}

#[test]
fn the_documented_managed_job_has_the_documented_tree() {
    let stored = check("managedjob/sample.yaml", &expect![[""]]);
    let names: Vec<&str> = stored["spec"]["groups"][0]["jobs"][0]["compiledParams"]["env"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|variable| variable["name"].as_str())
        .collect();
    assert_eq!(names, ["FOO", "QUE", "FEE", "POO"]);
    assert_eq!(
        managed_job::tree(&stored).unwrap().to_string(),
        include_str!("cli/trees/sample.text")
    );
}

#[test]
fn every_documented_parameter_of_a_managed_job_is_accepted() {
    let stored = check(
        "managedjob/params.yaml",
        &expect![[r#"
            spec.params.annotations[this/works/aswell]: is left out of the Jobs: Kubernetes allows no more than one '/' in the key of an annotation [MJ512]
        "#]],
    );
    let model = managed_job::examine(&stored).model.unwrap();
    let pod = model.job_spec(0).unwrap().template.spec.unwrap();
    assert_eq!(pod.image_pull_secrets.as_ref().unwrap()[0].name, "ghcr-token");
    assert_eq!(pod.containers[0].image_pull_policy.as_deref(), Some("Always"));
    assert_eq!(pod.containers[0].env.as_ref().unwrap()[0].name, "key-name");
}

#[test]
fn the_documented_sequential_job_has_three_steps() {
    let stored = check("sequentialjob/data-processing-pipeline.yaml", &expect![[""]]);
    let model = sequential_job::examine(&stored).model.unwrap();
    let names: Vec<&str> = model
        .containers()
        .iter()
        .map(|container| container.name.as_str())
        .collect();
    assert_eq!(names, ["extract", "transform", "load"]);
}

/// The example as it is stored, once its warnings are as expected.
fn check(example: &str, warnings: &Expect) -> Value {
    let object = read(&folder().join(example)).remove(0);
    let (stored, text) = admitted(&object);
    warnings.assert_eq(&text);
    stored
}

/// What is stored of `object`, and the warnings.
fn admitted(object: &Value) -> (Value, String) {
    let Recognized::Ours(kind) = recognize(object) else {
        panic!("{object} is not ours")
    };
    let review = Review {
        kind,
        operation: Operation::Create,
        namespace: "default",
        object: Some(Cow::Borrowed(object)),
        old_object: None,
    };
    let verdict = mutate(review.clone(), &NoTemplates);
    let report: String = verdict.report.denials().map(|finding| format!("{finding}\n")).collect();
    assert!(verdict.allowed(), "{report}");
    let mut stored = object.clone();
    json_patch::patch(&mut stored, &verdict.patch.0).unwrap();
    let validated = validate(
        Review {
            object: Some(Cow::Borrowed(&stored)),
            ..review
        },
        &NoTemplates,
    );
    assert!(validated.allowed());
    let warnings = verdict.report.warnings().chain(validated.report.warnings());
    let text = warnings.map(|finding| finding.warning_text() + "\n").collect();
    (stored, text)
}

fn read(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    serde_saphyr::from_multiple(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn examples() -> Vec<PathBuf> {
    let folders = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let good = folders.filter(|folder| folder.is_dir() && !folder.ends_with(BROKEN));
    let files = good.flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}
