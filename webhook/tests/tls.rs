//! The server through real sockets: keep-alive, its timers, protocols, broken peers, draining, a new certificate.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod common;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::http::StatusCode;
use certs::{Protocol, TlsMinimum};
use common::server::{NAME, PATIENCE, SHORT, Server, assert_called, call, issue, read_all, review_request};
use common::{create, example};
use http_body_util::BodyExt;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use webhook::{IDLE_TIMEOUT, ServeLimits};

#[tokio::test]
async fn p14_a_thousand_calls_need_one_connection() {
    let server = Server::start(ServeLimits::default()).await;
    let mut client = server.http1().await;
    for _ in 0..1_000 {
        assert_called(&mut client).await;
    }
    assert_eq!(server.lab.metric("jobflow_webhook_open_connections"), 1.0);
}

#[test]
fn the_idle_time_is_longer_than_an_api_servers() {
    assert!(ServeLimits::default().idle_timeout > Duration::from_secs(90));
    assert_eq!(ServeLimits::default().idle_timeout, IDLE_TIMEOUT);
    assert_eq!(ServeLimits::default().head_timeout, Duration::from_secs(5));
    assert_eq!(ServeLimits::default().handshake_timeout, Duration::from_secs(5));
}

#[tokio::test]
async fn an_idle_connection_outlives_the_head_timer_before_and_between_calls() {
    let server = Server::start(SHORT).await;
    let mut client = server.http1().await;
    for _ in 0..4 {
        sleep(SHORT.head_timeout * 2).await;
        assert_called(&mut client).await;
    }
}

#[tokio::test]
async fn a_connection_that_idles_too_long_is_closed_used_or_not() {
    let server = Server::start(SHORT).await;
    for used in [true, false] {
        let mut stream = server.tls().await;
        if used {
            let body = create(&example()).to_string();
            let head = format!(
                "POST /validate HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all((head + &body).as_bytes()).await.unwrap();
        }
        let start = Instant::now();
        let text = read_all(&mut stream).await;
        assert_eq!(text.starts_with("HTTP/1.1 200 OK"), used, "{text}");
        assert!(
            start.elapsed() >= SHORT.idle_timeout - Duration::from_millis(100),
            "{:?}",
            start.elapsed()
        );
        server.ended("idle").await;
    }
}

#[tokio::test]
async fn a_head_that_trickles_in_is_cut_off_counted_from_its_first_byte() {
    let server = Server::start(SHORT).await;
    let (mut reader, mut writer) = tokio::io::split(server.tls().await);
    sleep(SHORT.head_timeout * 2).await;
    let start = Instant::now();
    let trickle = tokio::spawn(async move {
        for byte in b"POST /validate HTTP/1.1\r\nx-long: "
            .iter()
            .chain(std::iter::repeat(&b'x'))
        {
            if writer.write_all(&[*byte]).await.is_err() {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    });
    read_all(&mut reader).await;
    let took = start.elapsed();
    assert!(took >= SHORT.head_timeout && took < SHORT.idle_timeout, "{took:?}");
    server.ended("slow_head").await;
    trickle.abort();
}

#[tokio::test]
async fn a_head_after_an_answered_request_is_cut_off_too() {
    let server = Server::start(SHORT).await;
    let mut stream = server.tls().await;
    let body = create(&example()).to_string();
    let head = format!(
        "POST /validate HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    let mut some = [0; 64];
    assert!(stream.read(&mut some).await.unwrap() > 0);
    sleep(SHORT.head_timeout * 2).await;
    stream.write_all(b"POST /val").await.unwrap();
    read_all(&mut stream).await;
    server.ended("slow_head").await;
}

#[tokio::test]
async fn a_body_that_takes_its_time_is_not_cut_off_by_the_head_timer() {
    let server = Server::start(SHORT).await;
    let mut stream = server.tls().await;
    let body = create(&example()).to_string();
    let head = format!(
        "POST /validate HTTP/1.1\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (first, second) = body.split_at(100);
    stream.write_all(first.as_bytes()).await.unwrap();
    sleep(SHORT.head_timeout * 2).await;
    stream.write_all(second.as_bytes()).await.unwrap();
    assert!(read_all(&mut stream).await.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn both_versions_of_http_are_served_by_alpn() {
    let server = Server::start(SHORT).await;
    let stream = server.tls_with(server.client(&["h2", "http/1.1"])).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut client, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    for _ in 0..100 {
        client.ready().await.unwrap();
        let mut request = review_request();
        *request.uri_mut() = format!("https://{NAME}/validate").parse().unwrap();
        let response = client.send_request(request).await.unwrap();
        assert_eq!(
            (response.status(), response.version()),
            (StatusCode::OK, axum::http::Version::HTTP_2)
        );
    }
    for alpn in [&["http/1.1"][..], &[]] {
        let stream = server.tls_with(server.client(alpn)).await.unwrap();
        let (mut client, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        assert_called(&mut client).await;
    }
}

#[tokio::test]
async fn pings_on_an_idle_h2_connection_neither_begin_a_request_nor_keep_it_open() {
    let server = Server::start(SHORT).await;
    let stream = server.tls_with(server.client(&["h2"])).await.unwrap();
    let mut client = http2::Builder::new(TokioExecutor::new());
    client
        .timer(TokioTimer::new())
        .keep_alive_interval(SHORT.head_timeout / 4)
        .keep_alive_while_idle(true);
    let (mut client, connection) = client.handshake(TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    for _ in 0..2 {
        let mut request = review_request();
        *request.uri_mut() = format!("https://{NAME}/validate").parse().unwrap();
        assert_eq!(client.send_request(request).await.unwrap().status(), StatusCode::OK);
        sleep(SHORT.head_timeout * 2).await;
    }
    let _ = timeout(PATIENCE, connection)
        .await
        .expect("the server must close the connection");
    server.ended("idle").await;
}

#[tokio::test]
async fn h2_can_be_switched_off() {
    let server = Server::with(SHORT, TlsMinimum::default(), &[Protocol::Http11]).await;
    let stream = server.tls_with(server.client(&["h2", "http/1.1"])).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    assert!(server.tls_with(server.client(&["h2"])).await.is_err());
}

#[tokio::test]
async fn tls_1_2_needs_the_flag() {
    let versions = &[&rustls::version::TLS12];
    let server = Server::start(SHORT).await;
    assert!(
        server
            .tls_with(server.client_of(versions, &["http/1.1"]))
            .await
            .is_err()
    );
    server.handshake_failed("incompatible").await;
    let server = Server::with(SHORT, TlsMinimum::Tls12, &[Protocol::Http11]).await;
    assert!(server.tls_with(server.client_of(versions, &["http/1.1"])).await.is_ok());
}

#[tokio::test]
async fn plain_http_and_a_silent_peer_are_closed_and_hold_nobody_up() {
    let server = Server::start(SHORT).await;
    let mut silent = server.tcp().await;
    let mut plain = server.tcp().await;
    plain
        .write_all(b"POST /validate HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    assert_called(&mut server.http1().await).await;
    assert!(!read_all(&mut plain).await.contains("HTTP"));
    server.handshake_failed("not_tls").await;
    read_all(&mut silent).await;
    server.handshake_failed("timeout").await;
}

/// A clock of the past century.
#[derive(Debug)]
struct WrongClock;

impl TimeProvider for WrongClock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(1)))
    }
}

#[tokio::test]
async fn a_client_with_a_wrong_clock_refuses_us_and_is_counted() {
    let server = Server::start(SHORT).await;
    let builder = ClientConfig::builder_with_details(Arc::new(ring::default_provider()), Arc::new(WrongClock));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let config = builder.with_root_certificates(server.roots()).with_no_client_auth();
    let refusal = server.tls_with(config).await.unwrap_err();
    assert!(refusal.to_string().contains("not valid yet"), "{refusal}");
    server.handshake_failed("refused_by_client").await;
    assert_called(&mut server.http1().await).await;
}

#[tokio::test]
async fn at_the_bound_a_silent_connection_gives_way_and_a_used_one_stays() {
    let server = Server::start(ServeLimits {
        connections_max: 3,
        ..ServeLimits::default()
    })
    .await;
    let mut used = server.http1().await;
    assert_called(&mut used).await;
    let mut silent = Vec::new();
    for _ in 0..5 {
        silent.push(server.tcp().await);
    }
    assert_called(&mut server.http1().await).await;
    assert_called(&mut used).await;
    server.handshake_failed("gave_way").await;
}

#[tokio::test]
async fn b13_requests_whose_end_is_doubtful_are_refused_and_the_connection_closed() {
    let server = Server::start(SHORT).await;
    let body = create(&example()).to_string();
    let length = body.len();
    let chunks = format!("{length:x}\r\n{body}\r\n0\r\n\r\n");
    let pairs = [
        (
            format!("content-length: {length}\r\ntransfer-encoding: chunked\r\n"),
            &chunks,
        ),
        (
            format!("transfer-encoding: chunked\r\ncontent-length: {length}\r\n"),
            &chunks,
        ),
        (
            format!("content-length: {length}\r\ncontent-length: {}\r\n", length + 1),
            &body,
        ),
    ];
    for (framing, body) in pairs {
        let mut stream = server.tls().await;
        let head = format!("POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{framing}\r\n");
        stream.write_all((head + body).as_bytes()).await.unwrap();
        let text = read_all(&mut stream).await;
        assert!(text.starts_with("HTTP/1.1 400 "), "{text}");
        assert!(text.to_lowercase().contains("connection: close"), "{text}");
    }
}

#[tokio::test]
async fn b11_a_head_of_too_many_lines_or_bytes_is_cut_off() {
    let server = Server::start(SHORT).await;
    let lines: String = (0..101).map(|index| format!("x-{index}: v\r\n")).collect();
    for headers in [lines, format!("x: {}\r\n", "v".repeat(1 << 20))] {
        let (mut reader, mut writer) = tokio::io::split(server.tls().await);
        let write = tokio::spawn(async move {
            let _ = writer
                .write_all(format!("POST /validate HTTP/1.1\r\nhost: x\r\n{headers}\r\n").as_bytes())
                .await;
            writer
        });
        let text = read_all(&mut reader).await;
        assert!(text.starts_with("HTTP/1.1 431 "), "{text}");
        write.abort();
    }
}

#[tokio::test]
async fn b1_the_connection_goes_on_after_a_malformed_body() {
    let server = Server::start(SHORT).await;
    let mut client = server.http1().await;
    let broken = common::request("/validate")
        .header("host", NAME)
        .body(Body::from("{"))
        .unwrap();
    let response = client.send_request(broken).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    response.into_body().collect().await.unwrap();
    assert_called(&mut client).await;
}

#[tokio::test]
async fn draining_finishes_what_is_in_flight_and_then_ends() {
    let server = Server::start(SHORT).await;
    let mut stream = server.tls().await;
    let body = create(&example()).to_string();
    let head = format!(
        "POST /validate HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut idle = server.http1().await;
    assert_called(&mut idle).await;
    let mut fresh = server.tls().await;
    server.until("jobflow_admission_in_flight").await;
    server.shutdown.cancel();
    read_all(&mut fresh).await;
    let closed = async {
        while idle.ready().await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, closed).await.expect("an idle connection is closed");
    assert!(
        TcpStream::connect(server.address).await.is_err(),
        "nobody listens any more"
    );
    assert!(!server.serving.is_finished());
    stream.write_all(body.as_bytes()).await.unwrap();
    let text = read_all(&mut stream).await;
    assert!(text.starts_with("HTTP/1.1 200 OK"), "{text}");
    assert!(text.contains("connection: close"), "{text}");
    timeout(PATIENCE, server.serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn while_the_cluster_learns_of_the_stop_new_connections_are_served_and_old_ones_are_sent_away() {
    let server = Server::start(ServeLimits {
        drain_delay: Duration::from_secs(3),
        ..SHORT
    })
    .await;
    let mut old = server.http1().await;
    assert_called(&mut old).await;
    server.shutdown.cancel();
    assert_eq!(call(&mut old).await.headers()["connection"], "close");
    let mut new = server.http1().await;
    assert_eq!(call(&mut new).await.status(), StatusCode::OK);
    timeout(PATIENCE, server.serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_peer_that_never_finishes_its_request_does_not_keep_the_server_from_stopping() {
    let limits = ServeLimits {
        drain_timeout: Duration::from_millis(300),
        ..SHORT
    };
    let server = Server::start(limits).await;
    let mut stream = server.tls().await;
    stream
        .write_all(b"POST /validate HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n")
        .await
        .unwrap();
    server.until("jobflow_admission_in_flight").await;
    server.shutdown.cancel();
    timeout(PATIENCE, server.serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_new_certificate_serves_the_next_handshake_and_open_connections_live_on() {
    let mut server = Server::start(SHORT).await;
    let mut old = server.http1().await;
    assert_called(&mut old).await;
    let client_of_old = server.client(&["http/1.1"]);
    server.certificate = issue(server.folder.path());
    assert!(server.identity.refresh(SystemTime::now()).unwrap());
    assert!(server.tls_with(client_of_old).await.is_err());
    let stream = server.tls().await;
    assert_eq!(stream.get_ref().1.peer_certificates().unwrap()[0], server.certificate);
    assert_called(&mut old).await;
}
