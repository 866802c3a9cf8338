//! Namespaces with rules of their own, and users with few rights.

use crate::{ended, job_flow, log, namespace, script};

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn a_flow_that_keeps_to_restricted_pod_security_runs_there() {
    let namespace = namespace("restricted");
    let label = [
        "label",
        "namespace",
        namespace.name(),
        "pod-security.kubernetes.io/enforce=restricted",
    ];
    namespace.kubectl().run(&label).unwrap().success().unwrap();
    let step = script("id -u")
        .replace(
            "{containers:",
            "{securityContext: {runAsNonRoot: true, runAsUser: 65532, seccompProfile: {type: RuntimeDefault}}, containers:",
        )
        .replace("command:", "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}, command:");
    namespace.apply(&job_flow("", &[("work", "", &step)])).unwrap();
    let flow = ended(&namespace, "jobflow", "demo");
    assert_eq!(flow["status"]["state"], "Succeed", "{flow}");
    assert_eq!(log(&namespace, "demo-work"), "65532\n");
}

/// The built-in role `edit` holds the right to create Jobs, and by the chart's role that to create our kinds.
#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn the_built_in_roles_hold_for_our_kinds() {
    let namespace = namespace("roles");
    let kubectl = namespace.kubectl();
    for role in ["edit", "view"] {
        let bind = ["create", "rolebinding", role, "--clusterrole", role, "--user", role];
        kubectl.run(&bind).unwrap().success().unwrap();
    }
    let flow = job_flow("", &[("work", "", &script("true"))]);
    let create = |user| {
        kubectl
            .run_with_input(&["create", "--as", user, "-f", "-"], &flow)
            .unwrap()
    };
    let refused = create("view");
    assert!(
        refused.stderr.contains("cannot create resource \"jobflows\""),
        "{refused:?}"
    );
    create("edit").success().unwrap();
    ended(&namespace, "jobflow", "demo");
    for (user, verb) in [("view", "get"), ("edit", "delete")] {
        kubectl
            .run(&[verb, "jobflow/demo", "--as", user])
            .unwrap()
            .success()
            .unwrap();
    }
}
