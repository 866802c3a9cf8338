//! cert-manager makes new certificates.

use std::thread::sleep;
use std::time::{Duration, Instant};

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
    let (start, before, trusted_before) = (Instant::now(), loaded(cluster), trusted(cluster));
    let (leaves, count, failures) = under_load(cluster, namespace.name(), BURSTS, || {
        let mut leaves = 0;
        while start.elapsed() < duration {
            let begin = Instant::now();
            renew(cluster, "jobflow");
            leaves += 1;
            sleep(every.saturating_sub(begin.elapsed()));
        }
        assert_eq!(
            trusted(cluster),
            trusted_before,
            "a new leaf must not change whom API servers trust"
        );
        renew(cluster, "jobflow-authority");
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
        // What kubelets bring in this time is taken over under creates too.
        sleep(Duration::from_secs(15));
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
    assert!(taken >= 4, "the replicas have taken over {taken} certificates");
}
