//! Who may not create Jobs may not have jobflow create them (ADMISSION.md 2.4).

use std::time::Duration;

use expect_test::expect_file;
use serde_json::json;
use test_cluster::{Chart, Cluster, Deadline, Namespace, until};

use crate::manifest::job_flow;
use crate::terminal::{Terminal, cluster};

/// The policy as the chart installs it.
fn rendered(cluster: &Cluster) -> String {
    let chart = Chart::of(cluster).unwrap();
    chart.render(&["--show-only", "templates/policy.yaml"]).unwrap()
}

const TEMPLATE: &str = "apiVersion: api.practice.com/v1alpha1
kind: JobTemplate
metadata: {name: send}
spec: {jobTemplate: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: busybox:1.28}]}}}}
";

/// The policy, removed when the value is dropped.
struct Policy {
    cluster: Cluster,
    manifest: String,
}

impl Policy {
    /// Returns when the API server enforces it.
    fn install(probe: &Namespace) -> Self {
        let cluster = cluster();
        let manifest = rendered(&cluster);
        cluster.kubectl().apply(&manifest).unwrap().success().unwrap();
        let policy = Self { cluster, manifest };
        until(
            "the policy is enforced",
            Deadline::after(Duration::from_secs(30)),
            || {
                let args = ["create", "--dry-run=server", "--as", "bob", "-f", "-"];
                let output = probe.kubectl().run_with_input(&args, TEMPLATE)?;
                anyhow::ensure!(output.status != 0, "a user without the right was let through");
                Ok(())
            },
        )
        .unwrap();
        policy
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        let delete = ["delete", "-f", "-"];
        let _ = self.cluster.kubectl().run_with_input(&delete, &self.manifest);
    }
}

/// A role for `user` with these rights in the namespace.
fn grant(namespace: &Namespace, user: &str, rules: &serde_json::Value) {
    let group = "rbac.authorization.k8s.io";
    let manifest = json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": format!("{group}/v1"), "kind": "Role", "metadata": {"name": user}, "rules": rules},
        {
            "apiVersion": format!("{group}/v1"), "kind": "RoleBinding", "metadata": {"name": user},
            "roleRef": {"apiGroup": group, "kind": "Role", "name": user},
            "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
        },
    ]});
    namespace.apply(&manifest.to_string()).unwrap();
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn who_may_not_create_jobs_may_not_create_flows() {
    let mut terminal = Terminal::open("privilege");
    let ours = json!({"apiGroups": ["api.practice.com"], "resources": ["*"], "verbs": ["*"]});
    let jobs = json!({"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create"]});
    grant(&terminal.namespace, "bob", &json!([ours]));
    grant(&terminal.namespace, "carol", &json!([ours, jobs]));
    let _policy = Policy::install(&terminal.namespace);

    terminal.write("flow.yaml", &job_flow("demo", &[("fetch", &[])]));
    terminal.write("template.yaml", TEMPLATE);
    terminal.write("changed.yaml", &TEMPLATE.replace("1.28", "1.29"));
    terminal.run("kubectl create -f flow.yaml --as bob");
    terminal.run("kubectl apply --server-side -f flow.yaml --as bob");
    terminal.run("kubectl create -f template.yaml --as bob");
    terminal.run("kubectl create -f flow.yaml -f template.yaml --as carol");
    terminal.run("kubectl replace -f changed.yaml --as bob");
    terminal.run("kubectl annotate jobflow demo api.practice.com/retry=now --as bob");
    terminal.run("kubectl label jobflow demo team=blue --as bob");
    terminal.run("kubectl delete jobflow demo --as bob");
    expect_file!["../../golden/privilege.txt"].assert_eq(&terminal.transcript());
}
