//! A real node: containerd, kubelet and CNI in namespaces of their own, so that Jobs run in real containers.
//!
//! For each node one process, the *holder*, owns a network, a mount and a process namespace. The control plane runs in the network
//! of the first, containerd and the kubelet of a node in all three of its own. When the holder ends, however it ends, the kernel ends all that runs inside
//! (containers and shims too), and drops all mounts. Empty cgroups stay, and sometimes the interface: both are removed by
//! name.
//!
//! ```text
//! this machine ── veth ── network of the first holder: etcd, API server (443), controllers, scheduler, kubelet, containerd
//!                                ├─ ptp ── pods
//!                                └─ veth ── network of the second holder: kubelet, containerd
//!                                                └─ ptp ── pods
//! ```

mod cgroups;
mod cluster;
mod holder;
mod images;
mod kubelet;
mod network;
mod place;
mod runtime;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use nix::unistd::Uid;

use crate::programs::NodePrograms;
use crate::state::StateFolder;

use cgroups::remove_recorded_cgroups;
use holder::Holder;
pub use images::architecture;
use kubelet::{kubelet, write_kubelet_files};
use network::{Network, remove_recorded_interface};
use place::Place;
use runtime::containerd;

/// How many nodes there can be: each takes four of the 256 addresses of a network.
pub(crate) const NODES_MAX: usize = 16;

/// The address of the Service `kubernetes`, which the node's own interface has: so no kube-proxy is needed to reach it.
const SERVICE_ADDRESS: &str = "10.96.0.1";

/// Why this machine cannot have a real node; none if it can. Nothing is built to find out.
pub fn obstacle() -> Option<String> {
    if !Uid::effective().is_root() {
        return Some("a real node needs root".to_owned());
    }
    if let Err(error) = NodePrograms::of_system() {
        return Some(error.to_string());
    }
    let tried = Command::new("unshare")
        .args(["--net", "--mount", "--pid", "--fork", "--mount-proc", "true"])
        .output();
    match tried {
        Ok(output) if output.status.success() => None,
        Ok(output) => {
            let why = String::from_utf8_lossy(&output.stderr);
            Some(format!("this machine lets nobody make namespaces: {}", why.trim()))
        }
        Err(error) => Some(format!("the program 'unshare' cannot be run ({error})")),
    }
}

/// Removes what outlives the namespaces of the node that a state folder names, if it names one. All of its processes
/// have been told to end.
pub(crate) fn remove_recorded(state: &StateFolder) -> Result<()> {
    remove_recorded_interface(state)?;
    remove_recorded_cgroups(state)
}

/// Runs a program that ends by itself, and returns what it printed.
fn output_of(command: &mut Command) -> Result<String> {
    let shown = format!("{command:?}");
    let output = command.output().with_context(|| format!("{shown} cannot be run"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{shown} failed: {}", complaint.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A path as text, for files of settings.
fn text(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("the path {} is not UTF-8", path.display()))
}
