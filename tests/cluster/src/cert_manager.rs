//! cert-manager: its real controllers, beside the cluster.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::cluster::Cluster;
use crate::components::Component;
use crate::go_build;
use crate::operator::replace_earlier;
use crate::programs;
use crate::state::StateFolder;
use crate::wait::{Deadline, until};

const NAME: &str = "cert-manager";

/// The module that its CRDs are taken from.
const MODULE: &str = "github.com/cert-manager/cert-manager";

/// An issuer that needs nothing: its readiness shows that the controllers work.
const PROBE: &str = "apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: probe}
spec: {selfSigned: {}}
";

/// Running controllers of cert-manager; stopped when the value is dropped.
#[derive(Debug)]
pub struct CertManager {
    component: Component,
    state: StateFolder,
}

impl CertManager {
    /// Builds the program, unless it is there.
    pub fn build(cluster: &Cluster) -> Result<()> {
        programs::cert_manager(cluster.state()).map(drop)
    }

    /// Installs the CRDs, starts the controllers and the CA injector, and returns when they work.
    pub fn start(cluster: &Cluster) -> Result<Self> {
        let program = programs::cert_manager(cluster.state())?;
        Self::install_crds(cluster)?;
        let mut command = Command::new(program);
        command.env("KUBECONFIG", cluster.kubeconfig());
        let state = cluster.state().clone();
        replace_earlier(&state, NAME)?;
        let component = Component::start(NAME, &mut command, &state, 0)?;
        let started = Self { component, state };
        cluster.kubectl().apply(PROBE)?.success()?;
        started.component.wait_until_ready(|| {
            let ready = ["wait", "--for=condition=Ready", "--timeout=1s", "issuer/probe"];
            cluster.kubectl().run(&ready)?.success().map(drop)
        })?;
        Ok(started)
    }

    /// Stops the controllers that another test binary has left running.
    pub fn stop_earlier(cluster: &Cluster) -> Result<()> {
        replace_earlier(cluster.state(), NAME)
    }

    /// Installs the CRDs alone.
    pub fn install_crds(cluster: &Cluster) -> Result<()> {
        let folder = Self::crds()?;
        let folder = folder.to_str().context("the path of the Go modules is not UTF-8")?;
        let kubectl = cluster.kubectl();
        // By server-side apply: they are too large for an annotation.
        let apply = ["apply", "--server-side", "--force-conflicts", "-f", folder];
        kubectl.run(&apply)?.success()?;
        until(
            "the CRDs of cert-manager are served",
            Deadline::after(Duration::from_secs(60)),
            || kubectl.run(&["get", "certificates,issuers"])?.success().map(drop),
        )
    }

    fn crds() -> Result<PathBuf> {
        let folder = go_build::package_folder(NAME, MODULE)?.join("deploy/crds");
        ensure!(
            folder.is_dir(),
            "the module of cert-manager has no folder {}",
            folder.display()
        );
        Ok(folder)
    }

    /// Its log file.
    pub fn log(&self) -> PathBuf {
        self.component.record().log.clone()
    }
}

impl Drop for CertManager {
    fn drop(&mut self) {
        match self.component.stop() {
            Ok(_) => self.state.forget_process(NAME),
            Err(error) => eprintln!("cert-manager could not be stopped: {error:#}"),
        }
    }
}
