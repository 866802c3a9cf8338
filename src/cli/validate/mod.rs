//! `jobflow validate`: holds files against the rules of admission, without a cluster.
//!
//! ```text
//! arguments ── input ──> files ── check ──> findings with places ── text | json ──> output
//! ```

mod check;
mod json;
mod parallel;
mod text;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::exit::Exit;
use super::{input, output};

/// Check manifests as the admission webhook would, without a cluster
///
/// Reads YAML and JSON as kubectl does: several documents, lists, anchors, YAML 1.1. All files together are one world:
/// where any of them holds a JobTemplate, a reference to one that none of them holds gives a warning. Kinds that are not
/// jobflow's are passed over and counted.
///
/// Findings go to standard output, a summary and files that cannot be read to standard error.
///
/// Exit status: 0 when nothing is denied, 1 when something is, 2 when something could not be read or the usage is wrong,
/// 3 for an internal error.
#[derive(Args, Debug)]
pub struct ValidateArgs {
    /// Files, directories, or - for standard input (the default when it is a pipe)
    ///
    /// A directory stands for every *.yaml, *.yml and *.json below it, hidden ones and those in .gitignore included, as
    /// for kubectl apply --recursive. Links to directories are not followed.
    #[arg(value_name = "FILE|DIR|-")]
    paths: Vec<PathBuf>,

    /// How to print the findings
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: the offending line, and what to do
    Text,
    /// For programs: one JSON object
    Json,
}

/// Runs the subcommand.
pub fn run(args: &ValidateArgs) -> Exit {
    let Some(found) = input::collect(&args.paths) else {
        output::complain("error: nothing to check: name files or directories, or pipe manifests into standard input");
        return Exit::Unreadable;
    };
    let outcome = check::check(found);
    let printed = match args.output {
        Format::Text => text::findings(&outcome),
        Format::Json => json::document(&outcome),
    };
    let exit = output::finish(&printed, outcome.exit());
    if args.output == Format::Text {
        text::complain_of_unreadable(&outcome);
    }
    output::complain(&text::summary(&outcome));
    exit
}
