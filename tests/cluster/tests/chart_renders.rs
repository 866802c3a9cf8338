//! What the chart renders, and whether a real API server takes it.

#![expect(
    clippy::unwrap_used,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

use std::path::{Path, PathBuf};

use expect_test::expect_file;
use serde_json::{Value, json};
use test_cluster::{CertManager, Chart, Cluster};

/// Sets of values, each a file beside its golden file.
const SETS: [&str; 4] = ["default", "everything", "minimal", "self-signed"];

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/chart").join(name)
}

fn chart() -> Chart {
    Chart::of(&Cluster::shared().unwrap()).unwrap()
}

fn rendered(set: &str, more: &[&str]) -> String {
    let values = golden(&format!("{set}.values.yaml"));
    let flags = [&["--values", values.to_str().unwrap()], more].concat();
    chart().render(&flags).unwrap()
}

fn documents(rendered: &str) -> Vec<Value> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(rendered).unwrap();
    documents.into_iter().filter(|document| !document.is_null()).collect()
}

/// The CRDs are held to `crds/` by `cargo xtask gen`; here they would bury the rest.
const WITHOUT_CRDS: [&str; 2] = ["--set", "crds.install=false"];

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn every_set_of_values_renders_as_recorded() {
    for set in SETS {
        let text = rendered(set, &WITHOUT_CRDS);
        expect_file![golden(&format!("{set}.yaml"))].assert_eq(&text);
    }
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn helm_finds_nothing_to_complain_of() {
    for set in SETS {
        let values = golden(&format!("{set}.values.yaml"));
        let said = chart()
            .lint(&["--strict", "--values", values.to_str().unwrap()])
            .unwrap();
        assert!(said.contains("0 chart(s) failed"), "{said}");
    }
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_misspelt_or_impossible_value_is_refused_with_its_name() {
    for (flag, told) in [
        ("replica=3", "additional properties 'replica' not allowed"),
        ("certificates.mode=letsencrypt", "at '/certificates/mode'"),
        ("webhook.timeoutSeconds=31", "at '/webhook/timeoutSeconds'"),
        (
            "certificates.mode=existing",
            "certificates.existing.secretName: required with certificates.mode=existing",
        ),
    ] {
        let error = chart().render(&["--set", flag]).unwrap_err().to_string();
        assert!(error.contains(told), "{flag}: {error}");
    }
    let flags = [
        "--set",
        "certificates.mode=existing,certificates.existing.secretName=serving",
    ];
    let error = chart().render(&flags).unwrap_err().to_string();
    assert!(error.contains("certificates.existing.caBundle: required"), "{error}");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_real_api_server_takes_everything_that_is_rendered() {
    let cluster = Cluster::shared().unwrap();
    CertManager::install_crds(&cluster).unwrap();
    let monitoring = include_str!("../manifests/monitoring-crds.yaml");
    cluster.kubectl().apply(monitoring).unwrap().success().unwrap();
    let established = ["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"];
    cluster.kubectl().run(&established).unwrap().success().unwrap();
    let home = cluster.namespace("chart").unwrap();
    for set in SETS {
        let text = rendered(set, &[]).replace(
            &format!("namespace: {}", Chart::NAMESPACE),
            &format!("namespace: {}", home.name()),
        );
        let apply = [
            "apply",
            "--server-side",
            "--dry-run=server",
            "--validate=strict",
            "--force-conflicts",
            "-f",
            "-",
        ];
        let said = cluster
            .kubectl()
            .run_with_input(&apply, &text)
            .unwrap()
            .success()
            .unwrap();
        let count = documents(&text).len();
        assert_eq!(said.lines().count(), count, "{set}: {said}");
    }
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn crds_are_those_of_the_program_and_survive_uninstall() {
    let expected: Vec<Value> = serde_saphyr::from_multiple(crds::generate::YAML).unwrap();
    let mut shown = documents(&rendered("default", &[]));
    shown.retain(|document| document["kind"] == "CustomResourceDefinition");
    assert_eq!(shown.len(), expected.len());
    for mut crd in shown {
        let metadata = crd["metadata"].as_object_mut().unwrap();
        metadata.remove("labels");
        assert_eq!(
            metadata.remove("annotations").unwrap()["helm.sh/resource-policy"],
            "keep"
        );
        assert!(expected.contains(&crd), "{}", crd["metadata"]["name"]);
    }
    let removed = rendered("default", &["--set", "crds.keep=false"]);
    assert!(!removed.contains("resource-policy"));
}

/// What the API server is told of our webhooks is the same in the chart and in the cluster that all tests run on.
#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn the_webhooks_are_those_that_all_other_tests_run_with() {
    let own = include_str!("../manifests/webhooks.yaml")
        .replace("@MUTATE@", "{}")
        .replace("@VALIDATE@", "{}");
    let bare = |documents: Vec<Value>| -> Vec<Value> {
        let webhooks = documents.into_iter().filter(|document| document["webhooks"].is_array());
        let mut webhooks: Vec<Value> = webhooks.map(|document| document["webhooks"].clone()).collect();
        for webhook in webhooks.iter_mut().flat_map(|list| list.as_array_mut().unwrap()) {
            webhook["clientConfig"] = Value::Null;
            webhook["namespaceSelector"] = Value::Null;
        }
        webhooks
    };
    assert_eq!(
        bare(documents(&rendered("default", &WITHOUT_CRDS))),
        bare(documents(&own))
    );
}

/// Tools that see no cluster, such as Argo CD, may render it as often as they like.
#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn no_rendering_holds_a_key_or_says_whom_to_trust() {
    for set in SETS {
        let text = rendered(set, &WITHOUT_CRDS);
        assert_eq!(text, rendered(set, &WITHOUT_CRDS), "{set} is another one each time");
        for document in documents(&text) {
            assert!(document["kind"] != "Secret" || document["data"].is_null(), "{document}");
            let webhooks = document["webhooks"].as_array().into_iter().flatten();
            let mut bundles = webhooks.map(|webhook| &webhook["clientConfig"]["caBundle"]);
            // Whoever brings a certificate says so.
            assert!(set == "everything" || bundles.all(Value::is_null), "{document}");
        }
    }
}

/// The Secret has another name in each mode, and the operator may write that one and no other.
#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn only_an_operator_that_makes_certificates_may_read_and_write_a_secret() {
    for set in SETS {
        let mut secrets = Vec::new();
        let documents = documents(&rendered(set, &WITHOUT_CRDS));
        for rule in documents
            .iter()
            .flat_map(|document| document["rules"].as_array().into_iter().flatten())
        {
            let resources = rule["resources"].as_array().into_iter().flatten();
            if resources
                .into_iter()
                .any(|resource| resource == "secrets" || resource == "*")
            {
                secrets.push((rule["resourceNames"].clone(), rule["verbs"].clone()));
            }
        }
        let own = (
            json!(["jobflow-certificates"]),
            json!(["get", "list", "watch", "patch"]),
        );
        assert_eq!(
            secrets,
            if set == "self-signed" { vec![own] } else { Vec::new() },
            "{set}"
        );
    }
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn kustomize_finds_every_reference_with_the_file_of_the_documents() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| std::fs::write(folder.path().join(name), content).unwrap();
    let names = include_str!("../../../docs/operators/kustomize-names.yaml");
    write("kustomize-names.yaml", names);
    write("objects.yaml", include_str!("../manifests/kustomize.yaml"));
    let kustomization = "namePrefix: dev-
resources: [objects.yaml]
configurations: [kustomize-names.yaml]
configMapGenerator: [{name: settings, literals: [A=b]}]
secretGenerator: [{name: keys, literals: [A=b]}]
";
    write("kustomization.yaml", kustomization);
    let kubectl = Cluster::shared().unwrap().kubectl().clone();
    let args = ["kustomize", folder.path().to_str().unwrap()];
    let built = kubectl.run(&args).unwrap().success().unwrap();
    let left: Vec<&str> = built
        .lines()
        .filter(|line| {
            ["settings", "keys", "template"]
                .iter()
                .any(|name| line.ends_with(&format!(": {name}")))
        })
        .collect();
    assert_eq!(left, Vec::<&str>::new(), "not found by kustomize");
    assert_eq!(
        built.matches("dev-settings-").count() + built.matches("dev-keys-").count(),
        14,
        "{built}"
    );
}
