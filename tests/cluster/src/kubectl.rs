//! Running kubectl as a user would, with a deadline.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::interrupt;
use crate::wait::Deadline;

/// No command of a test takes longer, `kubectl wait` included.
const LIMIT: Duration = Duration::from_secs(120);

/// kubectl, set up for one cluster.
#[derive(Clone, Debug)]
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
    namespace: Option<String>,
}

/// What a command left behind.
#[derive(Clone, Debug)]
pub struct Output {
    /// The command line, for messages.
    pub command: String,
    /// The exit status; 128 and more when it died of a signal.
    pub status: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// Standard output of a command that succeeded.
    ///
    /// # Errors
    /// When it did not; the message holds the command and what it said.
    pub fn success(self) -> Result<String> {
        if self.status == 0 {
            return Ok(self.stdout);
        }
        let said = if self.stderr.trim().is_empty() {
            &self.stdout
        } else {
            &self.stderr
        };
        bail!("`{}` ended with status {}: {}", self.command, self.status, said.trim());
    }
}

impl Kubectl {
    pub(crate) fn new(program: &Path, kubeconfig: &Path) -> Self {
        Self {
            program: program.to_owned(),
            kubeconfig: kubeconfig.to_owned(),
            namespace: None,
        }
    }

    /// The same, for another namespace than `default`.
    pub fn in_namespace(&self, namespace: &str) -> Self {
        Self {
            namespace: Some(namespace.to_owned()),
            ..self.clone()
        }
    }

    /// A command that is ready to be started, for callers that want its output line by line.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.env("KUBECONFIG", &self.kubeconfig);
        // Not in the home folder, where a later cluster on the same port would be taken for this one.
        command.env("KUBECACHEDIR", self.kubeconfig.with_extension("cache"));
        if let Some(namespace) = &self.namespace {
            command.args(["--namespace", namespace]);
        }
        command.args(args);
        command
    }

    /// Runs kubectl and returns what it left behind, whether it succeeded or not.
    ///
    /// # Errors
    /// When it cannot be run, or does not end in time.
    pub fn run(&self, args: &[&str]) -> Result<Output> {
        self.run_with_input(args, "")
    }

    /// Like [`Kubectl::run`], with a text on standard input.
    pub fn run_with_input(&self, args: &[&str], input: &str) -> Result<Output> {
        let shown = format!("kubectl {}", args.join(" "));
        let mut command = self.command(args);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = command
            .spawn()
            .with_context(|| format!("{} cannot be run", self.program.display()))?;
        finish(child, input.to_owned(), shown)
    }

    /// What a `get` with `-o json` returns.
    pub fn json(&self, args: &[&str]) -> Result<Value> {
        let text = self.run(&[args, &["-o", "json"]].concat())?.success()?;
        serde_json::from_str(&text).context("kubectl did not print JSON")
    }

    /// `kubectl apply -f -` with this manifest.
    pub fn apply(&self, yaml: &str) -> Result<Output> {
        self.run_with_input(&["apply", "-f", "-"], yaml)
    }
}

fn finish(mut child: Child, input: String, command: String) -> Result<Output> {
    // All three streams in threads of their own: a full pipe would stop kubectl for ever.
    let stdin = child.stdin.take();
    let writer = thread::spawn(move || {
        if let Some(mut stdin) = stdin {
            // A command that does not want its input closes the pipe; its status tells what matters.
            let _ = stdin.write_all(input.as_bytes());
        }
    });
    let stdout = read_in_background(child.stdout.take());
    let stderr = read_in_background(child.stderr.take());
    let status = wait_or_kill(&mut child, &command)?;
    let _ = writer.join();
    Ok(Output {
        command,
        status,
        stdout: joined(stdout),
        stderr: joined(stderr),
    })
}

fn wait_or_kill(child: &mut Child, command: &str) -> Result<i32> {
    use std::os::unix::process::ExitStatusExt;
    let deadline = Deadline::after(LIMIT);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)));
        }
        let interrupted = interrupt::check();
        if deadline.has_passed() || interrupted.is_err() {
            child.kill()?;
            child.wait()?;
            interrupted?;
            bail!("`{command}` did not end within {} s", deadline.limit_seconds());
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn read_in_background(stream: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // What was read before an error is still worth showing.
            let _ = stream.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn joined(reader: JoinHandle<String>) -> String {
    reader.join().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Output {
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        finish(
            command.spawn().unwrap(),
            "some input".to_owned(),
            "kubectl get".to_owned(),
        )
        .unwrap()
    }

    #[test]
    fn output_streams_and_status_are_kept_apart() {
        let output = shell("cat; echo no >&2; exit 3");
        assert_eq!(
            (output.stdout.as_str(), output.stderr.as_str(), output.status),
            ("some input", "no\n", 3)
        );
        let error = output.success().unwrap_err().to_string();
        assert_eq!(error, "`kubectl get` ended with status 3: no");
    }

    #[test]
    fn output_larger_than_a_pipe_is_read_whole() {
        let output = shell("head -c 1000000 /dev/zero | tr '\\0' x");
        assert_eq!(output.stdout.len(), 1_000_000);
    }
}
