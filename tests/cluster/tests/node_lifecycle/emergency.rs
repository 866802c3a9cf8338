//! Admission stands in the way, and is taken out of it.

use serde_json::{Value, json};
use test_cluster::{Deadline, Namespace, until};

use crate::load::flow;
use crate::pages::Pages;
use crate::{LIMIT, broken_flows_are_refused};

/// Who may create JobFlows, and no Jobs.
const CLERK: &str = "clerk";

/// Without the webhooks a flow is stored that would be refused, and does not run; `helm upgrade` brings them back. The policy
/// is no webhook: it goes by a command of its own.
pub fn lets_everything_in_and_ends(namespace: &Namespace, pages: &mut Pages) {
    let page = &mut pages.emergency;
    page.play("kubectl delete validatingwebhookconfiguration");
    page.play("kubectl delete mutatingwebhookconfiguration");
    until("a cyclic flow is stored", Deadline::after(LIMIT), || {
        namespace.try_apply(&cyclic().to_string())?.success().map(drop)
    })
    .unwrap();
    let stalled = |object: &Value| {
        let conditions = object["status"]["conditions"].as_array()?;
        let is_it = |condition: &Value| condition["type"] == "Stalled" && condition["reason"] == "Invalid";
        conditions.iter().any(is_it).then_some(())
    };
    namespace
        .wait_for("jobflow", "cyclic", Deadline::after(LIMIT), stalled)
        .unwrap();
    page.play("helm upgrade");
    broken_flows_are_refused(namespace);

    hire(namespace);
    let refused = as_clerk(namespace).unwrap_err().to_string();
    assert!(
        refused.contains("user 'clerk' may not create jobs.batch in namespace"),
        "{refused}"
    );
    page.play("kubectl delete validatingadmissionpolicybinding");
    until("the policy is gone", Deadline::after(LIMIT), || as_clerk(namespace)).unwrap();
}

fn cyclic() -> Value {
    let mut cyclic = flow("cyclic", "true");
    let mut second = cyclic["spec"]["flows"][0].clone();
    // Both webhooks are away, so nobody writes it.
    for flow in [&mut second, &mut cyclic["spec"]["flows"][0]] {
        flow["jobTemplate"]["template"]["spec"]["restartPolicy"] = json!("Never");
        flow["dependencies"] = json!(["other"]);
    }
    second["name"] = json!("other");
    second["dependencies"] = json!(["work"]);
    cyclic["spec"]["flows"].as_array_mut().unwrap().push(second);
    cyclic
}

fn hire(namespace: &Namespace) {
    for line in [
        "create role clerk --verb=create --resource=jobflows.api.practice.com",
        "create rolebinding clerk --role=clerk --user=clerk",
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        namespace.kubectl().run(&args).unwrap().success().unwrap();
    }
}

fn as_clerk(namespace: &Namespace) -> anyhow::Result<()> {
    let create = ["create", "--dry-run=server", "--as", CLERK, "-f", "-"];
    let manifest = flow("of-clerk", "true").to_string();
    namespace
        .kubectl()
        .run_with_input(&create, &manifest)?
        .success()
        .map(drop)
}
