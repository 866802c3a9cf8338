//! The side services over plain HTTP: probes and metrics.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::anyhow;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::error;

/// What Prometheus and its kin ask for.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Takes a port; `flag` is what a user changes when it is in use.
pub(super) fn bind(address: SocketAddr, flag: &str) -> anyhow::Result<TcpListener> {
    webhook::listen(address).map_err(|error| anyhow!("cannot listen on '{address}' ({error}): choose another `{flag}`"))
}

/// Serves `app` until `stop`.
pub(super) async fn serve(listener: TcpListener, app: Router, stop: CancellationToken) {
    let served = axum::serve(listener, app)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await;
    if let Err(problem) = served {
        error!(%problem, "a side service has ended");
    }
}

/// `/metrics`.
pub(super) fn metrics(registry: Registry) -> Router {
    let registry = Arc::new(registry);
    Router::new().route("/metrics", get(move || async move { exposition(&registry) }))
}

fn exposition(registry: &Registry) -> impl IntoResponse + use<> {
    let mut text = String::new();
    encode(&mut text, registry).expect("writing to a string cannot fail");
    ([(CONTENT_TYPE, OPEN_METRICS)], text)
}
