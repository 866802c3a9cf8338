//! The process that owns the namespaces of a node.

use std::ffi::OsStr;
use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::Place;
use crate::components::Component;
use crate::wait::{Deadline, until};

const START_LIMIT: Duration = Duration::from_secs(20);

/// What runs as the first process of the new process namespace: it hides the folders into which container runtimes write
/// whatever they are told, says that it is done, and then collects the processes that nobody waits for.
const FIRST: &str = "set -e
for folder in /run /var/log /var/lib; do mount -t tmpfs tmpfs $folder; done
mkdir -p /run/netns
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
echo ready
while :; do sleep 1000 & wait $!; done";

/// The holder, by the process that is the first of its namespaces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holder {
    first: u32,
}

impl Holder {
    /// Starts the holder, and returns when its namespaces are as they shall be.
    pub(crate) fn start(place: &Place) -> Result<(Component, Self)> {
        let (state, name) = (place.state(), place.process("holder"));
        let mut command = Command::new("unshare");
        command.args([
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "sh",
            "-c",
            FIRST,
        ]);
        let component = Component::start(&name, &mut command, state, 0)?;
        let log = state.log(&name);
        component.wait_until_ready(|| {
            let said = fs::read_to_string(&log)?;
            ensure!(said.contains("ready"), "it has not said that it is ready");
            Ok(())
        })?;
        let pid = component.record().pid;
        let first = until("the holder has a child", Deadline::after(START_LIMIT), || {
            only_child(pid)
        })?;
        Ok((component, Self { first }))
    }

    /// The one that was started before.
    pub(crate) fn of(first: u32) -> Self {
        Self { first }
    }

    /// Its first process, as this machine numbers it.
    pub(crate) fn first(self) -> u32 {
        self.first
    }

    /// A command that runs in the network only.
    pub(crate) fn in_network(self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net=/proc/{}/ns/net", self.first))
            .arg("--")
            .arg(program);
        command
    }

    /// A command that runs in all namespaces. `nsenter` waits for it, in the same process group.
    pub(crate) fn inside(self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--target={}", self.first))
            .args(["--net", "--mount", "--pid", "--"])
            .arg(program);
        command
    }

    /// The same command in the network: for those that were made for this machine.
    pub(crate) fn moved_into_network(self, command: &Command) -> Command {
        let mut moved = self.in_network(command.get_program());
        moved.args(command.get_args());
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                moved.env(name, value);
            }
        }
        moved
    }
}

fn only_child(pid: i32) -> Result<u32> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let children = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    let child = children.split_whitespace().next().context("it has no child yet")?;
    child.parse().context("process ids are numbers")
}
