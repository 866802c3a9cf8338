//! cert-manager makes new certificates.

use std::thread::sleep;
use std::time::Instant;

use test_cluster::{Chart, Cluster, Deadline, Namespace, until};

use crate::load::{BURSTS, under_load};
use crate::release::{LEAF, loaded, read, trusted};
use crate::{EVERY, LIMIT, SECONDS, setting};

/// Tells cert-manager to make this certificate anew, and waits until its Secret has another one.
fn renew(cluster: &Cluster, certificate: &str) {
    let secret = read(cluster, &format!("certificate/{certificate}"), "{.spec.secretName}");
    let now = || read(cluster, &format!("secret/{secret}"), LEAF);
    let before = now();
    let issue = r#"{"status":{"conditions":[{"type":"Issuing","status":"True","reason":"ManuallyTriggered","message":"by a test","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}"#;
    let patch = [
        "patch",
        "certificate",
        certificate,
        "--subresource=status",
        "--type=merge",
        "-p",
        issue,
    ];
    let args = [&["--namespace", Chart::NAMESPACE], patch.as_slice()].concat();
    cluster.kubectl().run(&args).unwrap().success().unwrap();
    until("there is a new certificate", Deadline::after(LIMIT), || {
        anyhow::ensure!(now() != before, "{certificate} is what it was");
        Ok(())
    })
    .unwrap();
}

/// By cert-manager: new pairs in the mounted Secret, which pods read when their kubelet has brought them; then a new
/// authority, whose key is the old one's, so that neither old nor new certificates are without somebody who trusts them.
pub fn renewals_fail_no_create(cluster: &Cluster, namespace: &Namespace) {
    let (duration, every) = (setting(SECONDS), setting(EVERY));
    let (start, before) = (Instant::now(), loaded(cluster));
    let (leaves, count, failures) = under_load(cluster, namespace.name(), BURSTS, || {
        let mut leaves = 0;
        while start.elapsed() < duration {
            let begin = Instant::now();
            renew(cluster, "jobflow");
            leaves += 1;
            sleep(every.saturating_sub(begin.elapsed()));
        }
        let trusted_before = trusted(cluster);
        renew(cluster, "jobflow-authority");
        let taken = loaded(cluster);
        renew(cluster, "jobflow");
        until(
            "API servers are told of the new authority",
            Deadline::after(LIMIT),
            || {
                anyhow::ensure!(trusted(cluster).is_disjoint(&trusted_before), "they trust the old one");
                Ok(())
            },
        )
        .unwrap();
        // What kubelets bring is taken over under creates too.
        until("both replicas have its certificate", Deadline::after(LIMIT), || {
            anyhow::ensure!(loaded(cluster) >= taken + 2, "they have not taken it over");
            Ok(())
        })
        .unwrap();
        leaves
    });
    let taken = loaded(cluster) - before;
    eprintln!(
        "cert-manager: {leaves} certificates and a new authority in {:.0?}, {taken} taken over by two replicas; \
         {count} creates, {} failed",
        start.elapsed(),
        failures.len()
    );
    assert_eq!(failures, Vec::<String>::new());
    assert!(taken >= 2, "the replicas have taken over {taken} certificates");
}
