//! Ctrl-C and SIGTERM as a flag that every wait looks at, so that a stopped run takes down what it started.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Exit status of a program that was stopped by Ctrl-C, as shells report it.
pub const EXIT_STATUS: i32 = 130;

/// Listens for SIGINT, SIGTERM and SIGHUP from now on. A second signal ends the process at once; its watchdog then stops
/// the rest.
pub fn listen() -> Result<()> {
    // Handlers, and not a blocked signal mask with a waiting thread: children would inherit the mask and never hear SIGTERM.
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("signals cannot be listened for")?;
    thread::spawn(move || {
        for _ in signals.forever() {
            if REQUESTED.swap(true, Ordering::SeqCst) {
                std::process::exit(EXIT_STATUS);
            }
            eprintln!("stopping (once more to stop at once)");
        }
    });
    Ok(())
}

/// Whether somebody asked this process to stop.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// An error once somebody asked this process to stop.
pub fn check() -> Result<()> {
    if requested() {
        bail!("interrupted");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::path::Path;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::process::{ProcessRecord, stop_all};

    #[test]
    fn a_child_of_a_process_that_listens_still_ends_on_sigterm() {
        listen().unwrap();
        let mut child = Command::new("sleep").arg("60").process_group(0).spawn().unwrap();
        let record = ProcessRecord::of("sleeper", child.id(), Path::new("none.log"), 30).unwrap();
        let start = Instant::now();
        stop_all(&[record]).unwrap();
        assert!(start.elapsed() < Duration::from_secs(10), "it had to be killed");
        child.wait().unwrap();
    }
}
