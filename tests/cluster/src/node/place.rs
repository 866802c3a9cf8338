//! One node of a cluster: its number, and where it keeps what.

use std::path::PathBuf;

use crate::state::StateFolder;

/// A node, numbered from one.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    state: StateFolder,
    number: u8,
}

impl Place {
    pub(crate) fn new(state: &StateFolder, number: u8) -> Self {
        Self {
            state: state.clone(),
            number,
        }
    }

    pub(crate) fn number(&self) -> u8 {
        self.number
    }

    /// The name of the node.
    pub(crate) fn name(&self) -> String {
        format!("node-{}", self.number)
    }

    /// The name of one of its processes.
    pub(crate) fn process(&self, program: &str) -> String {
        format!("{program}-{}", self.number)
    }

    /// A file or folder of its own.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.state.join(&self.name()).join(name)
    }

    /// The state folder of the cluster.
    pub(crate) fn state(&self) -> &StateFolder {
        &self.state
    }

    /// The addresses of its pods.
    pub(crate) fn pods(&self) -> String {
        format!("10.244.{}.0/24", self.number - 1)
    }
}
