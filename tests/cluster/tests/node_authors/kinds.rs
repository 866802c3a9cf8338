//! The other kinds, with real containers.

use crate::{ended, log, namespace};

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn the_containers_of_a_sequential_job_hand_over_through_a_volume() {
    let namespace = namespace("sequence");
    let path = format!("/var/lib/shared/{}", namespace.name());
    let manifest = format!(
        "apiVersion: batch.example.com/v1alpha1
kind: SequentialJob
metadata: {{name: demo}}
spec:
  containers:
    - {{name: write, image: 'busybox:1.28', command: [sh, -c, 'echo one > /work/log'], volumeMounts: &mounts [{{name: work, mountPath: /work}}]}}
    - {{name: append, image: 'busybox:1.28', command: [sh, -c, 'echo two >> /work/log'], volumeMounts: *mounts}}
    - {{name: read, image: 'busybox:1.28', command: [cat, /work/log], volumeMounts: *mounts}}
  template:
    spec:
      volumes: [{{name: work, hostPath: {{path: {path}, type: DirectoryOrCreate}}}}]
"
    );
    namespace.apply(&manifest).unwrap();
    let sequence = ended(&namespace, "sequentialjob", "demo");
    assert_eq!(sequence["status"]["progress"]["currentIndex"], 3, "{sequence}");
    assert_eq!(log(&namespace, "demo-2"), "one\ntwo\n");
}

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn a_managed_job_has_the_variables_of_a_config_map() {
    let namespace = namespace("managed");
    let manifest = "apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {COLOR: green}
---
apiVersion: jobsmanager.raczylo.com/v1beta1
kind: ManagedJob
metadata: {name: demo}
spec:
  retries: 0
  params: {fromEnv: [{configMapRef: {name: settings}}], env: [{name: SHAPE, value: round}]}
  groups:
    - name: first
      jobs: [{name: show, image: 'busybox:1.28', command: [sh, -c, 'echo $COLOR $SHAPE']}]
";
    namespace.apply(manifest).unwrap();
    let managed = ended(&namespace, "managedjob", "demo");
    assert_eq!(managed["status"]["state"], "succeeded", "{managed}");
    assert_eq!(log(&namespace, "demo-first-show"), "green round\n");
}

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn a_daemon_job_runs_on_the_real_node() {
    let namespace = namespace("daemon");
    let manifest = "apiVersion: api.practice.com/v1alpha1
kind: DaemonJob
metadata: {name: demo}
spec:
  template:
    spec:
      containers:
        - name: main
          image: busybox:1.28
          env: [{name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]
          command: [sh, -c, 'echo on $NODE']
";
    namespace.apply(manifest).unwrap();
    let daemon = ended(&namespace, "daemonjob", "demo");
    assert_eq!(daemon["status"]["state"], "Succeed", "{daemon}");
    assert_eq!(log(&namespace, "demo-node-1"), "on node-1\n");
}
