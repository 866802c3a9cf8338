//! `jobflow crds`: prints the definitions of the kinds.

use clap::Args;

use super::exit::Exit;
use super::output;

/// Print the custom resource definitions, for kubectl apply --server-side -f -
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  jobflow crds | kubectl apply --server-side -f -
  jobflow crds > crds.yaml")]
pub struct CrdsArgs {}

/// Runs the subcommand.
pub fn run(_: &CrdsArgs) -> Exit {
    output::finish(crds::generate::YAML, Exit::Clean)
}
