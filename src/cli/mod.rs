//! The command line: one file a subcommand.

mod cluster;
mod completions;
mod crds;
mod diff;
mod exit;
mod explain;
mod graph;
mod input;
mod man;
mod manifest;
mod normalize;
mod output;
mod render;
mod rules;
mod tree;
mod validate;
mod world;
mod yaml;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::operator::{self, OperatorArgs, ProbeArgs};

/// Graphs of Jobs on Kubernetes, with admission that tells everything that is wrong at once.
#[derive(Debug, Parser)]
#[command(name = "jobflow", version, propagate_version = true)]
#[command(after_help = "\
Examples:
  jobflow validate manifests/
  jobflow graph examples/jobflow/five-jobs.yaml
  jobflow get nightly")]
struct Cli {
    /// When to colour the output
    #[arg(long, value_enum, value_name = "WHEN", global = true, default_value_t)]
    color: output::Color,
    /// Write no summaries and hints, only results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Tell the causes of errors too
    #[arg(short, long, global = true)]
    verbose: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Validate(Box<validate::ValidateArgs>),
    Normalize(normalize::NormalizeArgs),
    Explain(explain::ExplainArgs),
    Rules(rules::RulesArgs),
    Graph(Box<graph::GraphArgs>),
    Tree(Box<tree::TreeArgs>),
    Render(render::RenderArgs),
    Diff(diff::DiffArgs),
    Crds(crds::CrdsArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
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
    // Nobody could ask the operator again with -v: it tells the causes at once.
    let is_verbose = cli.verbose || matches!(cli.command, Command::Operator(_));
    output::set_manners(cli.quiet, is_verbose);
    match cli.command {
        Command::Validate(args) => offline(|| validate::run(&args)),
        Command::Normalize(args) => offline(|| normalize::run(&args)),
        Command::Explain(args) => offline(|| explain::run(&args)),
        Command::Rules(args) => offline(|| rules::run(&args)),
        Command::Tree(args) => match args.in_cluster() {
            Some((words, connection)) => cluster::tree(words, connection),
            None => offline(|| tree::run(&args)),
        },
        Command::Graph(args) => match args.in_cluster() {
            Some((words, connection)) => cluster::graph(&words, connection, &args),
            None => offline(|| graph::run(&args)),
        },
        Command::Render(args) => offline(|| render::run(&args)),
        Command::Diff(args) => offline(|| diff::run(&args)),
        Command::Crds(args) => offline(|| crds::run(&args)),
        Command::Completions(args) => offline(|| completions::run(&args)),
        Command::Man(args) => offline(|| man::run(&args, Cli::command())),
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
            output::complain(&output::error_text(&error));
            ExitCode::FAILURE
        }
    }
}

/// Runs a subcommand that needs no cluster, whose exit status is a contract.
fn offline(run: impl FnOnce() -> exit::Exit) -> ExitCode {
    exit::on_panic();
    run().into()
}
