//! The server: accepts connections without ever waiting for one of them, and drains when it is told to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::connection;
use crate::metrics::Metrics;
use crate::pace::Pace;
use crate::slots::Slots;

/// How long an API server keeps an idle connection (`k8s.io/client-go/transport/cache.go`).
const API_SERVER_IDLE_TIMEOUT: Duration = Duration::from_secs(90);
/// How long we keep one: always longer, so that it is never we who close it under a request.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(120);
const _: () = assert!(IDLE_TIMEOUT.as_secs() >= API_SERVER_IDLE_TIMEOUT.as_secs() + 30);

/// The pause after a first failure to accept, such as one for want of file descriptors; it doubles.
const ACCEPT_PAUSE_MIN: Duration = Duration::from_millis(50);
const ACCEPT_PAUSE_MAX: Duration = Duration::from_secs(1);

/// How many connections may be open. There are a few API servers, and each keeps at most 25 that idle.
const CONNECTIONS_MAX: usize = 512;
/// How many of them one address may have: half, so that no single one can fill the server. An API server opens one more
/// for each call above 25 at the same time, and where a proxy stands between (konnectivity) all of them have its address.
const CONNECTIONS_PER_PEER_MAX: usize = CONNECTIONS_MAX / 2;

/// How many connections may wait to be accepted: twice all that may be open. Beyond it the kernel answers with cookies
/// and forgets the connection, so that a peer which sends nothing believes for ever that it is connected; the standard
/// library's 128 are reached by a burst that a busy machine takes milliseconds to accept.
const ACCEPT_BACKLOG: u32 = 1024;
const _: () = assert!(ACCEPT_BACKLOG as usize >= 2 * CONNECTIONS_MAX);

/// Listens on `address` for [`serve`].
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // A port whose last owner was killed is free at once.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(ACCEPT_BACKLOG)
}

/// The bounds of the server.
#[derive(Clone, Copy, Debug)]
pub struct ServeLimits {
    /// For a TLS handshake.
    pub handshake_timeout: Duration,
    /// For a request's head, from its first byte.
    pub head_timeout: Duration,
    /// For a connection without a request.
    pub idle_timeout: Duration,
    /// How many connections may be open.
    pub connections_max: usize,
    /// How many of them one address may have.
    pub connections_per_peer_max: usize,
    /// How long new connections are still accepted after the stop was asked for: other nodes hear of it later.
    pub drain_delay: Duration,
    /// How long requests in flight may take after that.
    pub drain_timeout: Duration,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            handshake_timeout: Duration::from_secs(5),
            head_timeout: Duration::from_secs(5),
            idle_timeout: IDLE_TIMEOUT,
            connections_max: CONNECTIONS_MAX,
            connections_per_peer_max: CONNECTIONS_PER_PEER_MAX,
            drain_delay: Duration::from_secs(3),
            drain_timeout: Duration::from_secs(15),
        }
    }
}

/// What all connections share.
pub(crate) struct Server {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) app: Router,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) limits: ServeLimits,
    /// The stop was asked for: every response says `Connection: close`.
    pub(crate) draining: CancellationToken,
    /// No new request may begin.
    pub(crate) closing: CancellationToken,
}

/// Serves `app` on `listener` until `shutdown`, then drains; returns when the last connection has ended.
pub async fn serve(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    app: Router,
    metrics: Arc<Metrics>,
    limits: ServeLimits,
    shutdown: CancellationToken,
) {
    let server = Arc::new(Server {
        acceptor: TlsAcceptor::from(tls),
        app,
        metrics,
        limits,
        draining: shutdown.clone(),
        closing: CancellationToken::new(),
    });
    let connections = TaskTracker::new();
    let end_of_listening = async {
        shutdown.cancelled().await;
        sleep(limits.drain_delay).await;
    };
    tokio::select! {
        () = end_of_listening => {}
        () = accept_all(&listener, &server, &connections) => {}
    }
    drop(listener);
    info!(connections = connections.len(), "webhook draining");
    server.closing.cancel();
    connections.close();
    // Bounded: every connection ends within the drain timeout by itself.
    connections.wait().await;
}

async fn accept_all(listener: &TcpListener, server: &Arc<Server>, connections: &TaskTracker) {
    let limits = &server.limits;
    let slots = Slots::new(limits.connections_max, limits.connections_per_peer_max);
    let mut pause = ACCEPT_PAUSE_MIN;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                pause = ACCEPT_PAUSE_MIN;
                begin(stream, peer, server, &slots, connections);
            }
            Err(error) if is_of_the_peer(&error) => {}
            Err(error) => {
                server.metrics.accept_failed();
                warn!(%error, "cannot accept connections: trying again after a pause");
                sleep(pause).await;
                pause = (pause * 2).min(ACCEPT_PAUSE_MAX);
            }
        }
    }
}

fn begin(stream: TcpStream, peer: SocketAddr, server: &Arc<Server>, slots: &Arc<Slots>, connections: &TaskTracker) {
    let pace = Pace::new(server.limits.head_timeout, server.limits.idle_timeout);
    match slots.admit(peer.ip(), pace) {
        Some(slot) => {
            connections.spawn(connection::run(stream, peer, Arc::clone(server), slot));
        }
        None => server.metrics.connection_ended("refused"),
    }
}

/// Failures of one connection, which say nothing about the next.
fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
