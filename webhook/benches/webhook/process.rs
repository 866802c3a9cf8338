//! A server under test: started on a free port, asked what it uses, and ended with us.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::sleep;

/// Linux counts CPU time for `/proc` in hundredths of a second, whatever its own clock does.
const TICK: Duration = Duration::from_millis(10);
const START_TRIES: u32 = 500;

pub struct Server {
    name: &'static str,
    address: SocketAddr,
    process: u32,
    input: Option<ChildStdin>,
    output: Option<Lines<BufReader<ChildStdout>>>,
    child: Child,
}

/// What a server under test may take of the address space, in KiB: eight times what ours needs for the worst body. One
/// that takes more ends, and the machine does not.
const ADDRESS_SPACE_KIB: u64 = 4 * 1_024 * 1_024;

impl Server {
    /// Starts `program`; with `answers` it can be asked for the times of its service.
    pub async fn start(name: &'static str, program: &Path, certificates: &Path, answers: bool) -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut child = Command::new("sh")
            .args(["-c", &format!("ulimit -v {ADDRESS_SPACE_KIB}; exec \"$0\" \"$@\"")])
            .arg(program)
            .arg(port.to_string())
            .arg(certificates)
            .stdin(Stdio::piped())
            .stdout(if answers { Stdio::piped() } else { Stdio::null() })
            // Log lines are formatted and written as in production, and go nowhere.
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be run", program.display()))?;
        let process = child.id().context("the server ended at once")?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let server = Self {
            name,
            address,
            process,
            input,
            output: output.map(|it| BufReader::new(it).lines()),
            child,
        };
        server.listens().await?;
        Ok(server)
    }

    async fn listens(&self) -> Result<()> {
        for _ in 0..START_TRIES {
            if TcpStream::connect(self.address).await.is_ok() {
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
        ensure!(false, "{} does not listen", self.name);
        Ok(())
    }

    /// Whether it has ended, which none does of itself.
    pub fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All CPU time that the process has used, in its own code and in the kernel.
    pub fn cpu(&self) -> Result<Duration> {
        Ok(self.cpu_parts()?.iter().sum())
    }

    /// The CPU time that the process has used in its own code, and in the kernel.
    pub fn cpu_parts(&self) -> Result<[Duration; 2]> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.process))?;
        // The name, the second field, is in parentheses and may hold spaces; user and system time are the 14th and 15th.
        let after_name = text.rsplit(')').next().unwrap_or_default();
        let mut ticks = after_name.split_whitespace().skip(11).map(str::parse::<u32>);
        let mut next = || anyhow::Ok(TICK * ticks.next().context("a stat without times")??);
        Ok([next()?, next()?])
    }

    pub fn resident_kib(&self) -> Result<u64> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.process))?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    /// How many reviews were answered since the last question; p50, p99 and p99.9 in the service, in microseconds.
    pub async fn service_times(&mut self) -> Result<[u64; 4]> {
        let (input, output) = self
            .input
            .as_mut()
            .zip(self.output.as_mut())
            .context("this server answers no question")?;
        input.write_all(b"times\n").await?;
        let line = output.next_line().await?.context("the server ended")?;
        let numbers: Result<Vec<u64>, _> = line.split(' ').map(str::parse).collect();
        numbers?.try_into().ok().context("the server answers four numbers")
    }
}
