//! The programs of a control plane: found where the machine has them, otherwise built.

use std::env;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::go_build::{self, ProgramCache};
use crate::state::StateFolder;

/// Where each program of a cluster is.
#[derive(Clone, Debug)]
pub struct Programs {
    pub(crate) etcd: PathBuf,
    pub(crate) apiserver: PathBuf,
    pub(crate) controller_manager: PathBuf,
    pub(crate) scheduler: PathBuf,
    pub(crate) kwok: PathBuf,
    pub(crate) kubectl: PathBuf,
}

impl Programs {
    /// Looks in `KUBEBUILDER_ASSETS`, then in `PATH`, then among those built earlier, and builds what is missing.
    ///
    /// A build takes minutes, tells its progress on standard error, and is recorded in `state` while it runs.
    pub(crate) fn find_or_build(state: &StateFolder) -> Result<Self> {
        let cache = ProgramCache::of_this_checkout()?;
        let find = |name| find_or_build(name, &cache, state);
        Ok(Self {
            etcd: find("etcd")?,
            kwok: find("kwok")?,
            apiserver: find("kube-apiserver")?,
            controller_manager: find("kube-controller-manager")?,
            scheduler: find("kube-scheduler")?,
            kubectl: find("kubectl")?,
        })
    }
}

/// Finds or builds helm, which no cluster needs and only some tests use.
pub(crate) fn helm(state: &StateFolder) -> Result<PathBuf> {
    find_or_build("helm", &ProgramCache::of_this_checkout()?, state)
}

fn find_or_build(name: &str, cache: &ProgramCache, state: &StateFolder) -> Result<PathBuf> {
    if let Some(found) = find(name) {
        return Ok(found);
    }
    let built = cache.program(name);
    if !is_program(&built) {
        go_build::build_module_of(name, cache, state)?;
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
