//! Upgrades while flows are created and run.

use test_cluster::{Chart, Cluster, INSTALL_FLAGS, Namespace};

use crate::load::{flow, under_creates};
use crate::pages::Pages;
use crate::{THIS_VERSION, kubectl, state};

/// The check gives up as soon as it may: it will be asked while there is no operator.
const SHORT_PROBE: [&str; 2] = ["--set", "probe.timeoutSeconds=10"];

/// From the version before this one to this one and back, with flows in every state, and then to this one for good.
pub fn fail_no_create(cluster: &Cluster, chart: &Chart, namespace: &Namespace, pages: &mut Pages) {
    let images = || {
        kubectl(
            cluster,
            "--namespace jobflow-system get deployment jobflow -o jsonpath={.spec.template.spec.containers[0].image}",
        )
    };
    let before = images();
    for (name, script) in [("ended", "echo done"), ("across", "sleep 40; echo done")] {
        namespace.apply(&flow(name, script).to_string()).unwrap();
    }
    let mut suspended = flow("suspended", "echo done");
    suspended["spec"]["suspend"] = true.into();
    namespace.apply(&suspended.to_string()).unwrap();
    state(namespace, "ended", "Succeed");
    state(namespace, "across", "Running");
    state(namespace, "suspended", "Suspended");
    let (images, count, failures) = under_creates(cluster, namespace.name(), || {
        pages.upgrades.play("helm upgrade");
        let upgraded = images();
        chart.release("rollback", &["--wait", "--timeout=4m"]).unwrap();
        let rolled_back = images();
        let flags = [INSTALL_FLAGS.as_slice(), &SHORT_PROBE].concat();
        chart.run("upgrade", &flags).unwrap();
        [upgraded, rolled_back, images()]
    });
    eprintln!(
        "{count} creates during two upgrades and a rollback, {} failed",
        failures.len()
    );
    let this = format!("jobflow:{THIS_VERSION}");
    assert_ne!(before, this);
    assert_eq!(images, [this.clone(), before, this]);
    assert!(count > 50, "only {count} creates");
    assert_eq!(failures, Vec::<String>::new());
    state(namespace, "ended", "Succeed");
    state(namespace, "across", "Succeed");
    let resume = [
        "patch",
        "jobflow",
        "suspended",
        "--type=merge",
        "-p",
        r#"{"spec":{"suspend":false}}"#,
    ];
    namespace.kubectl().run(&resume).unwrap().success().unwrap();
    state(namespace, "suspended", "Succeed");
    let pods = ["get", "pods", "-o", "name"];
    let pods = namespace.kubectl().run(&pods).unwrap().success().unwrap();
    assert_eq!(pods.lines().count(), 3, "each step ran once: {pods}");
}
