//! Many at once: the idle race, floods of slow connections, overload, and no file descriptors (ADMISSION.md 3.3: F5, F11, F13, F15).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod common;

use std::fs;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use common::server::{NAME, PATIENCE, SHORT, Server, call, read_all};
use common::{Answer, Lab, create, flow, job_flow};
use http_body_util::BodyExt;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use jobflow_core::admission::{Presence, TemplateIndex};
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsConnector;
use webhook::ServeLimits;

/// An API server's idle time and ours, fifty times shorter: 90 s and 120 s. What lies between them, 600 ms here, is how late a busy
/// machine may be.
const CLIENT_IDLE: Duration = Duration::from_millis(1_800);
const SERVER_IDLE: Duration = Duration::from_millis(2_400);

/// Tests with hundreds of connections run one after the other: both ends of each are in this process, and some machines give a
/// process no more than 1,024 file descriptors.
static MANY_FILES: Mutex<()> = Mutex::const_new(());

#[tokio::test(flavor = "multi_thread")]
async fn f5_calls_at_any_spacing_never_meet_a_connection_that_the_server_closes() {
    let _turn = MANY_FILES.lock().await;
    let limits = ServeLimits {
        idle_timeout: SERVER_IDLE,
        ..ServeLimits::default()
    };
    let server = Arc::new(Server::start(limits).await);
    let mut callers = JoinSet::new();
    // As much apart as 2, 30, and just below and above 90 s would be.
    for (spacing_millis, calls) in [(40, 30), (600, 12), (1_760, 4), (1_840, 4)] {
        for _ in 0..40 {
            let spacing = Duration::from_millis(spacing_millis);
            callers.spawn(call_every(Arc::clone(&server), spacing, calls));
        }
    }
    let callers = callers.join_all().await;
    assert_eq!(callers.len(), 160);
    let (failures, late) = callers.iter().fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    println!("f5: {late} calls of 2,000 came too late because this machine was busy");
    assert_eq!(failures, 0, "of 2,000 calls");
    assert!(late < 500, "{late} of 2,000 calls say nothing");
}

/// Calls as an API server does: on the open connection, unless that was idle for too long. Returns how many failed, and how
/// many others failed after the server's idle time had passed, because this process was held up between the look at the clock and
/// the call.
async fn call_every(server: Arc<Server>, spacing: Duration, calls: usize) -> (usize, usize) {
    let mut client = server.http1().await;
    let (mut last, mut failures, mut late) = (Instant::now(), 0, 0);
    // The server cannot have been idle for longer.
    let mut busy = last;
    for _ in 0..calls {
        sleep(spacing).await;
        if last.elapsed() >= CLIENT_IDLE {
            client = server.http1().await;
            busy = Instant::now();
        }
        let idle_since = std::mem::replace(&mut busy, Instant::now());
        match client.send_request(common::server::review_request()).await {
            Ok(response) => drop(response.into_body().collect().await.unwrap()),
            Err(_) => {
                let was_late = idle_since.elapsed() >= SERVER_IDLE;
                (failures, late) = (failures + usize::from(!was_late), late + usize::from(was_late));
                client = server.http1().await;
                busy = Instant::now();
            }
        }
        last = Instant::now();
    }
    (failures, late)
}

/// Four kinds of 100 connections with two ends are 800 descriptors.
const SLOW_CONNECTIONS_OF_A_KIND: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn f11_slow_connections_are_closed_and_hold_no_legitimate_call_up() {
    let _turn = MANY_FILES.lock().await;
    let limits = ServeLimits {
        handshake_timeout: Duration::from_secs(2),
        head_timeout: Duration::from_secs(2),
        idle_timeout: Duration::from_secs(4),
        ..ServeLimits::default()
    };
    let server = Arc::new(Server::start(limits).await);
    let mut client = server.http1().await;
    timed_call(&mut client).await;
    let mut slow = JoinSet::new();
    for _ in 0..SLOW_CONNECTIONS_OF_A_KIND {
        slow.spawn(silent(Arc::clone(&server)));
        slow.spawn(trickling(Arc::clone(&server), [127, 0, 0, 3], ""));
        slow.spawn(trickling(
            Arc::clone(&server),
            [127, 0, 0, 4],
            "POST /validate HTTP/1.1\r\nx: ",
        ));
        let body =
            "POST /validate?timeout=5s HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n";
        slow.spawn(trickling(Arc::clone(&server), [127, 0, 0, 5], body));
    }
    let ends = tokio::spawn(timeout(Duration::from_secs(30), slow.join_all()));
    let mut times = Vec::new();
    while !ends.is_finished() {
        times.push(timed_call(&mut client).await);
        sleep(Duration::from_millis(5)).await;
    }
    ends.await
        .expect("no client fails")
        .expect("the server must close every slow connection");
    let p99 = percentile(&mut times, 99);
    println!("f11: {} calls, p99 {p99:?}", times.len());
    // 50 ms is the aim; a debug build on a machine that is busy otherwise is not the place to insist.
    assert!(p99 < Duration::from_secs(1), "{p99:?}");
    server.ended("slow_head").await;
}

async fn timed_call(client: &mut SendRequest<Body>) -> Duration {
    let start = Instant::now();
    let response = call(client).await;
    response.into_body().collect().await.unwrap();
    start.elapsed()
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort();
    times[(times.len() - 1) * percent / 100]
}

async fn silent(server: Arc<Server>) {
    read_all_patiently(&mut server.tcp_from([127, 0, 0, 2]).await).await;
}

/// Sends `beginning`, if anything, and then a byte every 100 ms until the server has enough of it.
async fn trickling(server: Arc<Server>, peer: [u8; 4], beginning: &'static str) {
    let stream = server.tcp_from(peer).await;
    let connector = TlsConnector::from(Arc::new(server.client(&[])));
    let name = ServerName::try_from(NAME).unwrap();
    let Ok(stream) = connector.connect(name, stream).await else {
        return;
    };
    let (mut reader, mut writer) = tokio::io::split(stream);
    let write = tokio::spawn(async move {
        let mut sent = writer.write_all(beginning.as_bytes()).await;
        while sent.is_ok() && !beginning.is_empty() {
            sleep(Duration::from_millis(100)).await;
            sent = writer.write_all(b"x").await;
        }
        writer
    });
    read_all_patiently(&mut reader).await;
    write.abort();
}

async fn read_all_patiently(stream: &mut (impl tokio::io::AsyncRead + Unpin)) {
    let mut bytes = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(stream, &mut bytes).await;
}

#[tokio::test]
async fn f11_a_body_that_trickles_is_cut_off_long_before_the_deadline() {
    let server = Server::start(SHORT).await;
    let stream = server.tcp_from([127, 0, 0, 5]).await;
    let (mut reader, mut writer) = tokio::io::split(server.tls_over(stream).await);
    let start = Instant::now();
    let trickle = tokio::spawn(async move {
        let head =
            "POST /validate?timeout=30s HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n";
        writer.write_all(head.as_bytes()).await.unwrap();
        while writer.write_all(b" ").await.is_ok() {
            sleep(Duration::from_millis(100)).await;
        }
    });
    let text = read_all(&mut reader).await;
    assert!(text.starts_with("HTTP/1.1 408 "), "{text}");
    assert!(start.elapsed() < Duration::from_secs(4));
    trickle.abort();
}

/// An index that takes its time, so that a review does.
struct Slow;

const REVIEW_TIME: Duration = Duration::from_millis(20);

impl TemplateIndex for Slow {
    fn presence(&self, _: &str, _: &str) -> Presence {
        std::thread::sleep(REVIEW_TIME);
        Presence::Unknown
    }

    fn unfinished_users(&self, _: &str, _: &str) -> Vec<String> {
        Vec::new()
    }
}

fn large_review() -> Value {
    let mut object = job_flow(vec![json!({"name": "a", "jobTemplateRef": "t"}), flow("b", &["a"])]);
    object["metadata"]["annotations"] = json!({"padding": "x".repeat(100_000)});
    create(&object)
}

#[tokio::test(flavor = "multi_thread")]
async fn f13_ten_times_too_many_reviews_are_shed_and_the_server_recovers() {
    let lab = Arc::new(Lab::asking(Arc::new(Slow)));
    let body = large_review().to_string();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let mut due = tokio::time::interval(REVIEW_TIME / u32::try_from(10 * processors).unwrap());
    let mut calls = JoinSet::new();
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(4) {
        let (lab, body) = (Arc::clone(&lab), body.clone());
        calls.spawn(async move {
            let start = Instant::now();
            let answer = lab.post("/validate?timeout=5s", body).await;
            (answer, start.elapsed())
        });
        due.tick().await;
    }
    let offered_until = Instant::now();
    let answers = calls.join_all().await;
    let (answered, shed) = told_apart(&answers);
    println!("f13: {} offered, {answered} answered, {shed} shed", answers.len());
    assert!(answered > 20 && shed > answered, "{answered} and {shed}");
    assert!(
        offered_until.elapsed() < Duration::from_secs(5),
        "the last must be answered within its deadline"
    );
    let recovered = Instant::now();
    let answer = lab.post("/validate?timeout=5s", body).await;
    assert_eq!(answer.response()["allowed"], true);
    assert!(recovered.elapsed() < Duration::from_secs(2));
}

/// How many were answered in time, and how many sent away for a second.
fn told_apart(answers: &[(Answer, Duration)]) -> (usize, usize) {
    let (mut answered, mut shed) = (0, 0);
    for (answer, time) in answers {
        assert!(*time < Duration::from_secs(5), "{time:?}");
        if answer.status == 200 {
            assert_eq!(answer.response()["allowed"], true);
            answered += 1;
        } else {
            assert_eq!(answer.status, 429);
            assert_eq!(answer.headers["retry-after"], "1");
            shed += 1;
        }
    }
    (answered, shed)
}

#[tokio::test]
async fn f13_a_review_that_is_sent_away_is_read_to_its_end_so_that_its_sender_hears_of_it() {
    let server = Server::start(SHORT).await;
    let _holders = server.lab.hold_memory().await;
    let mut client = server.http1().await;
    for _ in 0..5 {
        let large = common::request("/validate?timeout=5s").header("host", NAME);
        let large = large.body(Body::from(vec![b' '; 6_000_000])).unwrap();
        let answer = client.send_request(large).await.expect("the answer must arrive");
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["retry-after"]),
            (429, &"1".parse().unwrap())
        );
        answer.into_body().collect().await.unwrap();
        assert_eq!(call(&mut client).await.status(), 200);
    }
}

/// Tells the server of F15 where it writes what its parent has to know.
const FOLDER: &str = "F15_FOLDER";
const FILES_MAX: u32 = 64;

#[tokio::test]
#[ignore = "not a test: the server of f15, which runs it with few file descriptors"]
async fn f15_server() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let folder = Path::new(&folder);
    // Silent connections stay for as long as the parent looks.
    let server = Server::start(ServeLimits::default()).await;
    fs::write(folder.join("certificate"), &server.certificate).unwrap();
    fs::write(folder.join("new"), server.address.to_string()).unwrap();
    fs::rename(folder.join("new"), folder.join("address")).unwrap();
    let end_of_input = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    end_of_input.await.unwrap().unwrap();
    let errors = server.lab.metric("jobflow_webhook_accept_errors_total");
    fs::write(folder.join("errors"), errors.to_string()).unwrap();
}

/// The server in a process of its own; killed when a test fails.
struct FewFiles(Child);

impl Drop for FewFiles {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl FewFiles {
    fn start(folder: &Path) -> Self {
        let command = format!("ulimit -n {FILES_MAX}; exec \"$0\" \"$@\"");
        let child = Command::new("sh")
            .args(["-c", &command])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "f15_server", "--ignored"])
            .env(FOLDER, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }

    /// In ticks of a hundredth of a second, user and system.
    fn cpu_ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        let after_name = stat.rsplit(')').next().unwrap();
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }
}

async fn text_of(file: &Path) -> String {
    let there = async {
        while !file.exists() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, there).await.unwrap();
    fs::read_to_string(file).unwrap()
}

#[tokio::test]
async fn f15_without_file_descriptors_the_server_waits_without_spinning_and_then_serves() {
    let _turn = MANY_FILES.lock().await;
    let folder = TempDir::new().unwrap();
    let mut server = FewFiles::start(folder.path());
    let address: SocketAddr = text_of(&folder.path().join("address")).await.parse().unwrap();
    let mut silent = Vec::new();
    for _ in 0..2 * FILES_MAX {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    sleep(Duration::from_millis(500)).await;
    let before = server.cpu_ticks();
    sleep(Duration::from_secs(2)).await;
    let spent = server.cpu_ticks() - before;
    assert!(spent < 40, "{spent} ticks of CPU in 200");

    drop(silent);
    let certificate = fs::read(folder.path().join("certificate")).unwrap();
    let served = timeout(Duration::from_secs(10), served(address, certificate));
    served.await.expect("the server must serve again");
    drop(server.0.stdin.take());
    let errors: f64 = text_of(&folder.path().join("errors")).await.parse().unwrap();
    println!("f15: {errors} failures to accept, {spent} ticks of CPU in 200");
    assert!((1.0..20.0).contains(&errors), "{errors}");
}

async fn served(address: SocketAddr, certificate: Vec<u8>) {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.into()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let config = builder.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(NAME).unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let (mut client, connection) = http1::handshake(TokioIo::new(stream.await.unwrap())).await.unwrap();
    tokio::spawn(connection);
    assert_eq!(call(&mut client).await.status(), 200);
}
