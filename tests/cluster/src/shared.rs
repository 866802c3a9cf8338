//! The cluster that all tests share.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::cluster::Cluster;
use crate::state::StateFolder;

/// Names the state folder of the running cluster that all cluster tests share; `cargo xtask test` sets it.
pub const SHARED_CLUSTER: &str = "JOBFLOW_TEST_CLUSTER";

/// The same for the cluster with a real node.
pub const NODE_CLUSTER: &str = "JOBFLOW_NODE_CLUSTER";

impl Cluster {
    /// Attaches to the cluster that `cargo xtask test` started for all tests.
    pub fn shared() -> Result<Self> {
        Self::named_by(SHARED_CLUSTER)
    }

    /// Attaches to the cluster with a real node that `cargo xtask test` started for the tests named `node_…`.
    pub fn shared_node() -> Result<Self> {
        Self::named_by(NODE_CLUSTER)
    }

    fn named_by(variable: &str) -> Result<Self> {
        let folder = std::env::var_os(variable).with_context(|| {
            format!(
                "`{variable}` is not set: run cluster tests with `cargo xtask test`, or set it to the folder of \
                 the KUBECONFIG that `cargo xtask cluster up` prints"
            )
        })?;
        Self::attach(StateFolder::at(PathBuf::from(folder)))
    }
}
