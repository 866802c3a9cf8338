//! Parts of a running control plane that die and come back.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::cluster::Cluster;
use crate::components::Component;
use crate::process::{ProcessRecord, stop_all};

/// A part that was killed. What it had written to disk is there.
#[derive(Debug)]
#[must_use = "the cluster lacks it until it is started again"]
pub struct Killed {
    record: ProcessRecord,
    command: Vec<OsString>,
}

impl Cluster {
    /// Kills a part of the control plane, such as `etcd`, as if its machine had lost power.
    pub fn kill(&self, name: &str) -> Result<Killed> {
        let processes = self.state.processes()?;
        let record = processes.into_iter().find(|record| record.name == name);
        let record = record.with_context(|| format!("nothing of this cluster is called '{name}'"))?;
        let line = fs::read(format!("/proc/{}/cmdline", record.pid)).context("its command line cannot be read")?;
        let command = line.strip_suffix(b"\0").unwrap_or(&line).split(|byte| *byte == 0);
        let command = command.map(|word| OsString::from_vec(word.to_vec())).collect();
        stop_all(std::slice::from_ref(&record))?;
        Ok(Killed { record, command })
    }

    /// Starts what was killed as it was started before. It belongs to the cluster again, and ends with it.
    pub fn start_again(&self, killed: &Killed) -> Result<()> {
        let (program, arguments) = killed.command.split_first().context("it had no command line")?;
        let mut command = Command::new(program);
        command.args(arguments);
        Component::start(
            &killed.record.name,
            &mut command,
            &self.state,
            killed.record.grace_seconds,
        )
        .map(drop)
    }
}
