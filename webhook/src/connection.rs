//! One connection from the handshake to its end.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Version};
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use rustls::{CertificateError, InvalidMessage};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_rustls::server::TlsStream;
use tower::ServiceExt;
use tracing::debug;

use crate::app::{HEADER_BYTES_MAX, HEADERS_MAX};
use crate::pace::{Expiry, Pace, Paced, Phase};
use crate::serve::Server;
use crate::slots::Slot;

/// hyper's buffer for HTTP/1.1: a head that does not fit is refused with 431 while it is read. More than the exact bounds
/// for path, names and values together, so that what is near a bound gets the exact answer.
const READ_BUFFER_BYTES: usize = 4 * HEADER_BYTES_MAX;
/// Requests at the same time on one h2 connection; more wait.
const H2_STREAMS_MAX: u32 = 100;
/// Streams that a peer may open and reset at once before its connection is ended (CVE-2023-44487).
const H2_PENDING_RESETS_MAX: usize = 20;
/// How often an h2 peer is asked whether it is still there, and how long it may take to say so.
const H2_PING_INTERVAL: Duration = Duration::from_secs(30);
const H2_PING_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection that is to be closed for want of requests is listened to once more. A request that has arrived by
/// then is answered; without the pause it could lie unread in a buffer while the connection is closed over it, and an API server
/// does not send it again.
const LAST_CALL: Duration = Duration::from_millis(100);

/// Serves one connection.
pub(crate) async fn run(stream: TcpStream, peer: SocketAddr, server: Arc<Server>, slot: Slot) {
    let _open = server.metrics.connection_opened();
    // An answer is one write: waiting for more to send only makes it late. Where that fails it is late.
    let _ = stream.set_nodelay(true);
    let stream = tokio::select! {
        stream = handshake(stream, &server) => stream,
        () = slot.give_way.cancelled() => Err("gave_way"),
        () = server.closing.cancelled() => return,
    };
    let stream = match stream {
        Ok(stream) => stream,
        Err(failure) => {
            server.metrics.handshake_failed(failure);
            debug!(%peer, failure, "TLS handshake failed");
            return;
        }
    };
    if let Some(reason) = serve_requests(stream, &server, &slot).await {
        server.metrics.connection_ended(reason);
        debug!(%peer, reason, "connection ended by the server");
    }
}

async fn handshake(stream: TcpStream, server: &Server) -> Result<TlsStream<TcpStream>, &'static str> {
    match timeout(server.limits.handshake_timeout, server.acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(failure(&error)),
        Err(_) => Err("timeout"),
    }
}

/// The kind of a failed handshake, for a metric.
fn failure(error: &io::Error) -> &'static str {
    let source = error.get_ref();
    match source.and_then(|source| source.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)) => "not_tls",
        Some(rustls::Error::InvalidMessage(_)) => "invalid_message",
        Some(rustls::Error::PeerIncompatible(_)) => "incompatible",
        Some(rustls::Error::AlertReceived(_)) => "refused_by_client",
        Some(rustls::Error::General(_)) => "no_certificate",
        Some(rustls::Error::NoCertificatesPresented) => "client_certificate_missing",
        Some(rustls::Error::InvalidCertificate(problem)) => client_certificate_failure(problem),
        Some(_) => "other",
        None => "disconnected",
    }
}

/// What is wrong with a client's certificate, as `certs::ClientAuthority` judges it.
fn client_certificate_failure(problem: &CertificateError) -> &'static str {
    match problem {
        CertificateError::ApplicationVerificationFailure => "client_subject",
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "client_certificate_expired",
        _ => "client_certificate_invalid",
    }
}

/// Serves requests until the peer leaves or one of our bounds ends the connection; the result is which.
async fn serve_requests(stream: TlsStream<TcpStream>, server: &Arc<Server>, slot: &Slot) -> Option<&'static str> {
    let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    server
        .metrics
        .handshake_succeeded(if is_h2 { "h2" } else { "http/1.1" });
    let pace = &slot.pace;
    let stream = Paced::new(stream, (!is_h2).then(|| Arc::clone(pace)));
    let service = service_fn(|request| respond(Arc::clone(server), Arc::clone(pace), request));
    let builder = builder(is_h2);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let reason = tokio::select! {
        // Whatever has arrived comes before our own reasons.
        biased;
        _ = connection.as_mut() => return None,
        expiry = pace.expired() => match expiry {
            Expiry::SlowHead => return Some("slow_head"),
            Expiry::Idle => Some("idle"),
        },
        () = slot.give_way.cancelled() => Some("gave_way"),
        () = server.closing.cancelled() => None,
    };
    let (phase, _, served) = pace.now();
    if !served && !is_h2 && phase != Phase::Head {
        // hyper counts a connection that never carried a request as busy, and would wait for the first.
        return reason;
    }
    tokio::select! {
        biased;
        _ = connection.as_mut() => return reason,
        () = sleep(LAST_CALL) => {}
    }
    // What is in flight is finished; nothing new begins. A peer that does not read its answer is left in the end.
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        _ = connection => {}
        () = sleep_until(Instant::now() + server.limits.drain_timeout) => {}
    }
    reason
}

/// ALPN has chosen: nothing is guessed from the first bytes. hyper's own header timer is off, since it is also its
/// idle timer; see [`crate::pace`].
fn builder(is_h2: bool) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .header_read_timeout(None)
        .max_headers(HEADERS_MAX)
        .max_buf_size(READ_BUFFER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(H2_PING_INTERVAL)
        .keep_alive_timeout(H2_PING_TIMEOUT)
        .max_concurrent_streams(H2_STREAMS_MAX)
        .max_pending_accept_reset_streams(H2_PENDING_RESETS_MAX)
        .max_header_list_size(u32::try_from(HEADER_BYTES_MAX).unwrap_or(u32::MAX));
    if is_h2 {
        builder.http2_only()
    } else {
        builder.http1_only()
    }
}

async fn respond(server: Arc<Server>, pace: Arc<Pace>, request: Request<Incoming>) -> Result<Response, Infallible> {
    let _request = pace.request_started();
    let version = request.version();
    let mut response = server.app.clone().oneshot(request).await?;
    if server.draining.is_cancelled() && version < Version::HTTP_2 {
        // The peer then dials again, and reaches a process that stays.
        response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}
