//! The chart: rendered, and installed as a user does it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::cluster::Cluster;
use crate::files;
use crate::helm::Helm;

/// Below every version that there will be.
const LOWER: &str = "0.0.1";

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

    /// The version before this one, and its version number: the chart of the last tag, or, as long as there is none, a copy
    /// of this one with a lower number.
    pub fn previous(cluster: &Cluster) -> Result<(Self, String)> {
        let home = cluster.state().join("previous-chart");
        let folder = home.join("charts/jobflow-operator");
        if home.exists() {
            std::fs::remove_dir_all(&home)?;
        }
        files::make_folder(&folder)?;
        match last_tag()? {
            Some(tag) => unpack(&tag, &home)?,
            None => copy_with_lower_version(&folder)?,
        }
        let about = std::fs::read_to_string(folder.join("Chart.yaml"))?;
        let version = about.lines().find_map(|line| line.strip_prefix("appVersion: "));
        let version = version
            .context("the chart has no appVersion")?
            .trim_matches('"')
            .to_owned();
        let chart = Self {
            folder,
            ..Self::of(cluster)?
        };
        Ok((chart, version))
    }

    /// The folder of the chart.
    pub fn folder() -> PathBuf {
        files::checkout_folder().join("charts/jobflow-operator")
    }

    /// Where its files are.
    pub fn path(&self) -> &Path {
        &self.folder
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

/// The newest tag of a version that this commit comes after; none without git, too.
fn last_tag() -> Result<Option<String>> {
    let mut describe = Command::new("git");
    describe
        .args(["describe", "--tags", "--abbrev=0", "--match=v*", "HEAD~1"])
        .current_dir(files::checkout_folder());
    let Ok(output) = describe.output() else {
        return Ok(None);
    };
    let tag = String::from_utf8(output.stdout)?.trim().to_owned();
    Ok((output.status.success() && !tag.is_empty()).then_some(tag))
}

fn unpack(tag: &str, home: &Path) -> Result<()> {
    let archive = home.join("chart.tar");
    let mut export = Command::new("git");
    export
        .args(["archive", "--output"])
        .arg(&archive)
        .args([tag, "charts/jobflow-operator"])
        .current_dir(files::checkout_folder());
    output_of(&mut export)?;
    tar::Archive::new(std::fs::File::open(&archive)?).unpack(home)?;
    Ok(())
}

fn copy_with_lower_version(folder: &Path) -> Result<()> {
    let own = Chart::folder();
    let mut copy = Command::new("cp");
    copy.arg("-r").arg(own.join(".")).arg(folder);
    output_of(&mut copy)?;
    let path = folder.join("Chart.yaml");
    let about = std::fs::read_to_string(&path)?;
    let lowered = about.lines().map(|line| match line.split_once(": ") {
        Some((key @ ("version" | "appVersion"), _)) => format!("{key}: {LOWER}\n"),
        _ => format!("{line}\n"),
    });
    let lowered: String = lowered.collect();
    ensure!(
        lowered.matches(LOWER).count() == 2,
        "Chart.yaml has other lines than were expected"
    );
    std::fs::write(&path, lowered)?;
    Ok(())
}

/// What a command printed; one that failed is an error with all it said.
fn output_of(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .context("the command cannot be run")?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!(
            "the command ended with {}: {}{}",
            output.status,
            stderr.trim(),
            stdout.trim()
        );
    }
    Ok(stdout)
}
