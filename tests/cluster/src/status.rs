//! What is known about a cluster from its state folder.

use std::fmt;
use std::path::PathBuf;

use anyhow::Result;

use crate::process::ProcessRecord;
use crate::state::StateFolder;

/// A cluster at a glance; prints itself for people.
#[derive(Clone, Debug)]
pub struct Status {
    /// Whether it came up and all of its processes run.
    pub running: bool,
    /// Its KUBECONFIG, once it came up.
    pub kubeconfig: Option<PathBuf>,
    /// Its processes, running or not.
    pub processes: Vec<ProcessRecord>,
}

impl Status {
    /// Reads the folder; one that does not exist is a cluster that is down.
    pub fn of(state: &StateFolder) -> Result<Self> {
        let processes = state.processes()?;
        let kubeconfig = state.cluster()?.map(|_| state.kubeconfig());
        let running = kubeconfig.is_some() && !processes.is_empty() && processes.iter().all(ProcessRecord::is_alive);
        Ok(Self {
            running,
            kubeconfig,
            processes,
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.processes.is_empty() {
            return write!(f, "down");
        }
        writeln!(
            f,
            "{}",
            if self.running {
                "up"
            } else {
                "broken: not all of its processes run"
            }
        )?;
        if let Some(kubeconfig) = &self.kubeconfig {
            writeln!(f, "KUBECONFIG {}", kubeconfig.display())?;
        }
        for process in &self.processes {
            let state = if process.is_alive() { "runs" } else { "ended" };
            let mib = process.memory_kib() / 1024;
            writeln!(
                f,
                "  {:<24} {state:<6} pid {:<8} {mib:>5} MiB  {}",
                process.name,
                process.pid,
                process.log.display()
            )?;
        }
        let total: u64 = self.processes.iter().map(ProcessRecord::memory_kib).sum();
        write!(f, "  {} MiB in all", total / 1024)
    }
}
