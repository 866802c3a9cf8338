//! What fills no log (ADMISSION.md 3.2, B12). Alone in its program: which events are looked at is known once for a whole process, so
//! another test that logs at the same time would decide it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::server::{SHORT, Server, assert_called, client_hello, read_all};
use tokio::io::AsyncWriteExt;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Counts what would be in the log at the default level.
#[derive(Clone, Default)]
struct LogLines(Arc<AtomicUsize>);

impl Subscriber for LogLines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::INFO
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn b12_failed_handshakes_fill_no_log() {
    let lines = LogLines::default();
    tracing::subscriber::set_global_default(lines.clone()).unwrap();
    let server = Server::start(SHORT).await;
    for _ in 0..50 {
        let mut stream = server.tcp().await;
        stream.write_all(&client_hello(1)).await.unwrap();
        read_all(&mut stream).await;
    }
    let line = "jobflow_webhook_handshake_failures_total{reason=\"incompatible\"}";
    assert_eq!(server.lab.metric(line), 50.0);
    assert_eq!(lines.0.load(Ordering::Relaxed), 0);
    assert_called(&mut server.http1().await).await;
    assert!(
        lines.0.load(Ordering::Relaxed) > 0,
        "a review is a line: the counter works"
    );
}
