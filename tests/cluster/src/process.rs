//! Processes by id and start time, so that a reused id is never taken for the process that had it before.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::wait::Deadline;

/// How long an ended process may take to disappear; SIGKILL needs milliseconds even on a busy machine.
const KILL_LIMIT: Duration = Duration::from_secs(10);

/// A process that was started for a cluster, as the leader of a process group of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProcessRecord {
    /// What it is, such as `etcd`.
    pub name: String,
    /// Its process id.
    pub pid: i32,
    /// When it started, in clock ticks since boot: together with the id it names one process for ever.
    pub start_ticks: u64,
    /// Where its output goes.
    pub log: PathBuf,
    /// How long it may take to end by itself on SIGTERM; 0 means that it is killed at once.
    pub grace_seconds: u64,
}

impl ProcessRecord {
    /// Takes down what a process that runs now is.
    pub fn of(name: &str, pid: u32, log: &Path, grace_seconds: u64) -> Result<Self> {
        let pid = i32::try_from(pid).context("process ids fit 31 bits")?;
        let stat = Stat::read(pid).with_context(|| format!("{name} ended as soon as it was started"))?;
        let start_ticks = stat.start_ticks;
        let (name, log) = (name.to_owned(), log.to_owned());
        Ok(Self {
            name,
            pid,
            start_ticks,
            log,
            grace_seconds,
        })
    }

    /// Whether this very process runs. One that ended but was not yet waited for does not.
    pub fn is_alive(&self) -> bool {
        Stat::read(self.pid).is_some_and(|stat| stat.start_ticks == self.start_ticks && stat.state != 'Z')
    }

    /// Resident memory in KiB; 0 when it does not run.
    pub fn memory_kib(&self) -> u64 {
        if !self.is_alive() {
            return 0;
        }
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|rest| rest.split_whitespace().next());
        number.and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// Sends a signal to the process and what it started, unless it has ended.
    pub fn signal(&self, signal: Signal) {
        if self.is_alive() {
            // It may end between the look and the signal; then there is nothing left to do.
            let _ = killpg(Pid::from_raw(self.pid), signal);
        }
    }

    fn ended(&self) -> Result<()> {
        anyhow::ensure!(!self.is_alive(), "{} (process {}) still runs", self.name, self.pid);
        Ok(())
    }
}

/// Ends processes: first those that were promised some grace, then the others at once, and returns when none is left.
pub fn stop_all(records: &[ProcessRecord]) -> Result<()> {
    let (graceful, other): (Vec<_>, Vec<_>) = records.iter().partition(|record| record.grace_seconds > 0);
    for record in &graceful {
        record.signal(Signal::SIGTERM);
    }
    for record in graceful {
        let limit = Duration::from_secs(record.grace_seconds);
        if wait_for_end(record, limit).is_err() {
            record.signal(Signal::SIGKILL);
            wait_for_end(record, KILL_LIMIT)?;
        }
    }
    for record in &other {
        record.signal(Signal::SIGKILL);
    }
    other.iter().try_for_each(|record| wait_for_end(record, KILL_LIMIT))
}

/// Unlike `wait::until` deaf to interrupts: this is what interrupted runs do on their way out.
fn wait_for_end(record: &ProcessRecord, limit: Duration) -> Result<()> {
    let deadline = Deadline::after(limit);
    while !deadline.has_passed() && record.is_alive() {
        std::thread::sleep(Duration::from_millis(10));
    }
    record.ended()
}

/// What `/proc/<pid>/stat` says, as far as it is of use here.
struct Stat {
    state: char,
    start_ticks: u64,
}

impl Stat {
    fn read(pid: i32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The second field is the program's name in parentheses, which may itself hold blanks and parentheses.
    fn parse(line: &str) -> Option<Self> {
        let (_, after_name) = line.rsplit_once(')')?;
        let mut fields = after_name.split_whitespace();
        let state = fields.next()?.chars().next()?;
        // `starttime` is field 22 of the line, so the 19th after the state, which is field 3.
        let start_ticks = fields.nth(18)?.parse().ok()?;
        Some(Self { state, start_ticks })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command};

    use super::*;

    fn sleeper() -> Child {
        Command::new("sleep").arg("60").process_group(0).spawn().unwrap()
    }

    fn record_of(child: &Child, grace_seconds: u64) -> ProcessRecord {
        ProcessRecord::of("sleeper", child.id(), Path::new("none.log"), grace_seconds).unwrap()
    }

    #[test]
    fn stat_lines_with_parentheses_in_the_name_are_read() {
        let line = "42 (a) b (c)) S 1 42 42 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 987654 1000 10";
        let stat = Stat::parse(line).unwrap();
        assert_eq!((stat.state, stat.start_ticks), ('S', 987_654));
    }

    #[test]
    fn a_reused_process_id_is_never_signalled() {
        let mut child = sleeper();
        let mut earlier = record_of(&child, 0);
        earlier.start_ticks -= 1;
        assert!(!earlier.is_alive());
        stop_all(&[earlier]).unwrap();
        assert_eq!(child.try_wait().unwrap(), None, "the innocent process must still run");
        stop_all(&[record_of(&child, 0)]).unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn an_ended_process_that_nobody_waited_for_is_not_alive() {
        let mut child = sleeper();
        let record = record_of(&child, 0);
        child.kill().unwrap();
        wait_for_end(&record, Duration::from_secs(5)).unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn grace_ends_with_a_kill() {
        let mut child = Command::new("sh")
            .args(["-c", "trap '' TERM; while :; do sleep 0.05; done"])
            .process_group(0)
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(200));
        stop_all(&[record_of(&child, 1)]).unwrap();
        child.wait().unwrap();
    }
}
