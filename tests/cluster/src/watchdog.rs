//! A second process that stops the cluster when the first one dies, even of SIGKILL.
//!
//! The watchdog reads from a pipe whose other end only its parent holds. As long as the parent lives, nothing comes. When
//! the parent ends, for whatever reason, the kernel closes the pipe, and the watchdog stops every process recorded in
//! the state folder. A parent that wants its cluster to live on, or has stopped it itself, releases the watchdog first.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use crate::state::StateFolder;

/// What a parent writes when the watchdog shall end and touch nothing.
const RELEASE: u8 = b'r';

/// How to start this crate's [`run`] in a process of its own: a program, and the arguments before the folder's path.
#[derive(Clone, Debug)]
pub struct WatchdogCommand {
    /// The program, usually the one that runs now.
    pub program: PathBuf,
    /// Its leading arguments.
    pub args: Vec<String>,
}

impl WatchdogCommand {
    /// The program that runs now, with these arguments. By way of `/proc` it is found even after it was built anew.
    pub fn this_program(args: &[&str]) -> Self {
        let args = args.iter().map(|&arg| arg.to_owned()).collect();
        Self {
            program: PathBuf::from("/proc/self/exe"),
            args,
        }
    }
}

/// The watchdog's body: waits for the end of the parent, then stops what the state folder names.
///
/// `pipe` is what the parent writes to, standard input for a watchdog in a process of its own.
pub fn run(mut pipe: impl Read, state: &StateFolder) -> Result<()> {
    let mut word = [0];
    let released = pipe.read_exact(&mut word).is_ok() && word == [RELEASE];
    if released { Ok(()) } else { state.stop_processes() }
}

/// A running watchdog.
#[derive(Debug)]
pub(crate) struct Watchdog {
    child: Child,
}

impl Watchdog {
    /// Starts a watchdog over this folder, in a process group of its own so that Ctrl-C passes it by.
    pub(crate) fn start(command: &WatchdogCommand, state: &StateFolder) -> Result<Self> {
        let log = File::create(state.log("watchdog")).context("the watchdog's log cannot be made")?;
        let child = Command::new(&command.program)
            .args(&command.args)
            .arg(state.path())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("the watchdog cannot be started")?;
        Ok(Self { child })
    }

    /// Ends the watchdog and leaves the cluster as it is.
    pub(crate) fn release(mut self) -> Result<()> {
        if let Some(mut pipe) = self.child.stdin.take() {
            pipe.write_all(&[RELEASE])
                .context("the watchdog has ended before its time")?;
        }
        self.child.wait().context("the watchdog cannot be waited for")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::process::ChildStdout;

    use super::*;
    use crate::process::ProcessRecord;

    fn sleeper() -> Child {
        let mut command = Command::new("sleep");
        command.arg("60").process_group(0).stdout(Stdio::piped());
        command.spawn().unwrap()
    }

    /// A state folder with one process in it, and a stand-in for the parent, which holds the pipe.
    struct Scene {
        _folder: tempfile::TempDir,
        state: StateFolder,
        component: Child,
        record: ProcessRecord,
        parent: Child,
        pipe: ChildStdout,
    }

    fn scene() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::at(folder.path().join("test"));
        state.create().unwrap();
        let component = sleeper();
        let record = ProcessRecord::of("etcd", component.id(), &state.log("etcd"), 0).unwrap();
        state.record_process(&record).unwrap();
        let mut parent = sleeper();
        let pipe = parent.stdout.take().unwrap();
        Scene {
            _folder: folder,
            state,
            component,
            record,
            parent,
            pipe,
        }
    }

    #[test]
    fn nothing_is_left_after_the_parent_was_killed() {
        let mut scene = scene();
        let state = scene.state.clone();
        let watching = std::thread::spawn(move || run(scene.pipe, &state));
        std::thread::sleep(std::time::Duration::from_millis(100));
        assert!(
            scene.record.is_alive(),
            "as long as the parent lives nothing may happen"
        );
        scene.parent.kill().unwrap();
        scene.parent.wait().unwrap();
        watching.join().unwrap().unwrap();
        assert!(!scene.record.is_alive());
        assert_eq!(scene.state.processes().unwrap(), []);
        scene.component.wait().unwrap();
    }

    #[test]
    fn a_released_watchdog_touches_nothing() {
        let mut scene = scene();
        run([RELEASE].as_slice(), &scene.state).unwrap();
        assert!(scene.record.is_alive());
        for child in [&mut scene.component, &mut scene.parent] {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}
