//! helm as a user would run it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::cluster::Cluster;
use crate::programs;

/// helm, set up for one cluster.
#[derive(Clone, Debug)]
pub struct Helm {
    program: PathBuf,
    kubeconfig: PathBuf,
    home: PathBuf,
}

impl Helm {
    /// helm for this cluster: found on the machine, or built, which takes minutes and tells its progress.
    pub fn of(cluster: &Cluster) -> Result<Self> {
        let state = cluster.state();
        Ok(Self {
            program: programs::helm(state)?,
            kubeconfig: state.kubeconfig(),
            home: state.join("helm"),
        })
    }

    /// A command in this namespace that is ready to be started.
    pub fn command(&self, namespace: &str, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.env("KUBECONFIG", &self.kubeconfig);
        // What helm keeps must not meet what this user's own helm keeps.
        for (variable, folder) in [
            ("HELM_CACHE_HOME", "cache"),
            ("HELM_CONFIG_HOME", "config"),
            ("HELM_DATA_HOME", "data"),
        ] {
            command.env(variable, self.home.join(folder));
        }
        command.args(["--namespace", namespace]).args(args);
        command
    }
}
