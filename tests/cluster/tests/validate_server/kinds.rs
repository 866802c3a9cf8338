//! Every kind: what the API server says of a field of a Job stands where its author wrote it.

use crate::arena::Arena;

/// Selects nodes by a label that is deprecated, which the API server warns of at its path.
const MANIFESTS: &str = "\
apiVersion: api.practice.com/v1alpha1
kind: DaemonJob
metadata:
  name: patch
spec:
  globalParams:
    env:
      - name: ZONE
        value: a
  template:
    spec:
      nodeSelector:
        beta.kubernetes.io/os: linux
      containers:
        - name: main
          image: busybox
          env:
            - name: TWICE
              value: a
            - name: TWICE
              value: b
---
apiVersion: jobsmanager.raczylo.com/v1beta1
kind: ManagedJob
metadata:
  name: pipeline
spec:
  params:
    env:
      - name: ONCE
        value: a
  groups:
    - name: first
      jobs:
        - name: one
          image: busybox
          params:
            env:
              - name: TWICE
                value: a
              - name: TWICE
                value: b
---
apiVersion: batch.example.com/v1alpha1
kind: SequentialJob
metadata:
  name: chain
spec:
  template:
    spec:
      nodeSelector:
        beta.kubernetes.io/arch: amd64
  containers:
    - name: a
      image: busybox
    - name: b
      image: busybox
      env:
        - name: TWICE
          value: a
        - name: TWICE
          value: b
";

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn what_is_said_of_a_field_stands_where_it_was_written_in_every_kind() {
    let arena = Arena::new("kinds", &[("all.yaml", MANIFESTS)]);
    let told = arena.validate(&["-v", "all.yaml"]);
    let warned = "the API server warns of the Job: ";
    let hides = format!("{warned}hides previous definition of \"TWICE\", which may be dropped when using apply");
    assert_eq!(
        told.stdout,
        format!(
            "\
all.yaml:13:32: warning[XX802]: spec.template.spec.nodeSelector[beta.kubernetes.io/os]: {warned}deprecated since v1.14; use \"kubernetes.io/os\" instead
all.yaml:20:15: warning[XX802]: spec.template.spec.containers[0].env[1]: {hides}
all.yaml:41:17: warning[XX802]: spec.groups[0].jobs[0].params.env[1]: {hides}
all.yaml:52:34: warning[XX802]: spec.template.spec.nodeSelector[beta.kubernetes.io/arch]: {warned}deprecated since v1.14; use \"kubernetes.io/arch\" instead
all.yaml:61:11: warning[XX802]: spec.containers[1].env[1]: {hides}
"
        )
    );
    // One for the node that stands in, one for the job, two for the containers.
    assert!(told.stderr.contains("\n4 Jobs shown to the API server at "), "{told:?}");
    assert_eq!(told.status, 0);
    assert_eq!(arena.validate(&["--fail-on", "warning", "all.yaml"]).status, 1);
}
