//! `jobflow diff`: what a new version of manifests changes, and whether a cluster would take it.
//!
//! ```text
//! two inputs ── world ──> pairs of one kind and name ── core: comparison ──> text | json
//! ```

mod json;
mod pairs;
mod text;

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::exit::Exit;
use super::output;
use super::world::World;

/// Show what a new version of manifests changes, step by step, and whether admission would take the update
///
/// Objects are matched by kind, namespace and name, and compared as they would be stored. For each that both versions have,
/// the rules for updates are asked too: what may not change after creation, and that an old fault may stay but no new one come.
///
/// Exit status, as for diff(1): 0 when nothing differs, 1 when something does, whatever admission says of it, 2 when
/// something could not be read or the usage is wrong, 3 for an internal error.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  jobflow diff old.yaml new.yaml
  jobflow diff deployed/ manifests/ -o json
  kubectl get jobflow nightly -o yaml | jobflow diff - nightly.yaml")]
pub struct DiffArgs {
    /// The old version: a file, a directory, or - for standard input
    #[arg(value_name = "OLD", value_hint = ValueHint::AnyPath)]
    old: PathBuf,

    /// The new version
    #[arg(value_name = "NEW", value_hint = ValueHint::AnyPath)]
    new: PathBuf,

    /// How to print the differences
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: one JSON object
    Json,
}

/// Runs the subcommand.
pub fn run(args: &DiffArgs) -> Exit {
    if args.old.as_os_str() == "-" && args.new.as_os_str() == "-" {
        output::complain("error: both versions are standard input: name a file for one of them");
        return Exit::Unreadable;
    }
    let worlds = [&args.old, &args.new].map(|path| World::read(std::slice::from_ref(path)).unwrap_or_default());
    let [old, new] = worlds;
    if old.exit().max(new.exit()) == Exit::Unreadable {
        return Exit::Unreadable;
    }
    let pairs = pairs::pairs(old, new);
    if pairs.is_empty() {
        output::complain("error: there is nothing of jobflow in either version: name files with its kinds");
        return Exit::Unreadable;
    }
    let printed = match args.output {
        Format::Text => text::text(&pairs),
        Format::Json => json::document(&pairs),
    };
    let exit = if pairs.iter().all(pairs::Pair::is_same) {
        Exit::Clean
    } else {
        Exit::Denied
    };
    output::finish(&printed, exit)
}
