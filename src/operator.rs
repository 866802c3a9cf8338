//! `jobflow operator`: joins webhook and controller, tells whether they are ready, and stops them in order.

mod args;
mod cluster;
mod logs;
mod memory;
mod plain_http;
mod probe;
mod readiness;
mod self_signed;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use certs::{CertificateCollector, ClientAuthority, ClientAuthorityCollector, Identity, RELOAD_INTERVAL};
use controller::{Controller, Election};
use prometheus_client::registry::Registry;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use webhook::{Metrics, ServeLimits, Webhook};

pub use args::OperatorArgs;
pub use probe::{ProbeArgs, run as run_probe};
use readiness::Readiness;
use self_signed::Keeper;

/// How long the controller may take to end what is under way. Whatever it leaves, the next start goes on with.
const CONTROLLER_STOP_TIMEOUT: Duration = Duration::from_secs(15);

/// How often a certificate of our own is taken over: it lies in memory.
const OFFER_INTERVAL: Duration = Duration::from_secs(1);

/// Runs the operator until a signal ends it.
///
/// # Errors
/// When it cannot start, or when a part ends that should not.
pub fn run(args: &OperatorArgs) -> anyhow::Result<()> {
    memory::give_back_soon();
    logs::start(args.log_format, &args.log_level)?;
    // Two providers in one program make rustls panic where a library chooses by itself; kube does.
    let _ = ring::default_provider().install_default();
    Runtime::new()
        .context("cannot start the async runtime")?
        .block_on(operate(args))
}

async fn operate(args: &OperatorArgs) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    let listeners = Listeners::bind(args)?;
    let client = tokio::select! {
        client = cluster::connect() => client?,
        () = signals.next() => return Ok(()),
    };
    listeners.log()?;
    let mut parts = Parts::start(args, listeners, client)?;
    tokio::select! {
        () = signals.next() => info!("stopping: no longer ready, draining the webhook and stopping the controller"),
        problem = parts.unexpected_end() => return Err(problem),
    }
    tokio::select! {
        () = parts.stop() => info!("stopped"),
        () = signals.next() => warn!("stopped at once by a second signal"),
    }
    Ok(())
}

/// SIGTERM from the kubelet, SIGINT from a keyboard.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// All ports, taken before anything else happens: a port that is in use is the likeliest fault of a start by hand.
struct Listeners {
    webhook: TcpListener,
    health: TcpListener,
    metrics: TcpListener,
}

impl Listeners {
    fn bind(args: &OperatorArgs) -> anyhow::Result<Self> {
        Ok(Self {
            webhook: plain_http::bind(args.webhook_address, "--webhook-address")?,
            health: plain_http::bind(args.health_address, "--health-address")?,
            metrics: plain_http::bind(args.metrics_address, "--metrics-address")?,
        })
    }

    /// The addresses, which the system chose where the flags say port 0.
    fn log(&self) -> anyhow::Result<()> {
        let (webhook, health) = (self.webhook.local_addr()?, self.health.local_addr()?);
        let metrics = self.metrics.local_addr()?;
        info!(%webhook, %health, %metrics, "listening");
        Ok(())
    }
}

/// The running parts.
struct Parts {
    webhook: JoinHandle<()>,
    controller: JoinHandle<()>,
    webhook_stop: CancellationToken,
    controller_stop: CancellationToken,
    /// Ends the side services when dropped: they answer until the last moment.
    _side_services: tokio_util::sync::DropGuard,
}

impl Parts {
    fn start(args: &OperatorArgs, listeners: Listeners, client: kube::Client) -> anyhow::Result<Self> {
        let (webhook_stop, controller_stop) = (CancellationToken::new(), CancellationToken::new());
        let side_stop = CancellationToken::new();
        let mut registry = Registry::default();
        let election = election(args, &client);
        let (namespace, keepers_client) = (client.default_namespace().to_owned(), client.clone());
        let controller = Controller::start(client, &mut registry, election, controller_stop.clone());
        let webhook_metrics = Metrics::new(&mut registry);
        let own = args.certificates.wanted(args.cert_name.as_deref(), &namespace)?;
        let identity = identity(args, own.is_some())?;
        registry.register_collector(Box::new(CertificateCollector(Arc::clone(&identity))));
        let clients = client_authority(args);
        if let Some(clients) = &clients {
            let collector = ClientAuthorityCollector(Arc::clone(clients));
            registry.register_collector(Box::new(collector));
        }
        let tls = tls(args, Arc::clone(&identity), clients.clone())?;

        let reads_every = if own.is_some() { OFFER_INTERVAL } else { RELOAD_INTERVAL };
        if let Some((place, terms)) = own {
            let keeper = Keeper::new(&keepers_client, &place, terms, Arc::clone(&identity));
            tokio::spawn(keeper.run(side_stop.clone()));
        }
        tokio::spawn(certs::reload(
            Arc::clone(&identity),
            clients.clone(),
            reads_every,
            side_stop.clone(),
        ));
        let readiness = Readiness {
            stopping: webhook_stop.clone(),
            identity,
            clients,
            synced: controller.synced,
        };
        tokio::spawn(plain_http::serve(
            listeners.health,
            readiness::app(readiness),
            side_stop.clone(),
        ));
        tokio::spawn(plain_http::serve(
            listeners.metrics,
            plain_http::metrics(registry),
            side_stop.clone(),
        ));
        let app = webhook::app(Arc::new(Webhook::new(
            controller.templates,
            Arc::clone(&webhook_metrics),
        )));
        let limits = ServeLimits {
            drain_delay: Duration::from_secs(args.drain_delay_seconds),
            ..ServeLimits::default()
        };
        let serving = webhook::serve(
            listeners.webhook,
            tls,
            app,
            webhook_metrics,
            limits,
            webhook_stop.clone(),
        );
        Ok(Self {
            webhook: tokio::spawn(serving),
            controller: tokio::spawn(controller.run),
            webhook_stop,
            controller_stop,
            _side_services: side_stop.drop_guard(),
        })
    }

    /// Both parts run for ever; the kubelet starts us again.
    async fn unexpected_end(&mut self) -> anyhow::Error {
        tokio::select! {
            _ = &mut self.webhook => anyhow!("the webhook has ended, which it never should: see the log above"),
            _ = &mut self.controller => anyhow!("the controller has ended, which it never should: see the log above"),
        }
    }

    /// Readiness goes with the first line: it looks at the same token. The controller stops while the webhook still
    /// drains, so that another replica leads at once; admission goes on from the caches as they then are.
    async fn stop(self) {
        self.webhook_stop.cancel();
        self.controller_stop.cancel();
        let (_, controller) = tokio::join!(self.webhook, timeout(CONTROLLER_STOP_TIMEOUT, self.controller));
        if controller.is_err() {
            warn!("the controller did not stop in time; its next start goes on where it was");
        }
    }
}

fn election(args: &OperatorArgs, client: &kube::Client) -> Option<Election> {
    let namespace = args.leader_elect_namespace.as_deref();
    args.leader_elect
        .then(|| Election::within(namespace.unwrap_or(client.default_namespace())))
}

fn identity(args: &OperatorArgs, is_own: bool) -> anyhow::Result<Arc<Identity>> {
    let name = args.cert_name.clone().map(ServerName::try_from).transpose();
    let name = name.context("`--cert-name` must be a host name, such as 'jobflow.jobflow-system.svc'")?;
    let provider = Arc::new(ring::default_provider());
    Ok(Arc::new(if is_own {
        Identity::offered(name, provider)
    } else {
        Identity::new(&args.cert_dir, name, provider)
    }))
}

fn client_authority(args: &OperatorArgs) -> Option<Arc<ClientAuthority>> {
    let path = args.client_ca.as_ref()?;
    let (subjects, provider) = (args.client_subject.clone(), ring::default_provider());
    Some(Arc::new(ClientAuthority::new(path, subjects, Arc::new(provider))))
}

fn tls(
    args: &OperatorArgs,
    identity: Arc<Identity>,
    clients: Option<Arc<ClientAuthority>>,
) -> anyhow::Result<Arc<ServerConfig>> {
    let (minimum, protocols) = (args.tls_minimum(), args.protocols());
    let config = certs::server_config(identity, clients, minimum, &protocols);
    config.map(Arc::new).context("cannot set up TLS")
}
