//! Certificates that the operator makes, and upgrades.

use test_cluster::{Chart, Cluster, Deadline, INSTALL_FLAGS, Namespace, until};

use crate::LIMIT;
use crate::load::{flow, under_creates};
use crate::pages::Pages;

/// Something of the release's objects, as `kubectl get` prints it.
fn read(cluster: &Cluster, object: &str, path: &str) -> String {
    let path = format!("jsonpath={path}");
    let args = ["--namespace", Chart::NAMESPACE, "get", object, "-o", &path];
    cluster.kubectl().run(&args).unwrap().success().unwrap()
}

fn trusted(cluster: &Cluster) -> String {
    let webhooks = "{.webhooks[*].clientConfig.caBundle}";
    let mutating = read(
        cluster,
        "mutatingwebhookconfiguration/mutate.api.practice.com",
        webhooks,
    );
    let validating = read(
        cluster,
        "validatingwebhookconfiguration/validate.api.practice.com",
        webhooks,
    );
    format!("{mutating} {validating}")
}

const LEAF: &str = r"{.data.tls\.crt}";

/// The Secret of the certificates that the operator makes.
const OWN: &str = "secret/jobflow-certificates";

/// From cert-manager's to our own, which an upgrade keeps, until all of it is thrown away.
pub fn of_our_own_survive_upgrades(cluster: &Cluster, chart: &Chart, namespace: &Namespace, pages: &mut Pages) {
    let flags = [INSTALL_FLAGS.as_slice(), &["--set", "certificates.mode=self-signed"]].concat();
    chart.run("upgrade", &flags).unwrap();
    let state = || (trusted(cluster), read(cluster, OWN, LEAF));
    let before = state();
    let flags = [flags.as_slice(), &["--set", "podAnnotations.upgraded=again"]].concat();
    let (upgraded, count, failures) = under_creates(cluster, namespace.name(), || chart.run("upgrade", &flags));
    upgraded.unwrap();
    eprintln!(
        "{count} creates during an upgrade with certificates of our own, {} failed",
        failures.len()
    );
    assert_eq!(failures, Vec::<String>::new());
    assert_eq!(
        state(),
        before,
        "an upgrade changes neither the certificate nor whom API servers trust"
    );
    pages
        .certificates
        .play("kubectl --namespace jobflow-system patch secret");
    until("all is made anew", Deadline::after(LIMIT), || {
        let (authorities, leaf) = state();
        anyhow::ensure!(authorities != before.0 && leaf != before.1, "it is what it was");
        let flow = flow("anew", "true").to_string();
        namespace.try_apply(&flow)?.success().map(drop)
    })
    .unwrap();
}
