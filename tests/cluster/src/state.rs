//! The state folder of a cluster: what runs, where it logs, and how to reach it.
//!
//! ```text
//! <cache>/run/<hash of the checkout>/<name>.lock    held by whoever starts or stops this cluster
//! <cache>/run/<hash of the checkout>/<name>/
//!     cluster.json       written last: a cluster without it never came up
//!     kubeconfig         for the administrator
//!     processes/         one file a process, written right after its start
//!     logs/  pki/  etcd/
//! ```

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::files;
use crate::node;
use crate::process::{self, ProcessRecord};

/// A folder that holds all that one cluster writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateFolder {
    path: PathBuf,
}

/// What those who attach to a running cluster need to know of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ClusterRecord {
    /// Where the API server listens.
    pub(crate) server: String,
    /// The kubectl that speaks to it.
    pub(crate) kubectl: PathBuf,
    /// Nodes made at the start.
    pub(crate) nodes: usize,
    /// The first process of the namespaces of each real node.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) holders: Vec<u32>,
}

/// Keeps others from starting or stopping the same cluster; given back when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl StateFolder {
    /// The folder of the cluster with this name that belongs to this checkout. It need not exist.
    pub fn of_checkout(name: &str) -> Result<Self> {
        let checkout = files::checkout_folder();
        let hash = files::hash_name([checkout.as_os_str().as_encoded_bytes()]);
        Ok(Self::at(files::cache_folder()?.join("run").join(hash).join(name)))
    }

    /// The folder with this path.
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file or folder in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The administrator's KUBECONFIG.
    pub fn kubeconfig(&self) -> PathBuf {
        self.join("kubeconfig")
    }

    /// The log of the process with this name.
    pub fn log(&self, process: &str) -> PathBuf {
        self.join("logs").join(format!("{process}.log"))
    }

    /// Takes the lock, or says that somebody else has it.
    pub(crate) fn lock(&self) -> Result<Lock> {
        let path = self.path.with_extension("lock");
        files::make_folder(path.parent().unwrap_or(&path))?;
        let file = File::create(&path).with_context(|| format!("{} cannot be opened", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => bail!(
                "another command of this checkout works with this cluster right now: wait for it or stop it (lock {})",
                path.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("{} cannot be locked", path.display()))
            }
        }
    }

    /// Makes the folder anew.
    pub(crate) fn create(&self) -> Result<()> {
        for part in ["processes", "logs", "pki"] {
            files::make_folder(&self.join(part))?;
        }
        Ok(())
    }

    /// Takes down a process, so that it is stopped with the cluster.
    pub(crate) fn record_process(&self, record: &ProcessRecord) -> Result<()> {
        let text = serde_json::to_vec_pretty(record)?;
        files::write_whole(&self.process_file(&record.name), &text)
    }

    /// Forgets a process that has ended.
    pub(crate) fn forget_process(&self, name: &str) {
        // A missing file is what is asked for.
        let _ = fs::remove_file(self.process_file(name));
    }

    /// Every process that was recorded, by name. A folder that does not exist has none.
    pub fn processes(&self) -> Result<Vec<ProcessRecord>> {
        let Ok(entries) = fs::read_dir(self.join("processes")) else {
            return Ok(Vec::new());
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        paths.iter().map(|path| read_json(path)).collect()
    }

    /// Says that the cluster is complete.
    pub(crate) fn write_cluster(&self, record: &ClusterRecord) -> Result<()> {
        files::write_whole(&self.join("cluster.json"), &serde_json::to_vec_pretty(record)?)
    }

    /// What a complete cluster wrote about itself; none if it never came up or was removed.
    pub(crate) fn cluster(&self) -> Result<Option<ClusterRecord>> {
        let path = self.join("cluster.json");
        if path.exists() {
            read_json(&path).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Stops all recorded processes. The files stay, so that logs can be read.
    pub fn stop_processes(&self) -> Result<()> {
        let records = self.processes()?;
        process::stop_all(&records)?;
        node::remove_recorded(self)?;
        for record in &records {
            self.forget_process(&record.name);
        }
        Ok(())
    }

    /// Stops all recorded processes and removes the folder.
    pub(crate) fn clear(&self) -> Result<()> {
        self.stop_processes()?;
        if self.path.exists() {
            fs::remove_dir_all(&self.path).with_context(|| format!("{} cannot be removed", self.path.display()))?;
        }
        Ok(())
    }

    fn process_file(&self, name: &str) -> PathBuf {
        self.join("processes").join(format!("{name}.json"))
    }
}

fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T> {
    let content = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_slice(&content).with_context(|| {
        format!("{} is not what this version of `cargo xtask` writes: stop the processes named in its folder by hand and remove the folder", path.display())
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use super::*;

    fn empty_state() -> (tempfile::TempDir, StateFolder) {
        let parent = tempfile::tempdir().unwrap();
        let state = StateFolder::at(parent.path().join("test"));
        state.create().unwrap();
        (parent, state)
    }

    #[test]
    fn recorded_processes_are_read_back_by_name() {
        let (_parent, state) = empty_state();
        let own = std::process::id();
        for name in ["kwok", "etcd"] {
            let record = ProcessRecord::of(name, own, &state.log(name), 0).unwrap();
            state.record_process(&record).unwrap();
        }
        let names: Vec<String> = state
            .processes()
            .unwrap()
            .into_iter()
            .map(|record| record.name)
            .collect();
        assert_eq!(names, ["etcd", "kwok"]);
        state.forget_process("etcd");
        assert_eq!(state.processes().unwrap().len(), 1);
    }

    #[test]
    fn a_half_written_record_is_passed_over_and_a_foreign_one_is_an_error() {
        let (_parent, state) = empty_state();
        fs::write(state.join("processes").join("etcd.json.1.tmp"), "{\"name\"").unwrap();
        assert!(state.processes().unwrap().is_empty());
        fs::write(state.join("processes").join("etcd.json"), "{}").unwrap();
        let error = state.processes().unwrap_err();
        assert!(format!("{error:#}").contains("etcd.json"), "{error:#}");
    }

    #[test]
    fn a_folder_that_does_not_exist_is_an_empty_cluster() {
        let state = StateFolder::at(PathBuf::from("/nonexistent/jobflow"));
        assert!(state.processes().unwrap().is_empty());
        assert_eq!(state.cluster().unwrap(), None);
    }

    #[test]
    fn clearing_stops_what_an_earlier_run_left() {
        let (_parent, state) = empty_state();
        let mut leftover = Command::new("sleep").arg("60").process_group(0).spawn().unwrap();
        let record = ProcessRecord::of("etcd", leftover.id(), &state.log("etcd"), 0).unwrap();
        state.record_process(&record).unwrap();
        state.clear().unwrap();
        assert!(!state.path().exists());
        assert!(!record.is_alive());
        leftover.wait().unwrap();
    }

    #[test]
    fn the_lock_keeps_a_second_run_out_until_it_is_dropped() {
        let (_parent, state) = empty_state();
        let held = state.lock().unwrap();
        let refused = state.lock().unwrap_err();
        assert!(refused.to_string().contains("another command"), "{refused}");
        drop(held);
        state.lock().unwrap();
    }
}
