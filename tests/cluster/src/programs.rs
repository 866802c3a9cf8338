//! The programs of a control plane: found where the machine has them, otherwise built.

use std::env;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cluster::Form;
use crate::go_build::{self, ProgramCache};
use crate::state::StateFolder;

/// Where each program of a cluster is.
#[derive(Clone, Debug)]
pub struct Programs {
    pub(crate) etcd: PathBuf,
    pub(crate) apiserver: PathBuf,
    pub(crate) controller_manager: PathBuf,
    pub(crate) scheduler: PathBuf,
    /// None where nodes are real.
    pub(crate) kwok: Option<PathBuf>,
    pub(crate) kubectl: PathBuf,
}

impl Programs {
    /// Looks in `KUBEBUILDER_ASSETS`, then in `PATH`, then among those built earlier, and builds what is missing.
    ///
    /// A build takes minutes, tells its progress on standard error, and is recorded in `state` while it runs.
    pub(crate) fn find_or_build(state: &StateFolder, form: Form) -> Result<Self> {
        let find = |name| find_or_build(name, state);
        Ok(Self {
            etcd: find("etcd")?,
            kwok: (form == Form::Kwok).then(|| find("kwok")).transpose()?,
            apiserver: find("kube-apiserver")?,
            controller_manager: find("kube-controller-manager")?,
            scheduler: find("kube-scheduler")?,
            kubectl: find("kubectl")?,
        })
    }
}

/// Finds or builds helm, which no cluster needs and only some tests use.
pub(crate) fn helm(state: &StateFolder) -> Result<PathBuf> {
    find_or_build("helm", state)
}

/// Finds or builds the controllers of cert-manager. Those that a machine may have are another program of that name.
pub(crate) fn cert_manager(state: &StateFolder) -> Result<PathBuf> {
    build_unless_cached("cert-manager", state)
}

/// Where each program of a real node is.
#[derive(Clone, Debug)]
pub(crate) struct NodePrograms {
    pub(crate) kubelet: PathBuf,
    /// With the shim and ctr beside it.
    pub(crate) containerd: PathBuf,
    /// The folder of the CNI plugins.
    pub(crate) plugins: PathBuf,
    pub(crate) runc: PathBuf,
    pub(crate) busybox: PathBuf,
}

impl NodePrograms {
    /// Builds what is missing but runc and busybox: the one needs a C library to filter system calls, and the other is C.
    pub(crate) fn find_or_build(state: &StateFolder) -> Result<Self> {
        let [runc, busybox] = Self::of_system()?;
        let plugin = build_unless_cached("ptp", state)?;
        Ok(Self {
            kubelet: find_or_build("kubelet", state)?,
            containerd: build_unless_cached("containerd", state)?,
            plugins: plugin.parent().map(Path::to_owned).unwrap_or_default(),
            runc,
            busybox,
        })
    }

    /// runc and busybox.
    pub(crate) fn of_system() -> Result<[PathBuf; 2]> {
        let from_system = |name: &str, package: &str| {
            find(name).with_context(|| {
                format!(
                    "a real node needs the program '{name}' of this machine: on Debian, `apt-get install {package}`"
                )
            })
        };
        Ok([from_system("runc", "runc")?, from_system("busybox", "busybox-static")?])
    }
}

fn find_or_build(name: &str, state: &StateFolder) -> Result<PathBuf> {
    match find(name) {
        Some(found) => Ok(found),
        None => build_unless_cached(name, state),
    }
}

fn build_unless_cached(name: &str, state: &StateFolder) -> Result<PathBuf> {
    let cache = ProgramCache::of_program(name)?;
    let built = cache.program(name);
    if !is_program(&built) {
        go_build::build_module_of(name, &cache, state)?;
    }
    Some(built).filter(|path| is_program(path)).with_context(|| {
        format!(
            "the build has ended, but there is no '{name}' in {}",
            cache.folder().display()
        )
    })
}

fn find(name: &str) -> Option<PathBuf> {
    let assets = env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = assets.into_iter().chain(env::split_paths(&path));
    folders.map(|folder| folder.join(name)).find(|path| is_program(path))
}

/// Whether this is a file that may be run.
pub(crate) fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_may_not_be_run_is_no_program() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("etcd");
        std::fs::write(&file, "").unwrap();
        assert!(!is_program(&file));
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(is_program(&file));
        assert!(!is_program(folder.path()));
    }
}
