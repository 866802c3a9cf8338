//! Developer commands: `cargo xtask demo`, `test`, `cluster`, `image`, `archive`, `krew`, `gen`, `bench`, `fuzz` and `soak`.

mod archive;
mod bench;
mod cargo;
mod cluster;
mod demo;
mod follow;
mod fuzz;
mod image;
mod krew;
mod print;
mod soak;
mod summary;
mod test;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use test_cluster::watchdog::{self, WatchdogCommand};
use test_cluster::{StateFolder, interrupt};

/// Developer commands of jobflow
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the operator at work on a real control plane of its own
    Demo {
        /// Run through, tear down, and fail unless everything happened as it should
        #[arg(long)]
        once: bool,
        /// With real containers: install the image by the chart on a real node (Linux, as root)
        #[arg(long)]
        node: bool,
    },
    /// Check everything: formatting, lints, and all tests
    Test {
        /// Leave out the tests that need a cluster
        #[arg(long)]
        fast: bool,
    },
    /// A cluster for work by hand
    #[command(subcommand)]
    Cluster(cluster::Command),
    /// Write the operator's image as an OCI archive, without a container engine
    Image {
        /// Build the program quickly, as tests do, and not as it is shipped
        #[arg(long)]
        dev: bool,
        /// Where to write [default: beside the program]
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Write the archive of a release for this machine's platform: the program and the license
    Archive {
        /// The folder to write into
        #[arg(long, value_name = "DIR")]
        output: PathBuf,
    },
    /// Print the Krew manifest of a release: that of plugins/krew with the addresses and sums of its archives
    Krew {
        /// Where the archives will be found, without their names
        #[arg(long)]
        url: String,
        /// The folder with the archives
        #[arg(long, value_name = "DIR")]
        archives: PathBuf,
    },
    /// Write the generated files: CRDs, schemas, the chart's copies, and the pages of the rules
    Gen,
    /// Measure, and print the figures
    Bench {
        subject: bench::Subject,
        /// Of `controller`: only what has one of these in its name, such as `chain` or `many flows`
        parts: Vec<String>,
    },
    /// Look for inputs that make the webhook or `jobflow validate` fail
    Fuzz {
        /// How long, for all targets together
        #[arg(long, value_name = "SECONDS", default_value_t = 120)]
        seconds: u64,
    },
    /// Renew certificates under creates on a real node: none of the creates may fail
    Soak {
        /// How long by cert-manager, and then how long by the operator
        #[arg(long, value_name = "SECONDS", default_value_t = 600)]
        seconds: u64,
        /// How often there is a new certificate
        #[arg(long, value_name = "SECONDS", default_value_t = 30)]
        every: u64,
    },
    /// Stop a cluster when the process at the other end of standard input ends
    #[command(name = WATCHDOG, hide = true)]
    Watchdog { state: PathBuf },
}

const WATCHDOG: &str = "watchdog";

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        // Whatever error came out of it: whoever pressed Ctrl-C does not look for its reason.
        Err(_) if interrupt::requested() => {
            eprintln!("interrupted");
            ExitCode::from(u8::try_from(interrupt::EXIT_STATUS).unwrap_or(1))
        }
        Err(error) if print::has_nobody_to_read(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    if let Command::Watchdog { state } = command {
        // No signal handling here: a watchdog that is asked to end shall end.
        return watchdog::run(std::io::stdin(), &StateFolder::at(state)).map(|()| ExitCode::SUCCESS);
    }
    interrupt::listen()?;
    match command {
        Command::Demo { once, node } => demo::run(once, node),
        Command::Test { fast } => test::run(fast),
        Command::Cluster(command) => cluster::run(command),
        Command::Image { dev, output } => {
            let profile = if dev {
                image::Profile::Dev
            } else {
                image::Profile::Release
            };
            image::run(profile, output.as_deref()).map(drop)
        }
        Command::Archive { output } => archive::run(&output),
        Command::Krew { url, archives } => krew::run(&url, &archives),
        Command::Gen => cargo::run_program(&["run", "--package", "generate"]),
        Command::Bench { subject, parts } => bench::run(subject, &parts),
        Command::Fuzz { seconds } => fuzz::run(seconds),
        Command::Soak { seconds, every } => soak::run(seconds, every),
        Command::Watchdog { .. } => Ok(()),
    }
    .map(|()| ExitCode::SUCCESS)
}

/// Who stops a cluster if this process dies: the same program, as a second process.
fn watchdog() -> WatchdogCommand {
    WatchdogCommand::this_program(&[WATCHDOG])
}
