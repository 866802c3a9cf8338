//! The webhook in a process of its own, for `cargo xtask bench webhook`: the real server and service, without a cluster.
//!
//! Usage: `bench_server PORT CERT_DIR`. It logs as the operator does. For each line on standard input it prints how many
//! reviews were answered since the last line, and the times that they spent in the service; it ends with its input.

#[path = "../../src/operator/memory.rs"]
mod memory;

use std::env;
use std::io::stderr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use certs::{Identity, Protocol, TlsMinimum};
use jobflow_core::admission::NoTemplates;
use mimalloc::MiMalloc;
use prometheus_client::registry::Registry;
use rustls::crypto::ring;
use tokio::io::{AsyncBufReadExt, BufReader, stdin};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use webhook::{Metrics, ServeLimits, Webhook, app, serve};

/// As in the program `jobflow`.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Times of reviews; beyond the capacity they are not recorded, so that the memory of this process stays that of the server.
#[derive(Clone, Default)]
struct Times(Arc<Mutex<Vec<Duration>>>);

const TIMES_MAX: usize = 100_000;

fn main() -> Result<()> {
    memory::give_back_soon();
    serve_until_told()
}

#[tokio::main]
async fn serve_until_told() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [port, folder] = arguments.as_slice() else {
        bail!("usage: bench_server PORT CERT_DIR");
    };
    tracing_subscriber::fmt().with_writer(stderr).with_ansi(false).init();
    let identity = Identity::new(folder, None, Arc::new(ring::default_provider()));
    identity.refresh(SystemTime::now())?;
    let tls = certs::server_config(
        Arc::new(identity),
        None,
        TlsMinimum::default(),
        &[Protocol::H2, Protocol::Http11],
    )?;
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    let metrics = Metrics::new(&mut Registry::default());
    let times = Times::default();
    let service = app(Arc::new(Webhook::new(Arc::new(NoTemplates), Arc::clone(&metrics))))
        .layer(from_fn_with_state(times.clone(), timed));
    let limits = ServeLimits {
        drain_delay: Duration::ZERO,
        ..ServeLimits::default()
    };
    let stop = CancellationToken::new();
    tokio::spawn(serve(listener, Arc::new(tls), service, metrics, limits, stop.clone()));
    let mut lines = BufReader::new(stdin()).lines();
    while lines
        .next_line()
        .await
        .context("standard input cannot be read")?
        .is_some()
    {
        println!("{}", times.summary());
    }
    stop.cancel();
    Ok(())
}

async fn timed(State(times): State<Times>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let response = next.run(request).await;
    times.note(start.elapsed());
    response
}

impl Times {
    fn note(&self, time: Duration) {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if times.len() < TIMES_MAX {
            times.push(time);
        }
    }

    /// The number of times, and their median, 99th and 99.9th percentile in microseconds; then it begins anew.
    fn summary(&self) -> String {
        let mut times = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        times.sort_unstable();
        let last = times.len().saturating_sub(1);
        let at = |permille: usize| times.get(last * permille / 1_000).map_or(0, Duration::as_micros);
        format!("{} {} {} {}", times.len(), at(500), at(990), at(999))
    }
}
