//! containerd, and the images that are loaded into it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::images::PAUSE_NAME;
use super::{Holder, Place, output_of, text};
use crate::files;
use crate::programs::NodePrograms;

/// Where containerd listens, in the mount namespace of the node.
pub(super) const SOCKET: &str = "/run/containerd/containerd.sock";

/// How to speak to a running containerd.
#[derive(Clone, Debug)]
pub(crate) struct Runtime {
    holder: Holder,
    ctr: PathBuf,
}

/// Writes the settings and returns the command.
pub(crate) fn containerd(holder: Holder, programs: &NodePrograms, place: &Place) -> Result<(Command, Runtime)> {
    let settings = place.join("containerd.toml");
    files::make_folder(&place.join("cni"))?;
    files::write_whole(&settings, containerd_settings(programs, place)?.as_bytes())?;
    files::write_whole(&place.join("cni/10-ptp.conflist"), network_settings(place)?.as_bytes())?;
    let folder = programs.containerd.parent().context("a program stands in a folder")?;
    let mut command = holder.inside(&programs.containerd);
    command.arg("--config").arg(&settings);
    // Its shim is found by PATH.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(folders)?);
    Ok((command, Runtime::new(holder, programs)?))
}

impl Runtime {
    /// The one of this holder, which may not run yet.
    pub(crate) fn new(holder: Holder, programs: &NodePrograms) -> Result<Self> {
        let folder = programs.containerd.parent().context("a program stands in a folder")?;
        let ctr = folder.join("ctr");
        Ok(Self { holder, ctr })
    }

    /// Succeeds once containerd answers.
    pub(crate) fn probe(&self) -> Result<()> {
        output_of(self.ctr().arg("version")).map(drop)
    }

    /// Loads the images of an OCI archive.
    pub(crate) fn load(&self, archive: &Path) -> Result<()> {
        let mut command = self.ctr();
        command
            .args(["images", "import", "--local", "--snapshotter", "native"])
            .arg(archive);
        output_of(&mut command).map(drop)
    }

    /// Gives an image another name too.
    pub(crate) fn tag(&self, name: &str, other: &str) -> Result<()> {
        output_of(self.ctr().args(["images", "tag", "--force", name, other])).map(drop)
    }

    fn ctr(&self) -> Command {
        let mut command = self.holder.inside(&self.ctr);
        command.args(["--address", SOCKET, "--namespace", "k8s.io"]);
        command
    }
}

/// What is set: the snapshotter that works on every file system; no lowering of OOM scores, which is not permitted
/// everywhere; cgroups without systemd; and our own pause image.
fn containerd_settings(programs: &NodePrograms, place: &Place) -> Result<String> {
    let root = place.join("containerd");
    Ok(format!(
        r#"version = 3
root = "{root}"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.nri.v1.nri"]
[grpc]
  address = "{SOCKET}"
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "native"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "{PAUSE_NAME}"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["{plugins}"]
    conf_dir = "{networks}"
  [plugins."io.containerd.cri.v1.runtime".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
        BinaryName = "{runc}"
        SystemdCgroup = false
"#,
        root = text(&root)?,
        plugins = text(&programs.plugins)?,
        networks = text(&place.join("cni"))?,
        runc = text(&programs.runc)?,
    ))
}

/// One pair of interfaces a pod, routed by the node.
fn network_settings(place: &Place) -> Result<String> {
    let addresses = serde_json::json!({
        "type": "host-local", "dataDir": text(&place.join("addresses"))?, "ranges": [[{"subnet": place.pods()}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    });
    let settings = serde_json::json!({
        "cniVersion": "1.0.0", "name": "jobflow", "plugins": [{"type": "ptp", "mtu": 1500, "ipam": addresses}],
    });
    Ok(settings.to_string())
}
