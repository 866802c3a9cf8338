//! `cargo xtask bench`: figures, printed; never a test, since these machines are noisy.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

use crate::cargo;

/// What is measured
#[derive(Clone, Copy, ValueEnum)]
pub enum Subject {
    /// Reading, normalizing and validating objects of several sizes
    Core,
    /// The admission webhook over TLS, beside one made with controller-runtime
    Webhook,
}

/// Builds the benchmark in release and runs it.
pub fn run(subject: Subject) -> Result<()> {
    match subject {
        Subject::Core => cargo::run_program(&["bench", "--package", "jobflow-core", "--bench", "core"]),
        Subject::Webhook => webhook(),
    }
}

fn webhook() -> Result<()> {
    let choice = ["--release", "--package", "webhook", "--example", "bench_server"];
    let ours = cargo::build(&choice, &[], "bench_server")?;
    let theirs = ours.with_file_name("bench_controller_runtime");
    build_go(&theirs)?;
    let (ours, theirs) = (text(&ours)?, text(&theirs)?);
    cargo::run_program(&[
        "bench",
        "--package",
        "webhook",
        "--bench",
        "webhook",
        "--",
        ours,
        theirs,
    ])
}

/// What a user would otherwise build, in `tests/bench`.
fn build_go(program: &Path) -> Result<()> {
    let status = Command::new("go")
        .args(["build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o"])
        .args([program, Path::new(".")])
        .current_dir(cargo::checkout().join("tests/bench"))
        .status()
        .context("go cannot be run: install Go 1.26 or newer")?;
    ensure!(status.success(), "the server in tests/bench could not be built");
    Ok(())
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("the target folder must have a name in UTF-8")
}
