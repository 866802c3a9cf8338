//! The operator makes new certificates.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use test_cluster::{Chart, Cluster, Deadline, INSTALL_FLAGS, Namespace, until};

use crate::load::{BURSTS, flow, under_load};
use crate::release::{authorities, loaded, trusted};
use crate::{EVERY, LIMIT, SECONDS, setting};

/// How long a new authority is published before it signs.
const SETTLE: Duration = Duration::from_secs(5);

/// How long things last.
struct Times {
    every: Duration,
    /// Of a certificate; at half of it there is a new one.
    life: Duration,
    /// Until there is a new authority: long enough for the one before it to be forgotten.
    authority: Duration,
}

impl Times {
    fn new() -> Self {
        let every = setting(EVERY);
        let life = every * 2;
        Self {
            every,
            life,
            authority: setting(SECONDS).max(life + SETTLE * 2),
        }
    }

    /// Before the end of an authority there is the next one.
    fn overlap(&self) -> Duration {
        self.life + SETTLE * 2
    }

    /// As values of the chart.
    fn values(&self) -> String {
        let seconds =
            |name: &str, duration: Duration| format!("certificates.selfSigned.{name}={}s", duration.as_secs());
        [
            "certificates.mode=self-signed".to_owned(),
            seconds("duration", self.life),
            seconds("renewBefore", self.life - self.every),
            seconds("rootDuration", self.authority + self.overlap()),
            seconds("rootRenewBefore", self.overlap()),
            seconds("settle", SETTLE),
        ]
        .join(",")
    }
}

/// As when a key got out: all is thrown away and made anew. So the first authority begins now.
fn begin_anew(cluster: &Cluster, namespace: &Namespace) {
    let thrown_away = trusted(cluster);
    let data = r#"{"data":null}"#;
    let clear = ["patch", "secret", "jobflow-certificates", "--type=merge", "-p", data];
    let kubectl = cluster.kubectl().in_namespace(Chart::NAMESPACE);
    kubectl.run(&clear).unwrap().success().unwrap();
    until("all is made anew", Deadline::after(LIMIT), || {
        let now = trusted(cluster);
        anyhow::ensure!(now.is_disjoint(&thrown_away), "the webhooks trust the old authority");
        anyhow::ensure!(authorities(&now) == Some(1), "the webhooks trust more than one");
        let flow = flow("anew", "true").to_string();
        namespace.try_apply(&flow)?.success().map(drop)
    })
    .unwrap();
}

/// By the operator: certificates that live for seconds, and after a while a new authority; then the old one is forgotten.
pub fn renewals_fail_no_create(cluster: &Cluster, chart: &Chart, namespace: &Namespace) {
    let times = Times::new();
    let values = times.values();
    let flags = [INSTALL_FLAGS.as_slice(), &["--set", &values]].concat();
    chart.run("upgrade", &flags).unwrap();
    begin_anew(cluster, namespace);
    let (start, before, first) = (Instant::now(), loaded(cluster), trusted(cluster));
    let (seen, count, failures) = under_load(cluster, namespace.name(), BURSTS, || {
        let mut seen = BTreeSet::new();
        let limit = Deadline::after(times.authority + times.overlap() + LIMIT);
        until("the old authority is forgotten", limit, || {
            let now = trusted(cluster);
            let count = authorities(&now);
            seen.extend(count);
            anyhow::ensure!(
                count == Some(1) && now.is_disjoint(&first),
                "the webhooks trust {count:?}"
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
    let expected = usize::try_from(times.authority.as_secs() / times.every.as_secs()).unwrap();
    assert!(taken >= expected, "the replicas have taken over {taken} certificates");
}
