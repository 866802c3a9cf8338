//! What helm, kustomize, a cluster or we ourselves print, piped into the next program.

use std::fs;
use std::time::Duration;

use documented::{Page, Shell};
use serde_json::Value;
use test_cluster::{Cluster, Deadline, Namespace, until};

use crate::{desk, first_manifest, template};

const TEST: &str = "tests/cluster/tests/pages/pipelines.rs::what_others_render_or_hold_is_piped_as_shown";

const CHART: &str = "apiVersion: v2\nname: my-flows\nversion: 1.0.0\n";
const KUSTOMIZATION: &str = "resources: [flow.yaml]\n";

/// Images must have a version, in one namespace.
const POLICY: &str = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: versions}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [batch], apiVersions: [v1], operations: [CREATE], resources: [jobs]}]
  validations:
    - expression: \"object.spec.template.spec.containers.all(c, !c.image.endsWith(':latest'))\"
      message: images must have a version
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: versions}
spec:
  policyName: versions
  validationActions: [Deny]
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAMESPACE}}}
";

/// Two steps that the policy refuses, behind one of a template.
const NIGHTLY: &str = "apiVersion: api.practice.com/v1alpha1
kind: JobFlow
metadata:
  name: nightly
spec:
  flows:
    - name: load
      jobTemplateRef: load
    - name: train
      dependencies: [load]
      jobTemplate:
        template:
          spec:
            containers:
              - name: main
                image: train:latest
    - name: report
      dependencies: [train]
      jobTemplate:
        template:
          spec:
            containers:
              - name: main
                image: report:latest
";

/// A template with a label of nodes that is deprecated.
const TEMPLATES: &str = "apiVersion: api.practice.com/v1alpha1
kind: JobTemplate
metadata:
  name: load
spec:
  jobTemplate:
    template:
      spec:
        nodeSelector: {beta.kubernetes.io/os: linux}
        containers:
          - name: main
            image: busybox:1.28
";

/// The files that the documents take for granted, all with one flow.
fn write_files(shell: &Shell) {
    let flow = first_manifest("docs/job-flow.md");
    shell.write("flow.yaml", &flow);
    shell.write("templates/load.yaml", &template());
    shell.write("my-flows/Chart.yaml", CHART);
    shell.write("my-flows/templates/flow.yaml", &flow);
    shell.write("overlays/production/kustomization.yaml", KUSTOMIZATION);
    shell.write("overlays/production/flow.yaml", &flow);
}

/// Asks a cluster with a policy about the Jobs of a folder.
fn ask_the_cluster(page: &mut Page<'_>, namespace: &Namespace, shell: &Shell) {
    shell.write("deploy/nightly.yaml", NIGHTLY);
    shell.write("deploy/templates.yaml", TEMPLATES);
    let policy = POLICY.replace("NAMESPACE", namespace.name());
    namespace.apply(&policy).unwrap();
    let probe = ["create", "job", "probe", "--image=busybox:latest", "--dry-run=server"];
    until("the policy holds", Deadline::after(Duration::from_secs(60)), || {
        anyhow::ensure!(namespace.kubectl().run(&probe)?.status != 0, "the Job is taken");
        Ok(())
    })
    .unwrap();
    let kubeconfig = fs::read_to_string(Cluster::shared().unwrap().kubeconfig()).unwrap();
    let kubeconfig: Value = serde_json::from_str(&kubeconfig).unwrap();
    page.stands_for("staging", kubeconfig["contexts"][0]["name"].as_str().unwrap());
    page.stands_for("pipelines", namespace.name());
    page.play("jobflow validate --server");
    let delete = [
        "delete",
        "validatingadmissionpolicy/versions",
        "validatingadmissionpolicybinding/versions",
    ];
    namespace.kubectl().run(&delete).unwrap().success().unwrap();
}

pub fn what_others_render_or_hold_is_piped_as_shown() {
    let (namespace, shell) = desk("pipelines");
    write_files(&shell);
    let open = |document: &'static str| Page::open(document, TEST, &shell);
    for document in ["docs/ci.md", "docs/how-to/gitops.md"] {
        let mut page = open(document);
        page.play("helm template");
        page.play("kubectl kustomize");
        if document == "docs/ci.md" {
            ask_the_cluster(&mut page, &namespace, &shell);
        } else {
            let diamond = fs::read_to_string(documented::root().join("examples/tutorial/diamond.yaml")).unwrap();
            namespace.apply(&diamond).unwrap();
            page.play("kubectl wait");
        }
    }
    open("docs/render.md").play("jobflow render");
    for manifest in [template(), first_manifest("docs/job-flow.md")] {
        namespace.apply(&manifest).unwrap();
    }
    open("docs/graph.md").play("kubectl get jobflow nightly");
    let drawing = fs::read_to_string(shell.folder().join("nightly.svg")).unwrap();
    assert!(drawing.starts_with("<svg ") && drawing.contains("extract"), "{drawing}");
    for document in [
        "docs/how-to/migrate-from-jobflow-operator.md",
        "docs/how-to/migrate-from-jobs-manager-operator.md",
        "docs/how-to/migrate-from-sequential-job-operator.md",
    ] {
        // Other tests have just left objects in all namespaces, some that were never admitted.
        open(document).see("kubectl get");
    }
}
