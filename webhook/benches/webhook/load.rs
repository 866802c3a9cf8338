//! The load: connections that each send the next request when the last is answered, for a bounded time.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper::{Request, StatusCode};
use tokio::time::{sleep, timeout};

use crate::bodies::UID;
use crate::client::{HOST, Target};
use crate::figures::Run;
use crate::process::Server;

const RSS_INTERVAL: Duration = Duration::from_millis(50);
/// The most requests of one connection in one run.
const REQUESTS_MAX: usize = 200_000;

/// Sends `body` on `connections` for `time`.
pub async fn reviews(
    target: &Target,
    server: &Server,
    body: &Bytes,
    connections: usize,
    time: Duration,
) -> Result<Run> {
    // In groups, since a crowd of handshakes is not what is measured here.
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(target.http(server).await?);
    }
    let (start, cpu) = (Instant::now(), server.cpu()?);
    let callers = clients.into_iter().map(|client| {
        let (target, body) = (target.clone(), body.clone());
        async move { call_until(&target, server, client, body, start + time).await }
    });
    let (runs, resident_max_kib) = tokio::try_join!(try_join_all(callers), resident_max(server, start + time))?;
    let mut all = Run {
        time: start.elapsed(),
        cpu: server.cpu()? - cpu,
        resident_max_kib,
        ..Run::default()
    };
    for run in runs {
        all.latencies.extend(run.latencies);
        all.shed += run.shed;
    }
    all.latencies.sort_unstable();
    Ok(all)
}

async fn call_until(
    target: &Target,
    server: &Server,
    mut client: SendRequest<Full<Bytes>>,
    body: Bytes,
    end: Instant,
) -> Result<Run> {
    let mut run = Run::default();
    while Instant::now() < end && run.latencies.len() < REQUESTS_MAX {
        let start = Instant::now();
        let (status, answer) = send(&mut client, body.clone()).await?;
        if status == StatusCode::TOO_MANY_REQUESTS {
            run.shed += 1;
            // As an API server does with `Retry-After: 1`.
            sleep(Duration::from_secs(1).min(end.saturating_duration_since(Instant::now()))).await;
            if client.is_closed() {
                client = target.http(server).await?;
            }
            continue;
        }
        run.latencies.push(start.elapsed());
        ensure!(
            status == StatusCode::OK && is_allowed(&answer),
            "{} answered {status}: {}",
            server.name(),
            String::from_utf8_lossy(&answer)
        );
    }
    Ok(run)
}

fn is_allowed(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    text.contains(UID) && text.contains("\"allowed\":true")
}

async fn send(client: &mut SendRequest<Full<Bytes>>, body: Bytes) -> Result<(StatusCode, Bytes)> {
    let request = Request::post("/validate?timeout=10s")
        .header("host", HOST)
        .header("content-type", "application/json")
        .header("accept", "application/json, */*")
        .body(Full::new(body))?;
    client.ready().await?;
    let (head, body) = client.send_request(request).await?.into_parts();
    Ok((head.status, body.collect().await?.to_bytes()))
}

/// One request on a connection of its own, whatever the answer to it is; a server may refuse it while it is sent. Waits
/// no longer than an API server would.
pub async fn one(target: &Target, server: &Server, body: &Bytes) -> Result<()> {
    let mut client = target.http(server).await?;
    let _ = timeout(Duration::from_secs(10), send(&mut client, body.clone())).await;
    Ok(())
}

async fn resident_max(server: &Server, end: Instant) -> Result<u64> {
    let mut most = 0;
    while Instant::now() < end {
        most = most.max(server.resident_kib()?);
        sleep(RSS_INTERVAL).await;
    }
    Ok(most)
}

/// Connects and leaves again, `callers` at the same time, for `time`.
pub async fn handshakes(target: &Target, server: &Server, callers: usize, time: Duration) -> Result<Run> {
    let (start, cpu) = (Instant::now(), server.cpu()?);
    let callers = (0..callers).map(|_| async move {
        let mut latencies = Vec::new();
        while start.elapsed() < time {
            let begin = Instant::now();
            drop(target.connect(server).await?);
            latencies.push(begin.elapsed());
        }
        anyhow::Ok(latencies)
    });
    let latencies = try_join_all(callers).await.context("a handshake failed")?.concat();
    Ok(Run {
        time: start.elapsed(),
        latencies,
        cpu: server.cpu()? - cpu,
        ..Run::default()
    })
}
