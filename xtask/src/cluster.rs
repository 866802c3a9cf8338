//! `cargo xtask cluster`: one cluster a checkout for work by hand.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use test_cluster::{Cluster, ControllerLimits, Form, Options, StateFolder, Status, node_obstacle};

use crate::print;

/// Tells these clusters apart from those of `demo` and `test`. Both can be up at once.
const NAME: &str = "hand";
const NODE_NAME: &str = "hand-node";

/// Nodes that KWOK plays, unless somebody wants another number.
const KWOK_NODES: usize = 3;

#[derive(Clone, Subcommand)]
pub enum Command {
    /// Start it and leave it running
    Up {
        /// Number of nodes [default: 3, or 1 that is real]
        #[arg(long, value_name = "N")]
        nodes: Option<usize>,
        #[command(flatten)]
        which: Which,
    },
    /// Stop it and remove its files
    Down(Which),
    /// Show what runs
    Status(Which),
    /// Print the line that points kubectl to it, for `eval "$(cargo xtask cluster env)"`
    Env(Which),
    /// Make the image of an OCI archive, such as `cargo xtask image` writes, known to the real node
    Load {
        #[arg(value_name = "FILE")]
        archive: PathBuf,
    },
}

/// Which of the two clusters is meant.
#[derive(Args, Clone, Copy)]
pub struct Which {
    /// The one with a real node, which runs real containers (Linux, as root)
    #[arg(long)]
    node: bool,
}

impl Which {
    fn form(self) -> Form {
        if self.node { Form::Node } else { Form::Kwok }
    }

    fn state(self) -> Result<StateFolder> {
        StateFolder::of_checkout(self.name())
    }

    fn name(self) -> &'static str {
        if self.node { NODE_NAME } else { NAME }
    }

    /// What is added to a command so that it means the same cluster.
    fn flag(self) -> &'static str {
        if self.node { " --node" } else { "" }
    }
}

pub fn run(command: Command) -> Result<()> {
    match command {
        Command::Up { nodes, which } => up(which, nodes),
        Command::Down(which) => down(&which.state()?),
        Command::Status(which) => status(which),
        Command::Env(which) => env(which),
        Command::Load { archive } => {
            let state = Which { node: true }.state()?;
            Cluster::attach(state)?.load_image(&archive)
        }
    }
}

/// Options for a cluster that ends with this process.
pub fn options(name: &str, nodes: usize) -> Options {
    let controller_limits = ControllerLimits::default();
    Options {
        name: name.to_owned(),
        form: Form::Kwok,
        nodes,
        controller_limits,
        watchdog: crate::watchdog(),
    }
}

/// The same with real nodes.
pub fn node_options(name: &str, nodes: usize) -> Options {
    Options {
        form: Form::Node,
        ..options(name, nodes)
    }
}

fn up(which: Which, nodes: Option<usize>) -> Result<()> {
    let (state, flag) = (which.state()?, which.flag());
    if Status::of(&state)?.running {
        eprintln!("already up; `cargo xtask cluster down{flag}` stops it");
    } else {
        let (options, what) = match which.form() {
            Form::Kwok => {
                let nodes = nodes.unwrap_or(KWOK_NODES);
                (options(NAME, nodes), format!("{nodes} nodes"))
            }
            Form::Node => match nodes.unwrap_or(1) {
                1 => (node_options(NODE_NAME, 1), "a real node".to_owned()),
                nodes => (node_options(NODE_NAME, nodes), format!("{nodes} real nodes")),
            },
        };
        if let Some(obstacle) = node_obstacle().filter(|_| which.node) {
            bail!("{obstacle}");
        }
        eprintln!("starting a control plane with {what}");
        let start = Instant::now();
        Cluster::start(&options)?.leave_running()?;
        eprintln!("{what} ready after {:.1} s", start.elapsed().as_secs_f64());
        eprintln!("next: eval \"$(cargo xtask cluster env{flag})\" && kubectl get nodes");
    }
    print::line(format_args!("{}", state.kubeconfig().display()))
}

fn down(state: &StateFolder) -> Result<()> {
    let existed = Cluster::stop_left_running(state)?;
    eprintln!("{}", if existed { "stopped" } else { "there was none" });
    Ok(())
}

fn status(which: Which) -> Result<()> {
    let status = Status::of(&which.state()?)?;
    print::line(format_args!("{status}"))?;
    if !status.running {
        bail!("no cluster is up: `cargo xtask cluster up{}` starts one", which.flag());
    }
    Ok(())
}

fn env(which: Which) -> Result<()> {
    let kubeconfig = Status::of(&which.state()?)?.kubeconfig;
    let none = || format!("no cluster is up: `cargo xtask cluster up{}` starts one", which.flag());
    let kubeconfig = kubeconfig.with_context(none)?;
    print::line(format_args!("export KUBECONFIG='{}'", kubeconfig.display()))
}
