//! The command line: one file a subcommand.

mod cluster;
mod crds;
mod exit;
mod explain;
mod input;
mod manifest;
mod normalize;
mod output;
mod rules;
mod tree;
mod validate;

use std::process::ExitCode;

use clap::{FromArgMatches as _, Parser, Subcommand};

use crate::operator::{self, OperatorArgs, ProbeArgs};

/// Graphs of Jobs on Kubernetes, with admission that tells everything that is wrong at once.
#[derive(Debug, Parser)]
#[command(name = "jobflow", version, propagate_version = true)]
struct Cli {
    /// When to colour the output
    #[arg(long, value_enum, value_name = "WHEN", global = true, default_value_t)]
    color: output::Color,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Validate(Box<validate::ValidateArgs>),
    Normalize(normalize::NormalizeArgs),
    Explain(explain::ExplainArgs),
    Rules(rules::RulesArgs),
    Tree(Box<tree::TreeArgs>),
    Crds(crds::CrdsArgs),
    #[command(flatten)]
    Cluster(cluster::ClusterCommand),
    Operator(Box<OperatorArgs>),
    Probe(ProbeArgs),
}

/// Runs the subcommand that the arguments name. Wrong usage ends the program with exit status 2.
pub fn run() -> ExitCode {
    cluster::answer_shell::<Cli>();
    let matches = cluster::named::<Cli>().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    cli.color.apply();
    match cli.command {
        Command::Validate(args) => offline(|| validate::run(&args)),
        Command::Normalize(args) => offline(|| normalize::run(&args)),
        Command::Explain(args) => offline(|| explain::run(&args)),
        Command::Rules(args) => offline(|| rules::run(&args)),
        Command::Tree(args) => match args.in_cluster() {
            Some((words, connection)) => cluster::tree(words, connection),
            None => offline(|| tree::run(&args)),
        },
        Command::Crds(args) => offline(|| crds::run(&args)),
        Command::Cluster(command) => cluster::run(&command),
        Command::Operator(args) => online(operator::run(&args)),
        Command::Probe(args) => online(operator::run_probe(&args)),
    }
}

/// The end of a subcommand that works with a cluster.
fn online(ended: anyhow::Result<()>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Runs a subcommand that needs no cluster, whose exit status is a contract.
fn offline(run: impl FnOnce() -> exit::Exit) -> ExitCode {
    exit::on_panic();
    run().into()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
