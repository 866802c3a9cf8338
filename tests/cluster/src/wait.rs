//! Waiting with a deadline, and saying what was waited for when it passes.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Error, Result, anyhow};

use crate::interrupt;

/// What is there soon is seen soon; what takes long is not asked for more often than ten times a second.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
const LOG_LINES_SHOWN: usize = 15;

/// A moment at which waiting ends.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    end: Instant,
    limit: Duration,
}

impl Deadline {
    /// A deadline that passes after `limit`, counted from now.
    pub fn after(limit: Duration) -> Self {
        let end = Instant::now() + limit;
        Self { end, limit }
    }

    /// Whether the time is up.
    pub fn has_passed(&self) -> bool {
        Instant::now() >= self.end
    }

    /// The time that was granted at the start, in whole seconds.
    pub fn limit_seconds(&self) -> u64 {
        self.limit.as_secs()
    }
}

/// Asks `probe` again and again until it answers `Ok`, and returns the answer.
///
/// # Errors
/// When the deadline passes (the message carries the last error of the probe), or when this process is interrupted.
pub fn until<T>(what: &str, deadline: Deadline, mut probe: impl FnMut() -> Result<T>) -> Result<T> {
    let mut pause = FIRST_PAUSE;
    loop {
        let not_yet = match probe() {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        interrupt::check()?;
        if deadline.has_passed() {
            let seconds = deadline.limit_seconds();
            return Err(not_yet.context(format!("{what}: not so after {seconds} s")));
        }
        thread::sleep(pause);
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// Adds to an error where the log of the program at fault is, and how it ends.
pub(crate) fn with_log(error: &Error, log: &Path) -> Error {
    let tail = last_lines(log, LOG_LINES_SHOWN);
    anyhow!("{error:#}\nits log is {}, which ends:\n{tail}", log.display())
}

/// The last lines of a text file, indented; a file that cannot be read has none.
pub(crate) fn last_lines(path: &Path, count: usize) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let shown = lines.iter().skip(lines.len().saturating_sub(count));
    let indented: Vec<String> = shown.map(|line| format!("  {line}")).collect();
    indented.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passed_deadline_tells_what_was_missing() {
        let probe = || -> Result<()> { Err(anyhow!("still red")) };
        let error = until("a green light", Deadline::after(Duration::ZERO), probe).unwrap_err();
        assert_eq!(format!("{error:#}"), "a green light: not so after 0 s: still red");
    }

    #[test]
    fn a_failure_shows_the_end_of_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("etcd.log");
        let lines: Vec<String> = (1..=40).map(|number| format!("line {number}")).collect();
        fs::write(&log, lines.join("\n")).unwrap();
        let shown = format!("{}", with_log(&anyhow!("etcd ended"), &log));
        assert!(shown.contains("etcd.log"), "{shown}");
        assert!(shown.ends_with("  line 40"), "{shown}");
        assert!(!shown.contains("line 25\n"), "{shown}");
    }
}
