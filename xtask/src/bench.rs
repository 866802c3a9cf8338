//! `cargo xtask bench`: figures, printed; never a test, since these machines are noisy.

mod cli;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

use test_cluster::{Cluster, ControllerLimits, OPERATOR_PROGRAM, Options, SHARED_CLUSTER};

use crate::{cargo, cluster};

/// What is measured
#[derive(Clone, Copy, ValueEnum)]
pub enum Subject {
    /// Reading, normalizing and validating objects of several sizes
    Core,
    /// The admission webhook over TLS, beside one made with controller-runtime
    Webhook,
    /// Running graphs of several shapes, beside a plain client that makes the same Jobs
    Controller,
    /// `jobflow validate` on many files and on a large one, and how soon the program starts
    Cli,
}

/// Nodes of the cluster of `bench controller`, with room for 250 running pods each.
const CONTROLLER_NODES: usize = 20;

/// The Job controller must not be what is measured: ten times the limits of the other clusters.
const CONTROLLER_LIMITS: ControllerLimits = ControllerLimits {
    queries_per_second: 2_000,
    burst: 4_000,
    concurrent_job_syncs: 100,
    node_grace_seconds: 300,
};

/// Builds the benchmark in release and runs it.
pub fn run(subject: Subject, parts: &[String]) -> Result<()> {
    let is_controller = matches!(subject, Subject::Controller);
    ensure!(is_controller || parts.is_empty(), "only `bench controller` has parts");
    match subject {
        Subject::Core => cargo::run_program(&["bench", "--package", "jobflow-core", "--bench", "core"]),
        Subject::Webhook => webhook(),
        Subject::Controller => controller(parts),
        Subject::Cli => cli::run(),
    }
}

fn controller(parts: &[String]) -> Result<()> {
    let program = cargo::build(
        &["--release", "--package", "jobflow", "--bin", "jobflow"],
        &[],
        "jobflow",
    )?;
    let options = Options {
        controller_limits: CONTROLLER_LIMITS,
        ..cluster::options("bench", CONTROLLER_NODES)
    };
    println!("limits of the controller manager: {CONTROLLER_LIMITS:?}");
    let cluster = Cluster::start(&options)?;
    let variables = [
        (SHARED_CLUSTER, cluster.state().path()),
        (OPERATOR_PROGRAM, program.as_path()),
    ];
    let mut args = vec!["bench", "--package", "test-cluster", "--bench", "controller", "--"];
    args.extend(parts.iter().map(String::as_str));
    let success = cargo::run(&args, &variables, |line| println!("{line}"))?;
    cluster.stop()?;
    ensure!(success, "the benchmark failed");
    Ok(())
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
