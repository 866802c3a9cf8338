//! `cargo xtask bench webhook`: the webhook beside what a user would build with controller-runtime, in the same run.
//!
//! Usage: `webhook OURS THEIRS`, the programs of both servers. All shares two or more processors with its own load, so
//! rates are lower bounds; CPU per request is what the system charged the server, and independent of that.

mod bodies;
mod client;
mod figures;
#[path = "../../tests/common/hostile.rs"]
mod hostile;
mod load;
mod process;

use std::env;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bodies::{Subject, subjects};
use client::Target;
use figures::Run;
use hostile::each_shape;
use hyper::body::Bytes;
use process::Server;
use tempfile::TempDir;

const CONNECTIONS: [usize; 3] = [1, 25, 200];
const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(3);
const HOSTILE_REQUESTS: u32 = 5;
/// For the aim on memory: what a busy API server has open to one webhook is 25.
const CROWD: usize = 50;

macro_rules! listed {
    ($($name:ident: $cause:literal,)*) => {
        /// Every hostile shape.
        const HOSTILE: &[hostile::Shape] = &[$((stringify!($name), hostile::$name)),*];
    };
}
each_shape!(listed);

/// The CPU that `jobflow` and the other server spent on a request of each kind, for the aims.
struct Aims {
    ratio_min: f64,
    p50_us: u64,
    p99_us: u64,
    idle_kib: u64,
    crowd_kib: u64,
    hostile_max: Duration,
}

#[tokio::main]
async fn main() -> Result<()> {
    // cargo tells a benchmark that it is one.
    let programs: Vec<PathBuf> = env::args_os()
        .skip(1)
        .filter(|it| it != "--bench")
        .map(PathBuf::from)
        .collect();
    let [ours, theirs] = programs.as_slice() else {
        bail!("run it by `cargo xtask bench webhook`, which builds both servers");
    };
    let folder = TempDir::new()?;
    let target = Target::issue(folder.path())?;
    let start = async |is_ours: bool| {
        let (name, program) = if is_ours { ("jobflow", ours) } else { ("go", theirs) };
        Server::start(name, program, folder.path(), is_ours).await
    };
    let (mut ours, theirs) = (start(true).await?, start(false).await?);
    let idle_kib = ours.resident_kib()?;
    println!(
        "idle: jobflow {} KiB, go {} KiB resident\n",
        idle_kib,
        theirs.resident_kib()?
    );
    handshakes(&target, &[&ours, &theirs]).await?;
    let (p50_us, p99_us) = handler_times(&target, &mut ours).await?;
    let ratio_min = side_by_side(&target, &ours, &theirs).await?;
    drop((ours, theirs));
    let (ours, theirs) = (start(true).await?, start(false).await?);
    let crowd_kib = crowd(&target, &[&ours, &theirs]).await?;
    drop((ours, theirs));
    let mut ours = start(true).await?;
    let hostile_max = hostile_bodies(&target, &mut ours, || start(false)).await?;
    settled(&[&ours]).await?;
    Aims {
        ratio_min,
        p50_us,
        p99_us,
        idle_kib,
        crowd_kib,
        hostile_max,
    }
    .print();
    Ok(())
}

async fn handshakes(target: &Target, servers: &[&Server]) -> Result<()> {
    println!(
        "{:<10}{:>14}{:>16}   full handshakes, ECDSA P-256, 25 at the same time",
        "server", "handshakes/s", "CPU each"
    );
    for server in servers {
        let run = load::handshakes(target, server, 25, MEASURED).await?;
        println!(
            "{:<10}{:>14.0}{:>13.0} µs",
            server.name(),
            run.rate(),
            run.cpu_each_us()
        );
    }
    println!();
    Ok(())
}

/// Time in the service for the smallest body on one connection: median and 99th percentile in microseconds.
async fn handler_times(target: &Target, server: &mut Server) -> Result<(u64, u64)> {
    let [small, ..] = subjects();
    load::reviews(target, server, &small.body, 1, WARM_UP).await?;
    server.service_times().await?;
    load::reviews(target, server, &small.body, 1, MEASURED).await?;
    let [count, p50, p99, p999] = server.service_times().await?;
    println!(
        "in the service, {}, one connection: p50 {p50} µs, p99 {p99} µs, p99.9 {p999} µs ({count} reviews)\n",
        small.name
    );
    Ok((p50, p99))
}

/// All bodies at all numbers of connections; the result is the least ratio of requests per CPU second for the smallest body.
async fn side_by_side(target: &Target, ours: &Server, theirs: &Server) -> Result<f64> {
    Run::print_header();
    let mut ratio_min = f64::INFINITY;
    for (index, Subject { name, body }) in subjects().iter().enumerate() {
        for connections in CONNECTIONS {
            let mut cpu = Vec::new();
            for server in [ours, theirs] {
                load::reviews(target, server, body, connections, WARM_UP).await?;
                let run = load::reviews(target, server, body, connections, MEASURED).await?;
                run.print(name, connections, server.name());
                std::io::stdout().flush()?;
                cpu.push(run.cpu_each_us());
            }
            let [ours, theirs] = cpu.as_slice() else { continue };
            println!(
                "{:<24}{connections:>5}  {:<8}{:>69.1} times the requests per CPU second\n",
                name,
                "",
                theirs / ours
            );
            if index == 0 {
                ratio_min = ratio_min.min(theirs / ours);
            }
        }
    }
    Ok(ratio_min)
}

/// The memory of fresh servers under many large reviews, and after them; the result is the most that ours had.
async fn crowd(target: &Target, servers: &[&Server]) -> Result<u64> {
    let [.., large] = subjects();
    println!("{CROWD} connections with '{}':", large.name);
    let mut most = 0;
    for server in servers {
        let run = load::reviews(target, server, &large.body, CROWD, MEASURED).await?;
        let (name, kib, shed) = (server.name(), run.resident_max_kib, run.shed);
        println!(
            "  {name}: at most {kib} KiB resident, {shed} sent away, {} answered",
            run.latencies.len()
        );
        if most == 0 {
            most = kib;
        }
    }
    settled(servers).await?;
    println!();
    Ok(most)
}

/// What one body of each hostile shape costs; the result is the most that one cost us. A server of theirs that does not
/// survive one is started again.
async fn hostile_bodies<S: Future<Output = Result<Server>>>(
    target: &Target,
    ours: &mut Server,
    start: impl Fn() -> S,
) -> Result<Duration> {
    println!(
        "{:<44}{:>10}{:>15}{:>15}{:>15}",
        "hostile body", "bytes", "jobflow CPU", "in the kernel", "go CPU"
    );
    let mut theirs = start().await?;
    let mut most = Duration::ZERO;
    for (name, body) in HOSTILE {
        let body = Bytes::from(body());
        let [own, kernel] = cost(target, ours, &body).await?.context("jobflow has ended")?;
        let beside = cost(target, &mut theirs, &body).await?;
        let total = |parts: [Duration; 2]| format!("{} ms", parts.iter().sum::<Duration>().as_millis());
        let (kernel_ms, theirs_shown) = (kernel.as_millis(), beside.map_or("ended".to_owned(), total));
        println!(
            "{:<44}{:>10}{:>15}{kernel_ms:>12} ms{theirs_shown:>15}",
            name.replace('_', " "),
            body.len(),
            total([own, kernel]),
        );
        if beside.is_none() {
            theirs = start().await?;
        }
        most = most.max(own + kernel);
    }
    println!();
    Ok(most)
}

/// The CPU time of one `body`, in the server's own code and in the kernel, which clears each page of memory that is touched
/// anew; `None` where the server ended.
async fn cost(target: &Target, server: &mut Server, body: &Bytes) -> Result<Option<[Duration; 2]>> {
    let before = server.cpu_parts()?;
    for _ in 0..HOSTILE_REQUESTS {
        // One that is about to end takes no connection any more.
        if load::one(target, server, body).await.is_err() || server.has_ended()? {
            return Ok(None);
        }
    }
    let after = server.cpu_parts();
    let spent = |[own, kernel]: [Duration; 2]| [own - before[0], kernel - before[1]];
    Ok(after.ok().map(|after| spent(after).map(|part| part / HOSTILE_REQUESTS)))
}

async fn settled(servers: &[&Server]) -> Result<()> {
    tokio::time::sleep(Duration::from_secs(5)).await;
    for server in servers {
        println!(
            "5 s after the load {} has {} KiB resident",
            server.name(),
            server.resident_kib()?
        );
    }
    Ok(())
}

impl Aims {
    fn print(&self) {
        println!("\naims (issue 4):");
        let line = |what: &str, measured: String, met: bool| {
            println!("  {} {what}: {measured}", if met { "met    " } else { "NOT MET" });
        };
        line(
            "seed-size p50 <= 100 µs in the service",
            format!("{} µs", self.p50_us),
            self.p50_us <= 100,
        );
        line(
            "seed-size p99 <= 500 µs in the service",
            format!("{} µs", self.p99_us),
            self.p99_us <= 500,
        );
        line(
            "3 times the Go server's requests per CPU second (seed size, worst of three)",
            format!("{:.1}", self.ratio_min),
            self.ratio_min >= 3.0,
        );
        line(
            "idle <= 20 MiB resident",
            format!("{:.1} MiB", self.idle_kib as f64 / 1_024.0),
            self.idle_kib <= 20 * 1_024,
        );
        line(
            "50 connections with 1 MB <= 64 MiB resident",
            format!("{:.1} MiB", self.crowd_kib as f64 / 1_024.0),
            self.crowd_kib <= 64 * 1_024,
        );
        line(
            "any hostile body under 100 ms of CPU",
            format!("{} ms", self.hostile_max.as_millis()),
            self.hostile_max < Duration::from_millis(100),
        );
    }
}
