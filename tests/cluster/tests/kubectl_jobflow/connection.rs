//! The flags and files that say which cluster is meant.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use test_cluster::Cluster;

use crate::arena::{apply, arena, good, program};

/// Runs the program with this KUBECONFIG, and with nothing else of the environment.
fn listed(kubeconfig: Option<&str>, args: &[&str]) -> String {
    let mut command = Command::new(program());
    command.env_clear().envs(kubeconfig.map(|path| ("KUBECONFIG", path)));
    let output = command.args(["get", "jf", "-o", "name"]).args(args).output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

fn write(path: &Path, value: &Value) -> String {
    fs::write(path, value.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn files_contexts_and_flags_choose_the_cluster_as_for_kubectl() {
    let namespace = arena("connection");
    apply(&namespace, "n", &[good("a", &[])]);
    let admin = Cluster::shared().unwrap().kubeconfig();
    let admin: Value = serde_saphyr::from_str(&fs::read_to_string(admin).unwrap()).unwrap();
    let (cluster, user) = (&admin["clusters"][0], &admin["users"][0]);
    let context = |name: &str, cluster: &Value, namespace: &str| json!({"name": name, "context": {"cluster": cluster["name"], "user": user["name"], "namespace": namespace}});
    let wrong = json!({"name": "wrong", "cluster": {"server": "https://127.0.0.1:1"}});
    let folder = tempfile::tempdir().unwrap();
    let head = json!({"apiVersion": "v1", "kind": "Config"});
    let mut contexts = head.clone();
    contexts["current-context"] = json!("elsewhere");
    contexts["contexts"] = json!([
        context("elsewhere", &wrong, "default"),
        context("here", cluster, namespace.name())
    ]);
    let contexts = write(&folder.path().join("contexts"), &contexts);
    let mut rest = head;
    rest["clusters"] = json!([cluster, wrong]);
    rest["users"] = json!([user]);
    let rest = write(&folder.path().join("rest"), &rest);
    let both = format!("{contexts}:{rest}");
    let both = Some(both.as_str());

    let found = "jobflow/n\n";
    assert_eq!(
        listed(both, &["--context", "here"]),
        found,
        "the namespace is that of the context"
    );
    let refused = listed(both, &[]);
    assert!(
        refused.contains("cannot reach the API server at 'https://127.0.0.1:1'"),
        "{refused}"
    );
    let name = cluster["name"].as_str().unwrap();
    assert_eq!(listed(both, &["--cluster", name, "-n", namespace.name()]), found);
    let server = cluster["cluster"]["server"].as_str().unwrap();
    let skips = ["--server", server, "--insecure-skip-tls-verify", "-n", namespace.name()];
    assert_eq!(listed(both, &skips), found);
    let distrusts = listed(both, &["--server", server, "-n", namespace.name()]);
    assert!(distrusts.contains("invalid peer certificate"), "{distrusts}");
}
