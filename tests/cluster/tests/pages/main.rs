//! What documents show on a cluster, done as it stands there: each command, and what it prints.
//!
//! Which test runs what is in `tests/documented/src/runners.rs`. What needs real containers or the chart is run by the tests
//! on a node.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

mod kinds;
mod pipelines;
mod readme;
mod tutorial;

use std::sync::OnceLock;
use std::thread;

use documented::{Document, Shell, root};
use test_cluster::{Cluster, Namespace, Operator, OperatorOptions, reader};

/// The operator of this test binary. Statics are not dropped: the next binary replaces it, or the cluster's end stops it.
static OPERATOR: OnceLock<Operator> = OnceLock::new();

/// All at once, each in a namespace of its own: they wait more than they work.
#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn documents_print_what_they_show() {
    let pages: [fn(); 4] = [
        tutorial::the_tutorial_prints_what_it_shows,
        readme::the_readme_prints_what_it_shows,
        kinds::the_smallest_manifest_of_each_kind_does_what_its_page_shows,
        pipelines::what_others_render_or_hold_is_piped_as_shown,
    ];
    thread::scope(|scope| {
        for running in pages.map(|page| scope.spawn(page)) {
            running.join().unwrap();
        }
    });
}

/// A namespace with the operator at work, and the shell of somebody who works in it.
fn desk(label: &str) -> (Namespace, Shell) {
    let cluster = Cluster::shared().unwrap();
    OPERATOR.get_or_init(|| {
        let options = OperatorOptions::from_environment().unwrap();
        cluster.start_operator(&options).unwrap()
    });
    let namespace = cluster.namespace(label).unwrap();
    let shell = reader(&cluster, namespace.name()).unwrap();
    (namespace, shell)
}

/// The first manifest that a document shows.
fn first_manifest(document: &str) -> String {
    let document = Document::read(&root().join(document));
    let blocks = document.blocks();
    let is_whole = |lines: &[String]| lines.iter().any(|line| line.starts_with("kind:"));
    let block = blocks.iter().find(|block| block.is("yaml") && is_whole(&block.lines));
    block.unwrap().lines.join("\n")
}

/// The JobTemplate that the JobFlow `nightly` of several documents refers to.
fn template() -> String {
    first_manifest("docs/job-template.md")
}
