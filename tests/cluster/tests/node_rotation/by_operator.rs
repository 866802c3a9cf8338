//! The operator makes new certificates.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use test_cluster::{Chart, Cluster, Deadline, INSTALL_FLAGS, Namespace, until};

use crate::load::{BURSTS, flow, under_load};
use crate::release::{authorities, loaded, trusted};
use crate::{EVERY, LIMIT, SECONDS, setting};

/// By the operator: certificates that live for seconds, and after a while a new authority; then the old one is forgotten.
pub fn renewals_fail_no_create(cluster: &Cluster, chart: &Chart, namespace: &Namespace) {
    let (duration, every) = (setting(SECONDS), setting(EVERY));
    let settle = Duration::from_secs(10);
    // A third of its life before its end each certificate has had its successor for long.
    let life = every * 3;
    let root_renew_before = life + settle * 2;
    let seconds = |name: &str, duration: Duration| format!("certificates.selfSigned.{name}={}s", duration.as_secs());
    let terms = [
        "certificates.mode=self-signed".to_owned(),
        seconds("duration", life),
        seconds("renewBefore", life - every),
        seconds("rootDuration", duration + root_renew_before),
        seconds("rootRenewBefore", root_renew_before),
        seconds("settle", settle),
    ];
    // As when a key got out; and so the first authority begins now.
    let clear = [
        "patch",
        "secret",
        "jobflow-certificates",
        "--type=merge",
        "-p",
        r#"{"data":null}"#,
    ];
    let terms = terms.join(",");
    let flags = [INSTALL_FLAGS.as_slice(), &["--set", &terms]].concat();
    chart.run("upgrade", &flags).unwrap();
    let thrown_away = trusted(cluster);
    cluster
        .kubectl()
        .in_namespace(Chart::NAMESPACE)
        .run(&clear)
        .unwrap()
        .success()
        .unwrap();
    until("all is made anew", Deadline::after(LIMIT), || {
        anyhow::ensure!(
            trusted(cluster).is_disjoint(&thrown_away),
            "the webhooks trust the old authority"
        );
        anyhow::ensure!(authorities(cluster) == Some(1), "the webhooks trust more than one");
        namespace
            .try_apply(&flow("anew", "true").to_string())?
            .success()
            .map(drop)
    })
    .unwrap();
    let (start, before, first) = (Instant::now(), loaded(cluster), trusted(cluster));
    let (seen, count, failures) = under_load(cluster, namespace.name(), BURSTS, || {
        let mut seen = BTreeSet::new();
        let limit = Deadline::after(duration + root_renew_before + LIMIT);
        until("the old authority is forgotten", limit, || {
            let now = authorities(cluster);
            seen.extend(now);
            anyhow::ensure!(
                now == Some(1) && trusted(cluster).is_disjoint(&first),
                "the webhooks trust {now:?}"
            );
            Ok(())
        })
        .unwrap();
        seen
    });
    let taken = loaded(cluster) - before;
    eprintln!(
        "the operator: {} certificates and a new authority in {:.0?}, taken over by two replicas; {count} creates, {} failed",
        taken / 2,
        start.elapsed(),
        failures.len()
    );
    assert_eq!(failures, Vec::<String>::new());
    assert_eq!(seen, BTreeSet::from([1, 2]), "old, both, new");
    let expected = usize::try_from(duration.as_secs() / every.as_secs()).unwrap();
    assert!(taken >= expected, "the replicas have taken over {taken} certificates");
}
