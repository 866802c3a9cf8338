//! What the release looks like now.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use test_cluster::{Chart, Cluster};

/// Something of the release's objects, as `kubectl get` prints it.
pub fn read(cluster: &Cluster, object: &str, path: &str) -> String {
    let path = format!("jsonpath={path}");
    let args = ["--namespace", Chart::NAMESPACE, "get", object, "-o", &path];
    cluster.kubectl().run(&args).unwrap().success().unwrap()
}

pub const LEAF: &str = r"{.data.tls\.crt}";

/// Whom API servers trust, by all webhooks of both configurations.
pub fn trusted(cluster: &Cluster) -> BTreeSet<String> {
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

/// How many authorities the webhooks trust, of what was read at once; those that do not agree are in between.
pub fn authorities(trusted: &BTreeSet<String>) -> Option<usize> {
    let bundle = trusted.first().filter(|_| trusted.len() == 1)?;
    let bundle = String::from_utf8(STANDARD.decode(bundle).unwrap()).unwrap();
    Some(bundle.matches("BEGIN CERTIFICATE").count())
}

/// How many certificates the pods that run have taken over so far.
pub fn loaded(cluster: &Cluster) -> usize {
    let logs = "logs --selector app.kubernetes.io/name=jobflow-operator --tail=-1";
    let args = [
        &["--namespace", Chart::NAMESPACE],
        logs.split(' ').collect::<Vec<_>>().as_slice(),
    ]
    .concat();
    let logs = cluster.kubectl().run(&args).unwrap().success().unwrap();
    logs.matches("serving certificate loaded").count()
}
