//! From nothing to an operator at work.

use std::thread;
use std::time::Instant;

use test_cluster::{CertManager, Chart, Cluster, Deadline, start_cert_manager, until};

use crate::pages::Pages;
use crate::{LIMIT, kubectl};

const CRDS: &str = "jobflows.api.practice.com jobtemplates.api.practice.com daemonjobs.api.practice.com \
                    managedjobs.jobsmanager.raczylo.com sequentialjobs.batch.example.com";

/// From nothing but CRDs that another operator has left, with cert-manager's kinds there and its controllers not yet.
pub fn takes_over_and_waits_for_cert_manager(cluster: &Cluster, chart: &Chart, pages: &mut Pages) {
    CertManager::stop_earlier(cluster).unwrap();
    CertManager::install_crds(cluster).unwrap();
    // Another binary may have left its release, and cert-manager leaves its Secrets.
    let _ = chart.release("uninstall", &["--wait"]);
    kubectl(cluster, "delete namespace jobflow-system --ignore-not-found");
    kubectl(cluster, &format!("delete crd --ignore-not-found {CRDS}"));
    pages.upgrades.play("jobflow crds");
    pages.upgrades.play("helm install");
    // Those of another operator are not the same as ours.
    let path = "/spec/versions/0/schema/openAPIV3Schema/description";
    let change = format!(r#"[{{"op":"replace","path":"{path}","value":"of another operator"}}]"#);
    let patch = [
        "patch",
        "crd",
        "jobflows.api.practice.com",
        "--type=json",
        "-p",
        &change,
    ];
    cluster.kubectl().run(&patch).unwrap().success().unwrap();
    let start = Instant::now();
    thread::scope(|scope| {
        let install = scope.spawn(|| pages.migrate());
        until("pods wait for their certificate", Deadline::after(LIMIT), || {
            let events = "--namespace jobflow-system get events -o jsonpath={.items[*].message}";
            let args: Vec<&str> = events.split(' ').collect();
            let told = cluster.kubectl().run(&args)?.success()?;
            anyhow::ensure!(told.contains("secret \"jobflow-tls\" not found"), "they say: {told}");
            Ok(())
        })
        .unwrap();
        start_cert_manager(cluster).unwrap();
        install.join().unwrap();
    });
    eprintln!("installed from nothing after {:.1} s", start.elapsed().as_secs_f64());
}

/// The operator's own namespace may demand what the strictest level of pod security demands.
pub fn pods_are_restricted(cluster: &Cluster) {
    let dry_run =
        "label --dry-run=server --overwrite namespace jobflow-system pod-security.kubernetes.io/enforce=restricted";
    let args: Vec<&str> = dry_run.split(' ').collect();
    let output = cluster.kubectl().run(&args).unwrap();
    assert!(!output.stderr.contains("Warning"), "{output:?}");
    output.success().unwrap();
}
