//! The hidden `watchdog` command: nothing that a state folder names outlives the process that holds the pipe.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use test_cluster::{ProcessRecord, StateFolder};

fn sleeper() -> Child {
    let mut command = Command::new("sleep");
    command.arg("60").process_group(0).stdout(Stdio::piped());
    command.spawn().expect("`sleep` is on every machine that runs tests")
}

#[test]
fn a_killed_parent_takes_its_cluster_along() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::at(folder.path().to_owned());
    std::fs::create_dir(state.join("processes")).unwrap();
    let mut component = sleeper();
    let record = ProcessRecord::of("etcd", component.id(), &state.log("etcd"), 0).unwrap();
    std::fs::write(
        state.join("processes/etcd.json"),
        serde_json::to_string(&record).unwrap(),
    )
    .unwrap();

    let mut parent = sleeper();
    let pipe = parent.stdout.take().unwrap();
    let mut watchdog = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("watchdog")
        .arg(folder.path())
        .stdin(pipe)
        .spawn()
        .unwrap();
    // `Child::kill` sends SIGKILL: the parent gets no chance to say goodbye.
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert!(watchdog.wait().unwrap().success());
    assert!(!record.is_alive());
    component.wait().unwrap();
}
