//! What the API server takes with a warning.

use crate::arena::{Arena, flow, job_flow, template};

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn pods_that_a_namespace_will_refuse_are_warned_of_and_that_may_be_suppressed() {
    let steps = flow("fetch", "busybox") + &flow("check", "busybox");
    let arena = Arena::new("restricted", &[("flow.yaml", &job_flow(&steps))]);
    let label = "pod-security.kubernetes.io/enforce=restricted";
    let labelled = ["label", "namespace", arena.namespace.name(), label];
    arena.namespace.kubectl().run(&labelled).unwrap().success().unwrap();
    let told = arena.validate(&["flow.yaml"]);
    assert_eq!(
        told.stdout,
        "flow.yaml:7:7: warning[XX802]: spec.flows[0]: the API server warns of the Job: would violate PodSecurity \
         \"restricted:latest\": allowPrivilegeEscalation != false (container \"main\" must set \
         securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"main\" must set \
         securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or container \"main\" must set \
         securityContext.runAsNonRoot=true), seccompProfile (pod or container \"main\" must set \
         securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\") (the same is said of 'check')\n"
    );
    assert_eq!(told.status, 0);
    let suppressed = job_flow(&steps).replace(
        "name: fetch",
        "name: fetch # jobflow:ignore[XX802] nothing runs here yet",
    );
    std::fs::write(arena.folder.path().join("flow.yaml"), suppressed).unwrap();
    let told = arena.validate(&["flow.yaml"]);
    assert_eq!(told.stdout, "");
    assert!(
        told.stderr.starts_with("1 suppressed by the files themselves\n"),
        "{told:?}"
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_warning_about_a_template_shows_its_line_and_a_step_in_another_file() {
    let template = template("load", "busybox").replace("{}", "{beta.kubernetes.io/os: linux}");
    let steps = "    - name: a\n      jobTemplateRef: load\n    - name: b\n      jobTemplateRef: load\n";
    let arena = Arena::new("template", &[("flow.yaml", &job_flow(steps)), ("load.yaml", &template)]);
    let told = arena.validate(&["-o", "full", "flow.yaml", "--templates", "load.yaml"]);
    assert_eq!(
        told.stdout,
        "\
warning[XX802]: the API server warns of the Job: deprecated since v1.14; use \"kubernetes.io/os\" instead
 --> load.yaml:9:47
  |
9 |         nodeSelector: {beta.kubernetes.io/os: linux}
  |                                               ^^^^^
  |
 ::: flow.yaml:8:23
  |
8 |       jobTemplateRef: load
  |                       ---- used by this step
  |
  = note: spec.jobTemplate.template.spec.nodeSelector[beta.kubernetes.io/os]

`jobflow explain XX802` tells why, with an example and the fix
"
    );
    assert_eq!(told.status, 0);
}
