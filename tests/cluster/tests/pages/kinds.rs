//! The pages of the kinds: the manifest that each shows first, and what becomes of it.

use documented::Page;
use serde_json::{Value, json};
use test_cluster::{Cluster, Namespace};

use crate::{desk, first_manifest, template};

const TEST: &str = "tests/cluster/tests/pages/kinds.rs::the_smallest_manifest_of_each_kind_does_what_its_page_shows";

/// How many nodes the page about DaemonJobs has.
const NODES: usize = 3;

pub fn the_smallest_manifest_of_each_kind_does_what_its_page_shows() {
    let (namespace, shell) = desk("kinds");
    let open = |document: &'static str| Page::open(document, TEST, &shell);
    namespace.apply(&template()).unwrap();
    namespace
        .apply(&on_some_nodes(&first_manifest("docs/daemon-job.md")))
        .unwrap();
    for document in ["docs/job-flow.md", "docs/managed-job.md", "docs/sequential-job.md"] {
        namespace.apply(&first_manifest(document)).unwrap();
    }
    let mut job_flow = open("docs/job-flow.md");
    job_flow.see("kubectl get jobflows");
    let mut template = open("docs/job-template.md");
    template.see("kubectl get jobtemplates");
    open("docs/daemon-job.md").see("kubectl get daemonjobs");
    open("docs/managed-job.md").see("kubectl get managedjobs");
    let mut sequential_job = open("docs/sequential-job.md");
    sequential_job.see("kubectl get sequentialjobs");
    sequential_job.play("kubectl wait");
    // Events are published after the status that they tell of.
    sequential_job.see("kubectl events");
    job_flow.play("kubectl annotate");
    anew_without_its_template(&namespace);
    template.see("kubectl get jobflows");
}

/// As if there were no other nodes.
fn on_some_nodes(manifest: &str) -> String {
    let nodes = Cluster::shared().unwrap().kubectl().json(&["get", "nodes"]).unwrap();
    let names = nodes["items"].as_array().unwrap().iter();
    let names: Vec<&str> = names.filter_map(|node| node["metadata"]["name"].as_str()).collect();
    assert!(names.len() >= NODES, "there are only {names:?}");
    let mut object: Value = serde_saphyr::from_str(manifest).unwrap();
    object["spec"]["excludeNodeList"] = json!(names.into_iter().skip(NODES).collect::<Vec<_>>().join(","));
    object.to_string()
}

fn anew_without_its_template(namespace: &Namespace) {
    let delete = ["delete", "jobflow/nightly", "jobtemplate/load-into-warehouse"];
    namespace.kubectl().run(&delete).unwrap().success().unwrap();
    namespace.apply(&first_manifest("docs/job-flow.md")).unwrap();
}
