//! New certificates and new authorities, and API servers that notice nothing.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use test_cluster::{Chart, Cluster, Deadline, INSTALL_FLAGS, Namespace, until};

use crate::LIMIT;
use crate::load::{BURSTS, under_creates, under_load};

/// How long certificates are renewed, in seconds, and how often; `cargo xtask soak` sets both.
const SECONDS: (&str, u64) = ("JOBFLOW_SOAK_SECONDS", 40);
const EVERY: (&str, u64) = ("JOBFLOW_SOAK_EVERY_SECONDS", 10);

fn setting((variable, default): (&str, u64)) -> Duration {
    let set = std::env::var(variable).ok().map(|text| text.parse().unwrap());
    Duration::from_secs(set.unwrap_or(default))
}

/// Something of the release's objects, as `kubectl get` prints it.
fn read(cluster: &Cluster, object: &str, path: &str) -> String {
    let path = format!("jsonpath={path}");
    let args = ["--namespace", Chart::NAMESPACE, "get", object, "-o", &path];
    cluster.kubectl().run(&args).unwrap().success().unwrap()
}

const LEAF: &str = r"{.data.tls\.crt}";

/// Whom API servers trust, by all webhooks of both configurations.
fn trusted(cluster: &Cluster) -> BTreeSet<String> {
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
    let all = format!("{mutating} {validating}");
    all.split_whitespace().map(str::to_owned).collect()
}

/// How many authorities the webhooks trust; those that do not agree are in between.
fn authorities(cluster: &Cluster) -> Option<usize> {
    let trusted = trusted(cluster);
    let bundle = trusted.first().filter(|_| trusted.len() == 1)?;
    let bundle = String::from_utf8(STANDARD.decode(bundle).unwrap()).unwrap();
    Some(bundle.matches("BEGIN CERTIFICATE").count())
}

/// How many certificates the pods that run have taken over so far.
fn loaded(cluster: &Cluster) -> usize {
    let logs = "logs --selector app.kubernetes.io/name=jobflow-operator --tail=-1";
    let args = [
        &["--namespace", Chart::NAMESPACE],
        logs.split(' ').collect::<Vec<_>>().as_slice(),
    ]
    .concat();
    let logs = cluster.kubectl().run(&args).unwrap().success().unwrap();
    logs.matches("serving certificate loaded").count()
}

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
pub fn renewals_by_cert_manager_fail_no_create(cluster: &Cluster, namespace: &Namespace) {
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

/// The Secret of the certificates that the operator makes.
const OWN: &str = "secret/jobflow-certificates";

pub fn own_certificates_survive_upgrades(cluster: &Cluster, chart: &Chart, namespace: &Namespace) {
    let state = || (trusted(cluster), read(cluster, OWN, LEAF));
    let before = state();
    let flags = [INSTALL_FLAGS.as_slice(), &["--set", "certificates.mode=self-signed"]].concat();
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
}

/// By the operator: certificates that live for seconds, and after a while a new authority; then the old one is forgotten.
pub fn renewals_by_the_operator_fail_no_create(cluster: &Cluster, chart: &Chart, namespace: &Namespace) {
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
    // The authority in use lives for ten years: the next one has these times.
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
    cluster
        .kubectl()
        .in_namespace(Chart::NAMESPACE)
        .run(&clear)
        .unwrap()
        .success()
        .unwrap();
    until("all is made anew", Deadline::after(LIMIT), || {
        namespace
            .try_apply(&crate::flow("anew", "true").to_string())?
            .success()?;
        anyhow::ensure!(authorities(cluster) == Some(1), "the webhooks trust more than one");
        Ok(())
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
