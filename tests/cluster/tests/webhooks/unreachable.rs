//! A webhook that cannot be reached (ADMISSION.md 3.3 F12): no spec gets past it, and nothing is stuck because of it.

use std::net::TcpStream;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use expect_test::expect_file;
use test_cluster::{Cluster, Deadline, Namespace, Reach, endpoint_address, until};

use crate::Lab;

const FLOW: &str = "apiVersion: api.practice.com/v1alpha1
kind: JobFlow
metadata: {name: held, finalizers: [example.com/hold]}
spec: {flows: [{name: fetch, jobTemplateRef: later}]}
";

/// What kubectl says to a new JobFlow once the API server has noticed the change that makes it say `wanted`.
fn refusal(namespace: &Namespace, wanted: &str) -> String {
    let manifest = FLOW.replace("held", "new");
    let answer = until(wanted, Deadline::after(Duration::from_secs(30)), || {
        let args = ["create", "--dry-run=server", "-f", "-"];
        let output = namespace.kubectl().run_with_input(&args, &manifest)?;
        anyhow::ensure!(output.status != 0 && output.stderr.contains(wanted), "{output:?}");
        Ok(output.stderr)
    });
    answer.unwrap()
}

/// Labels, finalizers and deletion of an object that is there do not wait for the webhook.
fn assert_metadata_is_free(namespace: &Namespace) {
    let kubectl = namespace.kubectl();
    for line in [
        "label jobflow held team=blue",
        "delete jobflow held --wait=false",
        r#"patch jobflow held --type=merge --patch={"metadata":{"finalizers":null}}"#,
        "wait --for=delete jobflow/held --timeout=30s",
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        kubectl.run(&args).unwrap().success().unwrap();
    }
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_webhook_that_does_not_run_keeps_specs_out_and_lets_metadata_through() {
    let mut lab = Lab::new(Reach::Loopback);
    let namespace = lab.cluster.namespace("down").unwrap();
    namespace.apply(FLOW).unwrap();
    let address = lab.operator().webhook_url().replace("https://", "");
    lab.operator.take().unwrap().stop().unwrap();
    let said = refusal(&namespace, "connection refused").replace(&address, "<address>");
    expect_file!["../../golden/webhook-down.txt"].assert_eq(&said);
    assert_metadata_is_free(&namespace);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_webhook_with_a_certificate_of_another_authority_keeps_specs_out() {
    let lab = Lab::new(Reach::Loopback);
    let namespace = lab.cluster.namespace("stranger").unwrap();
    let authority = std::fs::read(lab.cluster.state().join("pki/ca.crt")).unwrap();
    let bundle = STANDARD.encode(authority);
    let patch = format!(r#"[{{"op":"replace","path":"/webhooks/0/clientConfig/caBundle","value":"{bundle}"}}]"#);
    let args = [
        "patch",
        "mutatingwebhookconfiguration",
        "mutate.api.practice.com",
        "--type=json",
        "--patch",
        &patch,
    ];
    lab.cluster.kubectl().run(&args).unwrap().success().unwrap();
    let address = lab.operator().webhook_url();
    let said = refusal(&namespace, "x509").replace(&address, "https://<address>");
    expect_file!["../../golden/webhook-authority.txt"].assert_eq(&said);
}

/// The way to `/mutate`, changed. Who changed it owns what was changed, so the configuration goes when the value is dropped:
/// the next operator makes it anew.
struct Repointed(Cluster);

const MUTATING: &str = "mutatingwebhookconfiguration/mutate.api.practice.com";

impl Repointed {
    fn new(path: &str, value: &str) -> Self {
        let cluster = Cluster::shared().unwrap();
        let patch = format!(r#"[{{"op":"replace","path":"/webhooks/0/clientConfig/{path}","value":"{value}"}}]"#);
        let args = ["patch", MUTATING, "--type=json", "--patch", &patch];
        cluster.kubectl().run(&args).unwrap().success().unwrap();
        Self(cluster)
    }
}

impl Drop for Repointed {
    fn drop(&mut self) {
        let _ = self.0.kubectl().run(&["delete", MUTATING]);
    }
}

/// A firewall that drops packets looks like a server that takes no connection.
#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_webhook_that_does_not_answer_keeps_specs_out() {
    let lab = Lab::new(Reach::Loopback);
    let namespace = lab.cluster.namespace("silent").unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _entered = runtime.enter();
    let silent = tokio::net::TcpSocket::new_v4().unwrap();
    silent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let silent = silent.listen(0).unwrap();
    let address = silent.local_addr().unwrap();
    // What fills its queue: nobody accepts, and from then on the kernel drops what comes.
    let fill = |_| TcpStream::connect_timeout(&address, Duration::from_millis(300));
    let _waiting: Vec<_> = (0..4).map(fill).collect();
    let _repointed = Repointed::new("url", &format!("https://{address}/mutate"));
    let said = refusal(&namespace, &address.to_string()).replace(&address.to_string(), "<address>");
    expect_file!["../../golden/webhook-silent.txt"].assert_eq(&said);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_webhook_with_a_certificate_for_another_name_keeps_specs_out() {
    let Some(address) = endpoint_address() else {
        eprintln!("NOT TESTED: a certificate for another name. This machine has no address but loopback.");
        return;
    };
    let home = Cluster::shared().unwrap().namespace("name").unwrap();
    let lab = Lab::new(Reach::Service {
        namespace: home.name().to_owned(),
        address,
    });
    let namespace = lab.cluster.namespace("caller").unwrap();
    let port = lab.operator().webhook_url().rsplit(':').next().unwrap().to_owned();
    let other = format!(
        "apiVersion: v1
kind: Service
metadata: {{name: other}}
spec: {{ports: [{{name: https, port: 443}}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: other, labels: {{kubernetes.io/service-name: other}}}}
addressType: IPv4
ports: [{{name: https, port: {port}}}]
endpoints: [{{addresses: ['{address}'], conditions: {{ready: true}}}}]
"
    );
    home.apply(&other).unwrap();
    let _repointed = Repointed::new("service/name", "other");
    let said = refusal(&namespace, "x509").replace(home.name(), "<namespace>");
    expect_file!["../../golden/webhook-name.txt"].assert_eq(&said);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_service_without_endpoints_keeps_specs_out() {
    let Some(address) = endpoint_address() else {
        eprintln!("NOT TESTED: a Service without endpoints. This machine has no address but loopback.");
        return;
    };
    let home = Cluster::shared().unwrap().namespace("service").unwrap();
    let mut lab = Lab::new(Reach::Service {
        namespace: home.name().to_owned(),
        address,
    });
    let namespace = lab.cluster.namespace("nowhere").unwrap();
    home.kubectl()
        .run(&["delete", "endpointslice", "--all"])
        .unwrap()
        .success()
        .unwrap();
    // Connections that are open would be used on.
    lab.operator.take().unwrap().stop().unwrap();
    let said = refusal(&namespace, "no endpoints").replace(home.name(), "<namespace>");
    expect_file!["../../golden/webhook-without-endpoints.txt"].assert_eq(&said);
}
