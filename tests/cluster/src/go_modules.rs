//! The Go modules below `programs/`: what each pins, and which programs are built from it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::files;

/// A Go module below `programs/` and what is built from it.
pub(crate) struct GoModule {
    pub(crate) folder: &'static str,
    pub(crate) label: &'static str,
    pub(crate) usual_minutes: &'static str,
    pub(crate) ld_flags: &'static str,
    /// Programs with the packages they are built from.
    pub(crate) programs: &'static [(&'static str, &'static str)],
}

static MODULES: [GoModule; 9] = [
    GoModule {
        folder: "etcd",
        label: "etcd 3.6.5",
        usual_minutes: "1 minute",
        ld_flags: "-s -w",
        programs: &[("etcd", ".")],
    },
    GoModule {
        folder: "kwok",
        label: "KWOK 0.8.0",
        usual_minutes: "2 minutes",
        ld_flags: "-s -w",
        programs: &[("kwok", "sigs.k8s.io/kwok/cmd/kwok")],
    },
    GoModule {
        folder: "kubernetes",
        label: "Kubernetes 1.36.3 control plane",
        usual_minutes: "4 minutes",
        ld_flags: KUBERNETES_LD_FLAGS,
        programs: &[
            ("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
            (
                "kube-controller-manager",
                "k8s.io/kubernetes/cmd/kube-controller-manager",
            ),
            ("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler"),
        ],
    },
    GoModule {
        folder: "kubernetes",
        label: "kubectl 1.36.3",
        usual_minutes: "1 minute",
        ld_flags: KUBERNETES_LD_FLAGS,
        programs: &[("kubectl", "k8s.io/kubernetes/cmd/kubectl")],
    },
    GoModule {
        folder: "kubernetes",
        label: "kubelet 1.36.3",
        usual_minutes: "2 minutes",
        ld_flags: KUBERNETES_LD_FLAGS,
        programs: &[("kubelet", "k8s.io/kubernetes/cmd/kubelet")],
    },
    GoModule {
        folder: "helm",
        label: "helm 4.3.1",
        usual_minutes: "3 minutes",
        ld_flags: "-s -w -X helm.sh/helm/v4/internal/version.version=v4.3.1",
        programs: &[("helm", "helm.sh/helm/v4/cmd/helm")],
    },
    GoModule {
        folder: "containerd",
        label: "containerd 2.1.4",
        usual_minutes: "2 minutes",
        ld_flags: "-s -w",
        programs: &[
            ("containerd", "github.com/containerd/containerd/v2/cmd/containerd"),
            (
                "containerd-shim-runc-v2",
                "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
            ),
            ("ctr", "github.com/containerd/containerd/v2/cmd/ctr"),
        ],
    },
    GoModule {
        folder: "cni",
        label: "CNI plugins 1.9.1",
        usual_minutes: "half a minute",
        ld_flags: "-s -w",
        programs: &[
            ("ptp", "github.com/containernetworking/plugins/plugins/main/ptp"),
            ("bridge", "github.com/containernetworking/plugins/plugins/main/bridge"),
            (
                "loopback",
                "github.com/containernetworking/plugins/plugins/main/loopback",
            ),
            (
                "host-local",
                "github.com/containernetworking/plugins/plugins/ipam/host-local",
            ),
        ],
    },
    GoModule {
        folder: "cert-manager",
        label: "cert-manager 1.21.2",
        usual_minutes: "3 minutes",
        ld_flags: "-s -w",
        programs: &[("cert-manager", ".")],
    },
];

/// Programs built as a dependency do not know their version; the API server would call itself 0.0.
const KUBERNETES_LD_FLAGS: &str = "-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 \
     -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36";

/// The module that has this program.
pub(crate) fn module_of(program: &str) -> Result<&'static GoModule> {
    let has_it = |module: &&GoModule| module.programs.iter().any(|(name, _)| *name == program);
    let module = MODULES.iter().find(has_it);
    module.with_context(|| format!("no module has a program '{program}'"))
}

/// Everything that decides what a build makes, in order: the pinned versions, and our own sources.
pub(crate) fn source_files(module: &GoModule) -> Result<Vec<PathBuf>> {
    let folder = sources(module);
    let entries = fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    Ok(paths)
}

/// The folder of a module's own files.
pub(crate) fn sources(module: &GoModule) -> PathBuf {
    files::checkout_folder()
        .join("tests/cluster/programs")
        .join(module.folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_is_pinned_by_its_sums() {
        for module in &MODULES {
            let sums = fs::read_to_string(sources(module).join("go.sum")).unwrap();
            assert!(sums.lines().count() > 10, "{}", module.folder);
        }
    }

    #[test]
    fn each_program_is_built_by_one_module() {
        let mut names: Vec<&str> = MODULES
            .iter()
            .flat_map(|module| module.programs)
            .map(|(name, _)| *name)
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
