//! Whatever a real node needs of this machine is given back, also when whoever started it was killed.

#![expect(
    clippy::unwrap_used,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use test_cluster::watchdog::{self, WatchdogCommand};
use test_cluster::{Cluster, ControllerLimits, Form, Options, StateFolder};

const NAME: &str = "leaves-nothing";
const NODES: usize = 3;

/// The watchdog's place is taken by the test, which does what it does.
fn options() -> Options {
    let idle = WatchdogCommand {
        program: PathBuf::from("sh"),
        args: vec!["-c".to_owned(), "cat > /dev/null".to_owned()],
    };
    Options {
        name: NAME.to_owned(),
        form: Form::Node,
        nodes: NODES,
        controller_limits: ControllerLimits::default(),
        watchdog: idle,
    }
}

/// Interfaces, cgroups, mounts and processes that name this cluster or its state folder.
fn traces(state: &StateFolder, interface: Option<&str>) -> Vec<String> {
    let mut traces = Vec::new();
    let folder = state.path().display().to_string();
    let links = Command::new("ip").args(["-brief", "link"]).output().unwrap();
    let links = String::from_utf8_lossy(&links.stdout).into_owned();
    traces.extend(
        links
            .lines()
            .filter(|line| interface.is_some_and(|name| line.starts_with(name)))
            .map(str::to_owned),
    );
    let mounts = fs::read_to_string("/proc/mounts").unwrap();
    traces.extend(mounts.lines().filter(|line| line.contains(&folder)).map(str::to_owned));
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let cmdline = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&cmdline).contains(&folder) {
            traces.push(format!("process {}", entry.file_name().display()));
        }
    }
    traces
}

/// The cgroup that the state folder names, where it is.
fn cgroups(name: &str) -> Vec<PathBuf> {
    let parents = fs::read_dir("/sys/fs/cgroup")
        .unwrap()
        .flatten()
        .map(|entry| entry.path());
    let places = parents
        .chain([PathBuf::from("/sys/fs/cgroup")])
        .map(|parent| parent.join(name));
    places.filter(|place| place.exists()).collect()
}

/// The interface on this machine's side, by the address that the API server is reached at.
fn interface(cluster: &Cluster) -> String {
    let config = fs::read_to_string(cluster.kubeconfig()).unwrap();
    let number = config
        .split("https://10.203.")
        .nth(1)
        .unwrap()
        .split('.')
        .next()
        .unwrap()
        .to_owned();
    format!("jobflow-{number}@")
}

#[test]
#[ignore = "needs a real node (cargo xtask test)"]
fn a_killed_run_leaves_nothing_and_the_next_one_starts() {
    let cluster = Cluster::start(&options()).unwrap();
    let state = cluster.state().clone();
    for number in 1..=NODES {
        let there = format!(r#"--overrides={{"spec":{{"nodeName":"node-{number}"}}}}"#);
        let pod = format!("busy-{number}");
        let pod = ["run", &pod, "--image=busybox:1.28", &there, "--", "sleep", "1000"];
        cluster.kubectl().run(&pod).unwrap().success().unwrap();
    }
    let ready = ["wait", "--for=condition=Ready", "pod", "--all", "--timeout=60s"];
    cluster.kubectl().run(&ready).unwrap().success().unwrap();
    let interface = interface(&cluster);
    let cgroup = fs::read_to_string(state.join("cgroup")).unwrap();
    assert!(
        !cgroups(&cgroup).is_empty() && !traces(&state, Some(&interface)).is_empty(),
        "nothing was seen to begin with"
    );

    // Whoever was killed drops nothing; its watchdog hears that the pipe is closed.
    cluster.leave_running().unwrap();
    watchdog::run(std::io::empty(), &state).unwrap();
    assert_eq!(traces(&state, Some(&interface)), Vec::<String>::new());
    assert_eq!(cgroups(&cgroup), Vec::<PathBuf>::new());

    let again = Cluster::start(&options()).unwrap();
    again
        .kubectl()
        .run(&["get", "node", "node-1", "node-2", "node-3"])
        .unwrap()
        .success()
        .unwrap();
    again.stop().unwrap();
    assert_eq!(cgroups(&cgroup), Vec::<PathBuf>::new());
    assert!(!state.path().exists());
}
