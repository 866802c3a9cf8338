//! Running cargo: its progress stays visible, its results are read, and an interrupt ends it.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use test_cluster::{OPERATOR_PROGRAM, ProcessRecord, interrupt, stop_all};

const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How long one run of cargo may take. The longest, all tests with a first build of everything, takes a third of it; a
/// test that hangs thus becomes a failure with a name while there is still time for the other stages.
const TIME_LIMIT: Duration = Duration::from_mins(30);

/// Builds the `jobflow` program and returns where it is; takes the one that `JOBFLOW_BIN` names instead, if it is set.
pub fn build_jobflow() -> Result<PathBuf> {
    if let Some(program) = std::env::var_os(OPERATOR_PROGRAM) {
        return Ok(PathBuf::from(program));
    }
    // The whole workspace chooses the features, as for the tests; otherwise half of the dependencies would be built twice.
    build(&["--workspace", "--bin", "jobflow"], &[], "jobflow")
}

/// Builds the program `name`, which `choice` chooses, and returns where it is.
pub fn build(choice: &[&str], variables: &[(&str, &Path)], name: &str) -> Result<PathBuf> {
    // Only cargo itself knows where its target folder is; messages for people still go to standard error.
    let args = [&["build", "--message-format", "json-render-diagnostics"], choice].concat();
    let mut program = None;
    let success = run(&args, variables, |line| {
        program = executable(line, name).or_else(|| program.take());
    })?;
    ensure!(success, "the program `{name}` could not be built");
    program.with_context(|| format!("cargo did not tell where the program `{name}` is"))
}

/// Runs cargo in the checkout, hands every line of its standard output to `see`, and says whether it succeeded. After
/// [`TIME_LIMIT`] it is ended with all that it runs, which is an error.
pub fn run(args: &[&str], variables: &[(&str, &Path)], mut see: impl FnMut(&str)) -> Result<bool> {
    let mut child = command(args, variables).spawn().context("cargo cannot be run")?;
    let followed = follow(&mut child, &mut see);
    if followed.is_err() {
        let record = ProcessRecord::of("cargo", child.id(), Path::new(""), 5);
        stop_all(&record.into_iter().collect::<Vec<_>>())?;
    }
    let status = child.wait().context("cargo cannot be waited for")?;
    followed?;
    Ok(status.success())
}

/// Runs cargo in the checkout and shows what it prints.
pub fn run_program(args: &[&str]) -> Result<()> {
    let success = run(args, &[], |line| println!("{line}"))?;
    ensure!(success, "`cargo {}` failed", args.join(" "));
    Ok(())
}

fn command(args: &[&str], variables: &[(&str, &Path)]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(args).envs(variables.iter().copied());
    // A group of its own, so that an interrupt reaches cargo only through us, and then all that it runs.
    command
        .current_dir(checkout())
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

/// The checkout that this program was built from.
pub fn checkout() -> &'static Path {
    let this_crate = Path::new(env!("CARGO_MANIFEST_DIR"));
    this_crate.parent().unwrap_or(this_crate)
}

fn follow(child: &mut Child, see: &mut impl FnMut(&str)) -> Result<()> {
    let start = Instant::now();
    let mut last = String::new();
    let stream = child.stdout.take().context("the output of cargo was not captured")?;
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || send_lines(stream, &sender));
    loop {
        match lines.recv_timeout(POLL_INTERVAL) {
            Ok(line) => {
                see(&line);
                last = line;
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => interrupt::check()?,
        }
        if start.elapsed() > TIME_LIMIT {
            bail!(
                "ended after {} minutes; its last line was: {last}",
                TIME_LIMIT.as_secs() / 60
            );
        }
    }
}

fn send_lines(stream: impl Read, sender: &mpsc::Sender<String>) {
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        if sender.send(line).is_err() {
            return;
        }
    }
}

fn executable(line: &str, name: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    let path = message.get("executable")?.as_str()?;
    let is_it = message.pointer("/target/name")? == name;
    is_it.then(|| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_read_from_the_message_of_its_artifact() {
        let artifact = r#"{"reason":"compiler-artifact","target":{"name":"jobflow"},"executable":"/t/debug/jobflow"}"#;
        assert_eq!(executable(artifact, "jobflow"), Some(PathBuf::from("/t/debug/jobflow")));
        let library = r#"{"reason":"compiler-artifact","target":{"name":"crds"},"executable":null}"#;
        assert_eq!(executable(library, "crds"), None);
        assert_eq!(executable("   Compiling jobflow", "jobflow"), None);
        assert_eq!(executable(artifact, "bench_server"), None);
    }
}
