//! The operator as a process: what it refuses while it runs, and how it ends.

use std::path::Path;

use test_cluster::{Cluster, OperatorOptions};

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn an_operator_refuses_the_broken_example_with_all_its_faults_and_ends_well_when_asked_to() {
    let cluster = Cluster::shared().unwrap();
    let operator = cluster
        .start_operator(&OperatorOptions::from_environment().unwrap())
        .unwrap();
    let namespace = cluster.namespace("broken").unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/broken/everything-wrong.yaml");
    let refusal = namespace.try_apply(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(refusal.status, 1, "{refusal:?}");
    for id in ["[JF102]", "[JF201]", "[JF203]", "[JF301]"] {
        assert!(refusal.stderr.contains(id), "no {id} in {}", refusal.stderr);
    }
    let ended = operator.stop().unwrap();
    assert!(ended.success(), "{ended}");
}
