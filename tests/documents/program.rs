//! Running `jobflow` as documents show it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use documented::root;

/// Runs a line of a shell in the root of the repository, with our `jobflow` first in the path.
pub fn shell(line: &str) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_jobflow"));
    let folder = program.parent().unwrap().display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("sh");
    command.args(["-c", line]).env("PATH", format!("{folder}:{path}"));
    // As on a person's machine, where the service of a pipeline does not choose the format.
    command.env_remove("GITHUB_ACTIONS");
    command.current_dir(root()).stdin(Stdio::null()).output().unwrap()
}

/// Runs `jobflow` with `input` on standard input.
pub fn fed(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_jobflow"))
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// What a terminal shows, standard error last.
pub fn shown(output: &Output) -> Vec<String> {
    let text = [&output.stdout[..], &output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    text.trim_end().lines().map(str::to_owned).collect()
}
