//! `jobflow validate --server` where there is no cluster: what it says then, and which flags belong to it. With a cluster:
//! `tests/cluster/tests/validate_server`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests are tests")]

mod offline;

use std::fs;

use offline::{jobflow, stderr, stdout};

/// Has a finding that needs no cluster.
const FLOW: &str = "apiVersion: api.practice.com/v1alpha1
kind: JobFlow
metadata: {name: nightly}
spec:
  flows:
    - {name: a, jobTemplate: {template: {spec: {containers: [{name: main, image: busybox}]}}}}
    - {name: b, jobTemplateRef: t, dependencies: [a, a]}
";

/// The findings, what else is said, and the status, without a kubeconfig.
fn validated(args: &[&str]) -> (String, String, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("flow.yaml"), FLOW).unwrap();
    let args = [&["validate", "--no-config", "flow.yaml"], args].concat();
    let mut command = jobflow(&args);
    command.env_clear().env("HOME", folder.path());
    let output = command.current_dir(&folder).output().unwrap();
    (
        stdout(&output).to_owned(),
        stderr(&output).to_owned(),
        output.status.code(),
    )
}

const FOUND: &str = "flow.yaml:7:54: warning[JF204]: ";

#[test]
fn a_cluster_that_cannot_be_asked_is_one_sentence_and_the_files_are_checked_all_the_same() {
    for (args, sentence) in [
        (
            &["--server"][..],
            "error: there is no kubeconfig, so it is not known which cluster to ask: set KUBECONFIG, use --kubeconfig or \
             --server, or run inside a cluster\n",
        ),
        (
            &["--server=https://127.0.0.1:1"][..],
            "error: cannot reach the API server at 'https://127.0.0.1:1' (Connection refused (os error 111)): check that the \
             cluster runs and that --context or KUBECONFIG names the right one\n",
        ),
        (
            &["--server", "--kubeconfig", "none"][..],
            "error: cannot read the kubeconfig 'none' (No such file or directory (os error 2)): check --kubeconfig or KUBECONFIG\n",
        ),
    ] {
        let (found, said, status) = validated(&[args, &["--ignore-missing-refs", "-q"]].concat());
        assert!(found.starts_with(FOUND) && found.lines().count() == 1, "{found}");
        assert_eq!((said.as_str(), status), (sentence, Some(2)));
    }
}

#[test]
fn flags_of_connections_mean_nothing_without_it_and_it_mends_nothing() {
    for flags in [
        &["-n", "team"][..],
        &["--context", "staging"],
        &["--request-timeout", "1s"],
    ] {
        let (_, said, status) = validated(flags);
        assert!(
            said.contains("required arguments were not provided:\n  --server[=<URL>]\n"),
            "{said}"
        );
        assert_eq!(status, Some(2));
    }
    for flag in ["--fix", "--diff"] {
        let (_, said, status) = validated(&[flag, "--server"]);
        assert!(
            said.contains(&format!("'{flag}' cannot be used with '--server[=<URL>]'")),
            "{said}"
        );
        assert_eq!(status, Some(2));
    }
    let (found, _, status) = validated(&[]);
    assert!(found.starts_with(FOUND));
    assert_eq!(status, Some(0));
}
