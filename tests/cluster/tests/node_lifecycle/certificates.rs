//! New certificates, and API servers that notice nothing.

use test_cluster::{Chart, Cluster, Deadline, INSTALL_FLAGS, Namespace, until};

use crate::LIMIT;
use crate::load::under_creates;

/// Something of the release's objects, as `kubectl get` prints it.
fn read(cluster: &Cluster, object: &str, path: &str) -> String {
    let path = format!("jsonpath={path}");
    let args = ["--namespace", Chart::NAMESPACE, "get", object, "-o", &path];
    cluster.kubectl().run(&args).unwrap().success().unwrap()
}

const LEAF: &str = r"{.data.tls\.crt}";

/// As cert-manager renews it: a new pair in the Secret, which pods read when their kubelet has brought it.
pub fn a_renewed_certificate_fails_no_create(cluster: &Cluster, namespace: &Namespace) {
    let before = read(cluster, "secret/jobflow-tls", LEAF);
    let bundle = || {
        read(
            cluster,
            "validatingwebhookconfiguration/validate.api.practice.com",
            "{.webhooks[*].clientConfig.caBundle}",
        )
    };
    let trusted = bundle();
    let ((), count, failures) = under_creates(cluster, namespace.name(), || {
        let issue = r#"{"status":{"conditions":[{"type":"Issuing","status":"True","reason":"ManuallyTriggered","message":"by a test","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}"#;
        let args = [
            "--namespace",
            Chart::NAMESPACE,
            "patch",
            "certificate",
            "jobflow",
            "--subresource=status",
            "--type=merge",
            "-p",
            issue,
        ];
        cluster.kubectl().run(&args).unwrap().success().unwrap();
        until(
            "every replica has loaded the new certificate",
            Deadline::after(LIMIT),
            || {
                anyhow::ensure!(
                    read(cluster, "secret/jobflow-tls", LEAF) != before,
                    "there is no new one"
                );
                let logs = [
                    "--namespace",
                    Chart::NAMESPACE,
                    "logs",
                    "--selector",
                    "app.kubernetes.io/name=jobflow-operator",
                    "--tail=-1",
                ];
                let logs = cluster.kubectl().run(&logs)?.success()?;
                let loaded = logs.matches("serving certificate loaded").count();
                anyhow::ensure!(
                    loaded == 4,
                    "two replicas have loaded {loaded} certificates, not two each"
                );
                Ok(())
            },
        )
        .unwrap();
    });
    eprintln!(
        "{count} creates during the renewal of the certificate, {} failed",
        failures.len()
    );
    assert_eq!(failures, Vec::<String>::new());
    assert_eq!(bundle(), trusted, "a new leaf must not change whom API servers trust");
}

pub fn self_signed_certificates_survive_upgrades(cluster: &Cluster, chart: &Chart, namespace: &Namespace) {
    let authority = || {
        read(
            cluster,
            "mutatingwebhookconfiguration/mutate.api.practice.com",
            "{.webhooks[*].clientConfig.caBundle}",
        )
    };
    let (trusted, leaf) = (authority(), read(cluster, "secret/jobflow-self-signed-tls", LEAF));
    let flags = [INSTALL_FLAGS.as_slice(), &["--set", "certificates.mode=self-signed"]].concat();
    chart.run("upgrade", &flags).unwrap();
    assert_eq!(
        (authority(), read(cluster, "secret/jobflow-self-signed-tls", LEAF)),
        (trusted.clone(), leaf.clone())
    );
    // Now the upgrade has to renew it, and API servers must not notice.
    let flags = [flags.as_slice(), &["--set", "certificates.selfSigned.renewAfterDays=0"]].concat();
    let (upgraded, _, failures) = under_creates(cluster, namespace.name(), || chart.run("upgrade", &flags));
    upgraded.unwrap();
    assert_eq!(failures, Vec::<String>::new());
    assert_eq!(authority(), trusted);
    assert_ne!(read(cluster, "secret/jobflow-self-signed-tls", LEAF), leaf);
}
