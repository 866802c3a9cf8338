//! The chart: rendered, and installed as a user does it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::cluster::Cluster;
use crate::files;
use crate::helm::Helm;

/// The chart of this checkout, with helm for one cluster.
#[derive(Clone, Debug)]
pub struct Chart {
    helm: Helm,
    folder: PathBuf,
    namespace: String,
}

impl Chart {
    /// The release of everybody's examples: `jobflow` in namespace `jobflow-system`.
    pub const RELEASE: &str = "jobflow";

    /// Where that release goes.
    pub const NAMESPACE: &str = "jobflow-system";

    /// The chart for this cluster.
    pub fn of(cluster: &Cluster) -> Result<Self> {
        Ok(Self {
            helm: Helm::of(cluster)?,
            folder: Self::folder(),
            namespace: Self::NAMESPACE.to_owned(),
        })
    }

    /// The folder of the chart.
    pub fn folder() -> PathBuf {
        files::checkout_folder().join("charts/jobflow-operator")
    }

    /// What `helm template` prints with these flags.
    pub fn render(&self, flags: &[&str]) -> Result<String> {
        self.run("template", flags)
    }

    /// What `helm lint` says with these flags.
    pub fn lint(&self, flags: &[&str]) -> Result<String> {
        let mut command = self.helm.command(&self.namespace, &["lint"]);
        command.arg(&self.folder).args(flags);
        output_of(&mut command)
    }

    /// `helm install` or `upgrade`, with these flags; returns when helm does.
    pub fn run(&self, subcommand: &str, flags: &[&str]) -> Result<String> {
        let mut command = self.helm.command(&self.namespace, &[subcommand, Self::RELEASE]);
        command.arg(&self.folder).args(flags);
        output_of(&mut command)
    }

    /// Any other command of helm about the release, such as `test` or `uninstall`.
    pub fn release(&self, subcommand: &str, flags: &[&str]) -> Result<String> {
        let mut command = self.helm.command(&self.namespace, &[subcommand, Self::RELEASE]);
        command.args(flags);
        output_of(&mut command)
    }
}

/// What a command printed; one that failed is an error with all it said.
fn output_of(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().context("helm cannot be run")?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("helm ended with {}: {}{}", output.status, stderr.trim(), stdout.trim());
    }
    Ok(stdout)
}
