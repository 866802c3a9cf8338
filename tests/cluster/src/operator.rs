//! `jobflow operator` as a child process beside the cluster, with certificates of its own.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use nix::sys::signal::Signal;

use crate::OPERATOR_PROGRAM;
use crate::admission::{self, Route};
use crate::cluster::Cluster;
use crate::components::Component;
use crate::files;
use crate::http;
use crate::pki::Authority;
use crate::ports::free_ports;
use crate::process;
use crate::rights;
use crate::service;
use crate::state::StateFolder;

/// The authority, beside the certificates that it signed.
const AUTHORITY: &str = "ca.crt";

/// How long an operator may take to finish what it works on after SIGTERM.
const GRACE: Duration = Duration::from_secs(20);

/// How the API server reaches the webhook of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// By a URL on loopback, to which an API server speaks HTTP/2.
    Loopback,
    /// By a Service in this namespace that leads to this address of the machine, as in production: HTTP/1.1, and
    /// the Service's host name. Nothing but the webhook listens on the address.
    Service {
        /// Where to make the Service.
        namespace: String,
        /// What [`crate::endpoint_address`] found.
        address: Ipv4Addr,
    },
}

impl Reach {
    /// Where the webhook listens.
    fn address(&self) -> Ipv4Addr {
        match self {
            Reach::Loopback => Ipv4Addr::LOCALHOST,
            Reach::Service { address, .. } => *address,
        }
    }

    /// The host names that the certificate must have beside those of loopback.
    fn host_names(&self) -> Vec<String> {
        match self {
            Reach::Loopback => Vec::new(),
            Reach::Service { namespace, .. } => vec![service::host(namespace)],
        }
    }
}

/// What an operator shall be like.
#[derive(Clone, Debug)]
pub struct OperatorOptions {
    /// The `jobflow` program.
    pub program: PathBuf,
    /// Tells operators of one cluster apart; a new one replaces a running one of the same name.
    pub name: String,
    /// Whether it has only the rights that the chart gives it; otherwise it is the administrator.
    pub is_restricted: bool,
    /// A KUBECONFIG of its own.
    pub kubeconfig: Option<PathBuf>,
    /// Arguments behind those that every operator gets.
    pub more_args: Vec<String>,
    /// Whether to install the CRDs and point both webhook configurations to this operator.
    pub install: bool,
    /// How the webhook configurations point to it.
    pub reach: Reach,
    /// The name of another operator whose certificates it serves with, as replicas do that share a Secret.
    pub certificates_of: Option<String>,
    /// Whether it makes its certificates itself, as `more_args` say, and tells the API server whom to trust.
    pub makes_certificates: bool,
}

impl OperatorOptions {
    /// An operator of this program with all defaults.
    pub fn new(program: PathBuf) -> Self {
        Self {
            program,
            name: "operator".to_owned(),
            is_restricted: false,
            kubeconfig: None,
            more_args: Vec::new(),
            install: true,
            reach: Reach::Loopback,
            certificates_of: None,
            makes_certificates: false,
        }
    }

    /// An operator of the program that `cargo xtask test` built, with the rights that the chart gives it.
    pub fn from_environment() -> Result<Self> {
        let program = std::env::var_os(OPERATOR_PROGRAM);
        let program = program
            .with_context(|| format!("`{OPERATOR_PROGRAM}` is not set: it names the `jobflow` program to test"))?;
        Ok(Self {
            is_restricted: true,
            ..Self::new(PathBuf::from(program))
        })
    }
}

/// A running operator; stopped when the value is dropped.
#[derive(Debug)]
pub struct Operator {
    component: Component,
    state: StateFolder,
    ports: OperatorPorts,
    reach: Reach,
    ready_after: Duration,
    /// None if it makes its certificates itself.
    authority_pem: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct OperatorPorts {
    webhook: u16,
    health: u16,
    metrics: u16,
}

impl Operator {
    pub(crate) fn start(cluster: &Cluster, options: &OperatorOptions) -> Result<Self> {
        let state = cluster.state();
        replace_earlier(state, &options.name)?;
        if options.install {
            admission::install_crds(&options.program, cluster.kubectl())?;
        }
        let authority_pem = match &options.certificates_of {
            _ if options.makes_certificates => None,
            Some(other) => Some(authority_of(state, other)?),
            None => Some(write_certificates(state, options)?),
        };
        let [webhook, health, metrics] = free_ports()?;
        let ports = OperatorPorts {
            webhook,
            health,
            metrics,
        };
        let kubeconfig = match &options.kubeconfig {
            Some(kubeconfig) => kubeconfig.clone(),
            None if options.is_restricted => rights::of_chart(cluster)?,
            None => state.kubeconfig(),
        };
        let mut command = command(state, options, ports);
        command.env("KUBECONFIG", kubeconfig);
        let begin = Instant::now();
        let component = Component::start(&options.name, &mut command, state, GRACE.as_secs())?;
        let mut operator = Self {
            component,
            state: state.clone(),
            ports,
            reach: options.reach.clone(),
            ready_after: Duration::ZERO,
            authority_pem,
        };
        operator.wait_until_ready()?;
        operator.ready_after = begin.elapsed();
        if options.install {
            operator.install_webhooks(cluster)?;
        }
        Ok(operator)
    }

    /// Points both webhook configurations to it, and returns when the API server calls it.
    pub fn install_webhooks(&self, cluster: &Cluster) -> Result<()> {
        let kubectl = cluster.kubectl();
        let route = match &self.reach {
            Reach::Loopback => Route::Url(self.webhook_url()),
            Reach::Service { namespace, address } => {
                service::install(namespace, *address, self.ports.webhook, kubectl)?;
                Route::Service { namespace }
            }
        };
        admission::install_webhooks(&route, self.authority_pem.as_deref(), kubectl)
            .map_err(|error| crate::wait::with_log(&error, &self.log()))
    }

    /// Where its webhook listens.
    pub fn webhook_url(&self) -> String {
        format!("https://{}:{}", self.reach.address(), self.ports.webhook)
    }

    /// Its log file.
    pub fn log(&self) -> PathBuf {
        self.component.record().log.clone()
    }

    /// The answer of its health server, for `/livez` and `/readyz`.
    pub fn health(&self, path: &str) -> Result<String> {
        http::get(self.ports.health, path)
    }

    /// Its metrics as text.
    pub fn metrics(&self) -> Result<String> {
        http::get(self.ports.metrics, "/metrics")
    }

    /// The id of its process.
    pub fn process_id(&self) -> i32 {
        self.component.record().pid
    }

    /// How long it took from the start of its process until it said that it was ready.
    pub fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// Whether it still runs.
    pub fn is_alive(&self) -> bool {
        self.component.record().is_alive()
    }

    /// Asks it to end, and tells how it did: killed by a signal, if it did not within 20 s.
    pub fn stop(mut self) -> Result<ExitStatus> {
        self.component.stop()
    }

    /// Lets the Service of its namespace lead to it, beside other replicas.
    pub fn join_service(&self, cluster: &Cluster) -> Result<()> {
        match &self.reach {
            Reach::Loopback => Ok(()),
            Reach::Service { namespace, address } => {
                service::install(namespace, *address, self.ports.webhook, cluster.kubectl())
            }
        }
    }

    /// Asks it to end, as a kubelet does with a pod: the Service learns of it only after `lag`.
    pub fn stop_as_pod(mut self, cluster: &Cluster, lag: Duration) -> Result<ExitStatus> {
        let (reach, port) = (self.reach.clone(), self.ports.webhook);
        std::thread::scope(|scope| {
            let left = scope.spawn(move || {
                std::thread::sleep(lag);
                match &reach {
                    Reach::Loopback => Ok(()),
                    Reach::Service { namespace, .. } => service::leave(namespace, port, cluster.kubectl()),
                }
            });
            let status = self.component.stop();
            left.join().map_err(|_| anyhow!("the Service could not be changed"))??;
            status
        })
    }

    /// Ends it at once, as a crash would.
    pub fn kill(self) {
        self.component.record().signal(Signal::SIGKILL);
    }

    fn wait_until_ready(&self) -> Result<()> {
        self.component.wait_until_ready(|| self.health("/readyz").map(drop))
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        match self.component.stop() {
            Ok(_) => self.state.forget_process(&self.component.record().name),
            Err(error) => eprintln!("the operator could not be stopped: {error:#}"),
        }
    }
}

/// Test binaries share a cluster one after the other, and a static operator is not dropped at the end of one.
pub(crate) fn replace_earlier(state: &StateFolder, name: &str) -> Result<()> {
    let earlier: Vec<_> = state
        .processes()?
        .into_iter()
        .filter(|record| record.name == name)
        .collect();
    process::stop_all(&earlier)
}

/// Writes `tls.crt` and `tls.key`, and returns the authority that signed them.
fn write_certificates(state: &StateFolder, options: &OperatorOptions) -> Result<String> {
    let folder = certificate_folder(state, &options.name);
    files::make_folder(&folder)?;
    let authority = Authority::new("jobflow operator")?;
    let names = options.reach.host_names();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    authority.serving(&names)?.write(&folder, "tls")?;
    files::write_whole(&folder.join(AUTHORITY), authority.pem().as_bytes())?;
    Ok(authority.pem())
}

/// The authority of another operator's certificates.
fn authority_of(state: &StateFolder, name: &str) -> Result<String> {
    let path = certificate_folder(state, name).join(AUTHORITY);
    std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))
}

fn certificate_folder(state: &StateFolder, name: &str) -> PathBuf {
    state.join("pki").join(name)
}

fn command(state: &StateFolder, options: &OperatorOptions, ports: OperatorPorts) -> Command {
    let address = |port| format!("127.0.0.1:{port}");
    let mut command = Command::new(&options.program);
    command
        .args(["operator", "--webhook-address"])
        .arg(format!("{}:{}", options.reach.address(), ports.webhook))
        .args([
            "--health-address",
            &address(ports.health),
            "--metrics-address",
            &address(ports.metrics),
        ])
        .arg("--cert-dir")
        .arg(certificate_folder(
            state,
            options.certificates_of.as_ref().unwrap_or(&options.name),
        ))
        .args(["--log-format", "text"])
        .args(&options.more_args);
    command
}
