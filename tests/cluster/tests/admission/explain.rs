//! The schemas as users meet them: `kubectl explain`, and client-side apply of the CRDs themselves.

use expect_test::expect_file;

use crate::terminal::{Terminal, cluster};

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn explain_tells_what_each_field_of_ours_is_for() {
    let mut terminal = Terminal::open("explain");
    for path in [
        "jobflow",
        "jobflow.spec",
        "jobflow.spec.flows",
        "jobflow.spec.globalParams",
        "jobtemplate.spec",
        "jobflow.status",
    ] {
        terminal.run(&format!("kubectl explain {path}"));
    }
    expect_file!["../../golden/explain.txt"].assert_eq(&terminal.transcript());
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn every_crd_can_be_applied_client_side() {
    let manifest = crds::generate::YAML;
    let output = cluster().kubectl().apply(manifest).unwrap();
    assert_eq!(output.status, 0, "{}", output.stderr);
    assert_eq!(
        output.stdout.lines().count(),
        manifest.split("\n---\n").count(),
        "{}",
        output.stdout
    );
}
