//! `cargo xtask cluster`: one cluster a checkout for work by hand.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use test_cluster::{Cluster, ControllerLimits, Options, StateFolder, Status};

/// Tells this cluster apart from those of `demo` and `test`.
const NAME: &str = "hand";

#[derive(Clone, Copy, Subcommand)]
pub enum Command {
    /// Start it and leave it running
    Up {
        /// Number of nodes
        #[arg(long, default_value_t = 3, value_name = "N")]
        nodes: usize,
    },
    /// Stop it and remove its files
    Down,
    /// Show what runs
    Status,
    /// Print the line that points kubectl to it, for `eval "$(cargo xtask cluster env)"`
    Env,
}

pub fn run(command: Command) -> Result<()> {
    let state = StateFolder::of_checkout(NAME)?;
    match command {
        Command::Up { nodes } => up(&state, nodes),
        Command::Down => down(&state),
        Command::Status => status(&state),
        Command::Env => env(&state),
    }
}

/// Options for a cluster that ends with this process.
pub fn options(name: &str, nodes: usize) -> Options {
    let controller_limits = ControllerLimits::default();
    Options {
        name: name.to_owned(),
        nodes,
        controller_limits,
        watchdog: crate::watchdog(),
    }
}

fn up(state: &StateFolder, nodes: usize) -> Result<()> {
    if Status::of(state)?.running {
        eprintln!("already up; `cargo xtask cluster down` stops it");
    } else {
        eprintln!("starting a control plane with {nodes} nodes");
        let start = Instant::now();
        Cluster::start(&options(NAME, nodes))?.leave_running()?;
        eprintln!("{nodes} nodes ready after {:.1} s", start.elapsed().as_secs_f64());
        eprintln!("next: eval \"$(cargo xtask cluster env)\" && kubectl get nodes");
    }
    println!("{}", state.kubeconfig().display());
    Ok(())
}

fn down(state: &StateFolder) -> Result<()> {
    let existed = Cluster::stop_left_running(state)?;
    eprintln!("{}", if existed { "stopped" } else { "there was none" });
    Ok(())
}

fn status(state: &StateFolder) -> Result<()> {
    let status = Status::of(state)?;
    println!("{status}");
    if !status.running {
        bail!("no cluster is up: `cargo xtask cluster up` starts one");
    }
    Ok(())
}

fn env(state: &StateFolder) -> Result<()> {
    let kubeconfig = Status::of(state)?.kubeconfig;
    let kubeconfig = kubeconfig.context("no cluster is up: `cargo xtask cluster up` starts one")?;
    println!("export KUBECONFIG='{}'", kubeconfig.display());
    Ok(())
}
