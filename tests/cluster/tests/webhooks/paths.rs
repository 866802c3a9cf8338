//! Both ways by which an API server calls a webhook, which are different protocols (ADMISSION.md 0, finding 2).

use test_cluster::{Cluster, Namespace, Operator, Reach, endpoint_address};

use crate::Lab;

const GOOD: &str = "apiVersion: api.practice.com/v1alpha1
kind: JobFlow
metadata: {name: smoke}
spec:
  flows:
  - {name: fetch, jobTemplateRef: later}
  - {name: load, dependencies: [fetch], jobTemplate: {template: {spec: {restartPolicy: OnFailure, containers: [{name: main, image: busybox:1.28}]}}}}
";

/// How many TLS handshakes ended with this version of HTTP.
fn handshakes(operator: &Operator, protocol: &str) -> u64 {
    let wanted = format!("jobflow_webhook_handshakes_total{{protocol=\"{protocol}\"}} ");
    let metrics = operator.metrics().unwrap();
    let count = metrics.lines().find_map(|line| line.strip_prefix(&wanted));
    count.map_or(0, |count| count.parse().unwrap())
}

fn refused_with(namespace: &Namespace, command: &str, manifest: &str, rule: &str) {
    let output = namespace
        .kubectl()
        .run_with_input(&[command, "-f", "-"], manifest)
        .unwrap();
    assert!(
        output.status != 0 && output.stderr.contains(rule),
        "no {rule} in {output:?}"
    );
}

/// Create, refuse, change and delete: each operation goes through a webhook, in both directions of the verdict.
fn smoke(namespace: &Namespace) {
    let kubectl = namespace.kubectl();
    let created = namespace.try_apply(GOOD).unwrap();
    assert!(
        created.stderr.contains("[JF303]") && created.stderr.contains("[XX401]"),
        "{created:?}"
    );
    let policy = "jsonpath={.spec.flows[1].jobTemplate.template.spec.restartPolicy}";
    let stored = kubectl
        .run(&["get", "jobflow", "smoke", "-o", policy])
        .unwrap()
        .success();
    assert_eq!(stored.unwrap(), "Never", "the patch was not applied");

    refused_with(namespace, "create", &GOOD.replace("[fetch]", "[fetsh]"), "[JF201]");
    refused_with(namespace, "apply", &GOOD.replace("1.28", "1.29"), "[JF601]");
    let without_spec = GOOD.split("spec:").next().unwrap();
    refused_with(
        namespace,
        "replace",
        without_spec,
        "spec: Required value: must be given [XX003]",
    );
    let template = "apiVersion: api.practice.com/v1alpha1
kind: JobTemplate
metadata: {name: later}
spec: {jobTemplate: {parallelism: 1, template: {spec: {restartPolicy: Never, containers: [{name: main, image: busybox:1.28}]}}}}
";
    namespace.apply(template).unwrap();
    namespace
        .apply(&template.replace("parallelism: 1", "parallelism: 2"))
        .unwrap();
    refused_with(
        namespace,
        "apply",
        &template.replace("parallelism: 1", "parallelism: -1"),
        "[XX460]",
    );
    for object in ["jobtemplate/later", "jobflow/smoke"] {
        kubectl
            .run(&["delete", object, "--timeout=60s"])
            .unwrap()
            .success()
            .unwrap();
    }
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_service_is_called_by_http_1_1() {
    let Some(address) = endpoint_address() else {
        eprintln!(
            "NOT TESTED: the way by a Service. An EndpointSlice may not name a loopback address, and this machine has no other."
        );
        return;
    };
    let home = Cluster::shared().unwrap().namespace("service").unwrap();
    let lab = Lab::new(Reach::Service {
        namespace: home.name().to_owned(),
        address,
    });
    smoke(&lab.cluster.namespace("smoke").unwrap());
    assert!(handshakes(lab.operator(), "http/1.1") > 0, "nobody spoke HTTP/1.1");
    assert_eq!(handshakes(lab.operator(), "h2"), 0, "somebody spoke HTTP/2");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_loopback_url_is_called_by_http_2() {
    let lab = Lab::new(Reach::Loopback);
    smoke(&lab.cluster.namespace("smoke").unwrap());
    assert!(handshakes(lab.operator(), "h2") > 0, "nobody spoke HTTP/2");
    assert_eq!(handshakes(lab.operator(), "http/1.1"), 0, "somebody spoke HTTP/1.1");
}
