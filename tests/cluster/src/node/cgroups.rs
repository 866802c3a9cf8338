//! The cgroups of a node: the one thing that outlives its namespaces.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::Place;
use crate::files;
use crate::state::StateFolder;

const MOUNT: &str = "/sys/fs/cgroup";

/// The file of the state folder that names the cgroup, so that whoever comes next can remove it.
const RECORD: &str = "cgroup";

/// A cgroup of a cluster, in every hierarchy of this machine.
#[derive(Clone, Debug)]
pub(crate) struct Cgroups {
    name: String,
}

impl Cgroups {
    /// Makes it, after its name is on record.
    pub(crate) fn create(state: &StateFolder) -> Result<Self> {
        let hash = files::hash_name([state.path().as_os_str().as_encoded_bytes()]);
        let cgroups = Self {
            name: format!("jobflow-{hash}"),
        };
        files::write_whole(&state.join(RECORD), cgroups.name.as_bytes())?;
        create(&cgroups.name, |hierarchy| hierarchy.to_owned())?;
        Ok(cgroups)
    }

    /// Makes the one of a node, and returns it as its kubelet names it.
    pub(crate) fn of_node(&self, place: &Place) -> Result<String> {
        create(&place.name(), |hierarchy| hierarchy.join(&self.name))?;
        Ok(format!("/{}/{}", self.name, place.name()))
    }
}

fn create(name: &str, parent_in: impl Fn(&Path) -> PathBuf) -> Result<()> {
    for hierarchy in hierarchies() {
        let parent = parent_in(&hierarchy);
        let path = parent.join(name);
        fs::create_dir_all(&path).with_context(|| format!("the cgroup {} cannot be made", path.display()))?;
        inherit_cpus(&parent, &path);
    }
    Ok(())
}

/// The old hierarchy for processors gives a new cgroup none.
fn inherit_cpus(parent: &Path, child: &Path) {
    for file in ["cpuset.cpus", "cpuset.mems"] {
        if let Ok(value) = fs::read(parent.join(file)) {
            // Where this is not the old hierarchy the file is not there, and nothing is amiss.
            let _ = fs::write(child.join(file), value);
        }
    }
}

/// Every folder of the old form, or the one of the new.
fn hierarchies() -> Vec<PathBuf> {
    let mount = Path::new(MOUNT);
    if mount.join("cgroup.controllers").exists() {
        return vec![mount.to_owned()];
    }
    let entries = fs::read_dir(mount).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

/// Removes the cgroup that a state folder names, if it names one. All of its processes have been told to end.
pub(super) fn remove_recorded_cgroups(state: &StateFolder) -> Result<()> {
    let record = state.join(RECORD);
    let Ok(name) = fs::read_to_string(&record) else {
        return Ok(());
    };
    for hierarchy in hierarchies() {
        remove_tree(&hierarchy.join(name.trim()))?;
    }
    fs::remove_file(&record).with_context(|| format!("{} cannot be removed", record.display()))
}

/// From the leaves up: a cgroup is removed by removing its folder, and has files that are not removed.
fn remove_tree(path: &Path) -> Result<()> {
    let mut folders = vec![path.to_owned()];
    let mut next = 0;
    while let Some(folder) = folders.get(next).cloned() {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let below = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        folders.extend(below.map(|entry| entry.path()));
        next += 1;
    }
    for folder in folders.iter().rev().filter(|folder| folder.exists()) {
        // A process that was killed may still be leaving.
        let removed = (0..50).any(|_| {
            fs::remove_dir(folder).is_ok() || {
                thread::sleep(Duration::from_millis(100));
                !folder.exists()
            }
        });
        anyhow::ensure!(removed, "the cgroup {} cannot be removed", folder.display());
    }
    Ok(())
}
