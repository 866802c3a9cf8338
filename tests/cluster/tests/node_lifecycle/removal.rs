//! The release is taken away, and then all the rest.

use documented::play_at_once;
use test_cluster::{Chart, Cluster, Deadline, Namespace, until};

use crate::load::flow;
use crate::pages::Pages;
use crate::{LIMIT, kubectl, state};

/// What runs runs on, and the next installation finds it.
pub fn leaves_what_runs(cluster: &Cluster, namespace: &Namespace, pages: &mut Pages) {
    until("a flow is admitted again", Deadline::after(LIMIT), || {
        namespace
            .apply(&flow("stays", "sleep 5; echo done").to_string())
            .map(drop)
    })
    .unwrap();
    state(namespace, "stays", "Running");
    let job = "jsonpath={.metadata.uid}";
    let uid = || {
        namespace
            .kubectl()
            .run(&["get", "job", "stays-work", "-o", job])
            .unwrap()
            .success()
            .unwrap()
    };
    let before = uid();
    let [install, _] = &mut pages.install;
    install.play("helm uninstall");
    let crds = kubectl(cluster, "get crd -o name");
    for crd in [
        "jobflows.api.practice.com",
        "sequentialjobs.batch.example.com",
        "managedjobs.jobsmanager.raczylo.com",
    ] {
        assert!(crds.contains(crd), "{crds}");
    }
    let left = kubectl(
        cluster,
        "get validatingwebhookconfigurations,mutatingwebhookconfigurations,validatingadmissionpolicies -o name",
    );
    assert!(!left.contains("api.practice.com"), "{left}");
    assert_eq!(uid(), before);
    let complete = ["wait", "--for=condition=Complete", "job/stays-work", "--timeout=60s"];
    namespace.kubectl().run(&complete).unwrap().success().unwrap();
    play_at_once(&mut pages.install, "helm install");
    state(namespace, "stays", "Succeed");
}

/// Without the CRDs there are no objects, and so none of their Jobs.
pub fn takes_everything(cluster: &Cluster, chart: &Chart, namespace: &Namespace, pages: &mut Pages) {
    chart.release("uninstall", &["--wait"]).unwrap();
    let [install, _] = &mut pages.install;
    install.play("kubectl delete crd");
    let crds = kubectl(cluster, "get crd -o name");
    for group in ["api.practice.com", "batch.example.com", "jobsmanager.raczylo.com"] {
        assert!(!crds.contains(group), "{crds}");
    }
    until("their Jobs and pods are gone", Deadline::after(LIMIT), || {
        let left = namespace
            .kubectl()
            .run(&["get", "jobs,pods", "-o", "name"])?
            .success()?;
        anyhow::ensure!(left.is_empty(), "there are {left}");
        Ok(())
    })
    .unwrap();
}
