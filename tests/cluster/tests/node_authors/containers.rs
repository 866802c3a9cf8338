//! What is inside of the containers of a JobFlow.

use crate::{ended, job_flow, log, namespace, script};

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn a_step_has_global_and_own_variables_and_its_own_win() {
    let namespace = namespace("env");
    let global = "  globalParams: {env: [{name: COLOR, value: global}, {name: SHAPE, value: global}]}\n";
    let own = script("echo $COLOR $SHAPE").replace("command:", "env: [{name: SHAPE, value: own}], command:");
    namespace.apply(&job_flow(global, &[("show", "", &own)])).unwrap();
    let flow = ended(&namespace, "jobflow", "demo");
    assert_eq!(flow["status"]["state"], "Succeed", "{flow}");
    assert_eq!(log(&namespace, "demo-show"), "global own\n");
}

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn one_step_reads_what_another_wrote_into_a_shared_volume_on_the_same_node() {
    let namespace = namespace("volume");
    let path = format!("/var/lib/shared/{}", namespace.name());
    let shared = format!(
        "  globalParams: {{nodeName: node-1}}
  shareVolumes: [{{name: work, hostPath: {{path: {path}, type: DirectoryOrCreate}}}}]\n"
    );
    let mounted = |text: &str| "      shareVolumeMounts: [{name: work, mountPath: /work}]\n".to_owned() + &script(text);
    let (write, read) = (mounted("echo 42 > /work/answer"), mounted("cat /work/answer"));
    namespace
        .apply(&job_flow(&shared, &[("write", "", &write), ("read", "write", &read)]))
        .unwrap();
    let flow = ended(&namespace, "jobflow", "demo");
    assert_eq!(flow["status"]["state"], "Succeed", "{flow}");
    assert_eq!(log(&namespace, "demo-read"), "42\n");
    let nodes = ["get", "pods", "-o", "jsonpath={.items[*].spec.nodeName}"];
    assert_eq!(
        namespace.kubectl().run(&nodes).unwrap().success().unwrap(),
        "node-1 node-1"
    );
}
