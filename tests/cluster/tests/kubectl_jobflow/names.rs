//! The forms of names.

use crate::arena::{apply, arena, good, jobflow};

const SEQUENTIAL: &str = "apiVersion: batch.example.com/v1alpha1
kind: SequentialJob
metadata: {name: 'n'}
spec: {containers: [{name: a, image: 'busybox:1.28'}]}
";

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_name_is_looked_for_in_all_kinds() {
    let namespace = arena("names");
    apply(&namespace, "n", &[good("a", &[])]);
    let told = |args: &[&str]| jobflow(&namespace, &[args, &["-o", "name"]].concat()).masked(&namespace);
    for form in [["get", "n"], ["get", "jf/n"], ["get", "jobflows/n"], ["get", "@latest"]] {
        assert_eq!(told(&form), "jobflow/n\nexit 0\n", "{form:?}");
    }
    assert_eq!(told(&["get", "jobflow", "n"]), "jobflow/n\nexit 0\n");
    let waited = jobflow(&namespace, &["wait", "jobflow", "n", "--timeout", "60s"]).masked(&namespace);
    assert_eq!(waited, "jobflow/n Succeed 1/1 after <span>\nexit 0\n");
    // The API server tells times in whole seconds.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    namespace.apply(SEQUENTIAL).unwrap();
    assert_eq!(told(&["get", "@latest"]), "sequentialjob/n\nexit 0\n");
    assert_eq!(told(&["get", "jf/@latest"]), "jobflow/n\nexit 0\n");
    assert_eq!(
        told(&["get", "n"]),
        "error: 'n' is ambiguous: say which of jobflow/n and sequentialjob/n\nexit 2\n"
    );
    assert_eq!(
        told(&["get", "x"]),
        "error: there is no jobflow, daemonjob, managedjob or sequentialjob named 'x' in the namespace '<namespace>': \
         `jobflow get -A` lists what there is\nexit 4\n"
    );
    assert_eq!(
        told(&["get", "mj/n"]),
        "error: there is no managedjob named 'n' in the namespace '<namespace>': `jobflow get -A` lists what there is\n\
         exit 4\n"
    );
    assert_eq!(
        told(&["get", "pod/n"]),
        "error: 'pod' is no kind of jobflow: there are jobflow (jf), daemonjob (dj, djob), managedjob (mj), sequentialjob \
         (sj), jobtemplate (jt)\nexit 2\n"
    );
}
