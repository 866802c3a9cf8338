//! jobflow on a cluster with a real node, installed as a user installs it.

use std::sync::OnceLock;

use anyhow::{Result, anyhow};

use crate::cert_manager::CertManager;
use crate::chart::Chart;
use crate::cluster::Cluster;

/// cert-manager of this test binary. Statics are not dropped: the next binary replaces it, or the cluster's end stops it.
static CERT_MANAGER: OnceLock<Result<CertManager, String>> = OnceLock::new();

/// The release of this test binary, made once.
static RELEASE: OnceLock<Result<String, String>> = OnceLock::new();

/// What installs as quickly as a test wants it; everything else is as shipped.
pub const INSTALL_FLAGS: [&str; 3] = ["--create-namespace", "--wait", "--timeout=4m"];

impl Chart {
    /// The chart's release on the shared cluster with a real node: there when this returns, with cert-manager.
    pub fn installed(cluster: &Cluster) -> Result<Self> {
        start_cert_manager(cluster)?;
        let chart = Self::of(cluster)?;
        let made = RELEASE.get_or_init(|| {
            // What another binary has set is not ours.
            let flags = [&["--install", "--reset-values"], INSTALL_FLAGS.as_slice()].concat();
            chart.run("upgrade", &flags).map_err(|error| format!("{error:#}"))
        });
        made.as_ref().map_err(|error| anyhow!("{error}"))?;
        Ok(chart)
    }
}

/// Starts cert-manager, unless this test binary has.
pub fn start_cert_manager(cluster: &Cluster) -> Result<()> {
    let started = CERT_MANAGER.get_or_init(|| CertManager::start(cluster).map_err(|error| format!("{error:#}")));
    started.as_ref().map(drop).map_err(|error| anyhow!("{error}"))
}
