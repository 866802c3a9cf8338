//! What helm, kustomize, a cluster or we ourselves print, piped into the next program.

use std::fs;

use documented::{Page, Shell};

use crate::{desk, first_manifest, template};

const TEST: &str = "tests/cluster/tests/pages/pipelines.rs::what_others_render_or_hold_is_piped_as_shown";

const CHART: &str = "apiVersion: v2\nname: my-flows\nversion: 1.0.0\n";
const KUSTOMIZATION: &str = "resources: [flow.yaml]\n";

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

pub fn what_others_render_or_hold_is_piped_as_shown() {
    let (namespace, shell) = desk("pipelines");
    write_files(&shell);
    let open = |document: &'static str| Page::open(document, TEST, &shell);
    for document in ["docs/ci.md", "docs/how-to/gitops.md"] {
        let mut page = open(document);
        page.play("helm template");
        page.play("kubectl kustomize");
        if document == "docs/how-to/gitops.md" {
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
