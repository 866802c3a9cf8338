//! No replica answers.

use test_cluster::{Chart, Cluster, Namespace, Output};

use crate::kubectl;
use crate::load::flow;
use crate::pages::Pages;

/// The object `held`, which a finalizer keeps. It is freed also when the test fails: on a cluster that stays, the next run
/// would wait for ever for the CRD to be deleted.
struct Held<'a>(&'a Namespace);

impl<'a> Held<'a> {
    fn of(namespace: &'a Namespace) -> Self {
        let held = Self(namespace);
        held.patch(r#"["example.com/hold"]"#).unwrap().success().unwrap();
        held
    }

    fn free(&self) -> anyhow::Result<Output> {
        self.patch("null")
    }

    fn patch(&self, finalizers: &str) -> anyhow::Result<Output> {
        let patch = format!(r#"{{"metadata":{{"finalizers":{finalizers}}}}}"#);
        let args = ["patch", "jobflow", "held", "--type=merge", "-p", &patch];
        self.0.kubectl().run(&args)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // It may be freed or gone already.
        let _ = self.free();
    }
}

/// Objects of ours can be deleted while no replica answers, and the check of the installation says what is missing.
pub fn keeps_nobody_from_deleting(cluster: &Cluster, chart: &Chart, namespace: &Namespace, pages: &mut Pages) {
    let kubectl_in = namespace.kubectl();
    namespace.apply(&flow("held", "true").to_string()).unwrap();
    let held = Held::of(namespace);
    kubectl(
        cluster,
        "--namespace jobflow-system scale deployment jobflow --replicas=0",
    );
    kubectl(
        cluster,
        "--namespace jobflow-system wait --for=delete pod --selector app.kubernetes.io/name=jobflow-operator --timeout=100s",
    );
    let refused = namespace.try_apply(&flow("lost", "true").to_string()).unwrap();
    let told = "failed calling webhook \"mutate.api.practice.com\": failed to call webhook: ";
    assert!(refused.stderr.contains(told), "{refused:?}");
    chart.release("test", &[]).unwrap_err();
    let [install, _] = &mut pages.install;
    install.play("kubectl --namespace jobflow-system logs");
    kubectl_in
        .run(&["delete", "jobflow", "held", "--wait=false"])
        .unwrap()
        .success()
        .unwrap();
    held.free().unwrap().success().unwrap();
    kubectl_in
        .run(&["wait", "--for=delete", "jobflow/held", "--timeout=60s"])
        .unwrap()
        .success()
        .unwrap();
    kubectl(
        cluster,
        "--namespace jobflow-system scale deployment jobflow --replicas=2",
    );
    kubectl(
        cluster,
        "--namespace jobflow-system rollout status deployment jobflow --timeout=100s",
    );
}
