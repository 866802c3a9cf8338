//! The cluster that all tests share.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::cluster::Cluster;
use crate::state::StateFolder;

/// Names the state folder of the running cluster that all cluster tests share; `cargo xtask test` sets it.
pub const SHARED_CLUSTER: &str = "JOBFLOW_TEST_CLUSTER";

impl Cluster {
    /// Attaches to the cluster that `cargo xtask test` started for all tests.
    pub fn shared() -> Result<Self> {
        let folder = std::env::var_os(SHARED_CLUSTER).with_context(|| {
            format!(
                "`{SHARED_CLUSTER}` is not set: run cluster tests with `cargo xtask test`, or set it to the folder of \
                 the KUBECONFIG that `cargo xtask cluster up` prints"
            )
        })?;
        Self::attach(StateFolder::at(PathBuf::from(folder)))
    }
}
