//! The processes of a control plane: how each is started, and when it is ready.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow, ensure};

use crate::process::{ProcessRecord, stop_all};
use crate::programs::Programs;
use crate::state::StateFolder;
use crate::wait::{Deadline, until, with_log};

/// How long a component may take to get ready on a machine that does other things too.
const READY_LIMIT: Duration = Duration::from_secs(90);

/// Ports of one cluster, all on loopback.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) etcd: u16,
    pub(crate) etcd_peer: u16,
    pub(crate) apiserver: u16,
    pub(crate) kwok: u16,
}

/// Limits of the controller manager: at its own defaults it, not the operator, would be what a scale test measures.
#[derive(Clone, Copy, Debug)]
pub struct ControllerLimits {
    /// Requests a second to the API server, for each controller.
    pub queries_per_second: u32,
    /// Requests at once after a pause.
    pub burst: u32,
    /// Jobs worked on at the same time.
    pub concurrent_job_syncs: u32,
    /// After how long without a heartbeat a node counts as lost. A busy machine delays those of all nodes: tests that lose a
    /// node delete it, unless it is this that they test.
    pub node_grace_seconds: u32,
}

impl Default for ControllerLimits {
    fn default() -> Self {
        Self {
            queries_per_second: 200,
            burst: 400,
            concurrent_job_syncs: 10,
            node_grace_seconds: 300,
        }
    }
}

/// A started process that belongs to the cluster.
#[derive(Debug)]
pub(crate) struct Component {
    record: ProcessRecord,
    child: Child,
}

impl Component {
    /// Starts a program in a process group of its own, so that Ctrl-C passes it by, and records it.
    pub(crate) fn start(name: &str, command: &mut Command, state: &StateFolder, grace_seconds: u64) -> Result<Self> {
        let log = state.log(name);
        let output = File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
        command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let program = Path::new(command.get_program()).to_owned();
        let mut child = command
            .spawn()
            .with_context(|| format!("{} cannot be run", program.display()))?;
        let recorded = ProcessRecord::of(name, child.id(), &log, grace_seconds)
            .and_then(|record| state.record_process(&record).map(|()| record));
        match recorded {
            Ok(record) => Ok(Self { record, child }),
            Err(error) => {
                // Nobody else would know of it.
                child.kill()?;
                child.wait()?;
                Err(with_log(&error, &log))
            }
        }
    }

    pub(crate) fn record(&self) -> &ProcessRecord {
        &self.record
    }

    /// Waits until `probe` succeeds. Fails at once if the process ends; every failure shows the end of the log.
    pub(crate) fn wait_until_ready(&self, probe: impl Fn() -> Result<()>) -> Result<()> {
        let name = &self.record.name;
        let checked = || {
            if self.record.is_alive() {
                probe().map(|()| true)
            } else {
                Ok(false)
            }
        };
        let ready = until(&format!("{name} is ready"), Deadline::after(READY_LIMIT), checked);
        let explained = |error: Error| with_log(&error, &self.record.log);
        let alive = ready.map_err(explained)?;
        ensure!(
            alive,
            with_log(&anyhow!("{name} ended while it was starting"), &self.record.log)
        );
        Ok(())
    }

    /// Stops the process, if it still runs, and tells how it ended. It does not stay behind as a zombie.
    pub(crate) fn stop(&mut self) -> Result<ExitStatus> {
        stop_all(std::slice::from_ref(&self.record))?;
        self.child
            .wait()
            .with_context(|| format!("{} cannot be waited for", self.record.name))
    }
}

pub(crate) fn etcd(programs: &Programs, state: &StateFolder, ports: Ports) -> Command {
    let client = format!("http://127.0.0.1:{}", ports.etcd);
    let peer = format!("http://127.0.0.1:{}", ports.etcd_peer);
    let mut command = Command::new(&programs.etcd);
    command
        .arg("--data-dir")
        .arg(state.join("etcd"))
        .args([
            "--name",
            "jobflow",
            "--listen-client-urls",
            &client,
            "--advertise-client-urls",
            &client,
        ])
        .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
        .args(["--initial-cluster", &format!("jobflow={peer}")])
        // The data does not outlive the cluster, so nobody waits for the disk.
        .args(["--unsafe-no-fsync", "--log-level=warn"]);
    command
}

pub(crate) fn apiserver(programs: &Programs, state: &StateFolder, ports: Ports) -> Command {
    let pki = state.join("pki");
    let file = |flag: &str, name: &str| format!("--{flag}={}", pki.join(name).display());
    let mut command = Command::new(&programs.apiserver);
    command
        .arg(format!("--etcd-servers=http://127.0.0.1:{}", ports.etcd))
        .arg(format!("--secure-port={}", ports.apiserver))
        .args([
            "--authorization-mode=Node,RBAC",
            "--allow-privileged=true",
            "--service-cluster-ip-range=10.96.0.0/16",
        ])
        // Webhook Services are called by their endpoints, so that no kube-proxy is needed.
        .arg("--enable-aggregator-routing=true")
        .arg(file("client-ca-file", "ca.crt"))
        .arg(file("tls-cert-file", "apiserver.crt"))
        .arg(file("tls-private-key-file", "apiserver.key"))
        .arg("--service-account-issuer=https://kubernetes.default.svc")
        .arg(file("service-account-key-file", "service-account.pub"))
        .arg(file("service-account-signing-key-file", "service-account.key"));
    command
}

/// Flags of an API server for this machine alone. An address on loopback is no endpoint of a Service.
pub(crate) const ON_LOOPBACK: [&str; 3] = [
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    "--endpoint-reconciler-type=none",
];

pub(crate) fn controller_manager(programs: &Programs, state: &StateFolder, limits: ControllerLimits) -> Command {
    let pki = state.join("pki");
    let mut command = Command::new(&programs.controller_manager);
    command
        .arg("--kubeconfig")
        .arg(pki.join("controller-manager.kubeconfig"))
        .args([
            "--leader-elect=false",
            "--secure-port=0",
            "--use-service-account-credentials=true",
        ])
        .arg(format!(
            "--service-account-private-key-file={}",
            pki.join("service-account.key").display()
        ))
        .arg(format!("--root-ca-file={}", pki.join("ca.crt").display()))
        .arg(format!("--kube-api-qps={}", limits.queries_per_second))
        .arg(format!("--kube-api-burst={}", limits.burst))
        .arg(format!("--concurrent-job-syncs={}", limits.concurrent_job_syncs))
        .arg(format!("--node-monitor-grace-period={}s", limits.node_grace_seconds));
    command
}

pub(crate) fn scheduler(programs: &Programs, state: &StateFolder) -> Command {
    let mut command = Command::new(&programs.scheduler);
    command
        .arg("--kubeconfig")
        .arg(state.join("pki").join("scheduler.kubeconfig"))
        .args([
            "--leader-elect=false",
            "--secure-port=0",
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
        ]);
    command
}

pub(crate) fn kwok(program: &Path, state: &StateFolder, ports: Ports) -> Command {
    let mut command = Command::new(program);
    command
        .arg("--kubeconfig")
        .arg(state.kubeconfig())
        .arg("--config")
        .arg(state.join("stages.yaml"))
        .args([
            "--manage-all-nodes=true",
            "--node-lease-duration-seconds=200",
            "--cidr=10.64.0.1/12",
        ])
        .arg(format!("--server-address=127.0.0.1:{}", ports.kwok));
    command
}
