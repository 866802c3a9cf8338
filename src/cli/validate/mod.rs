//! `jobflow validate`: holds files against the rules of admission, without a cluster.
//!
//! ```text
//! arguments ── input ──> files ── check ──> findings with places ── output ──> text in one format or several
//! ```

mod check;
mod json;
mod output;
mod parallel;
mod text;

use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::input;
use super::output::complain;
use output::{OutputArgs, Progress};
use parallel::Workers;

/// Check manifests as the admission webhook would, without a cluster
///
/// Reads YAML and JSON as kubectl does: several documents, lists, anchors, YAML 1.1. All files together are one world:
/// where any of them holds a JobTemplate, a reference to one that none of them holds gives a warning. Kinds that are not
/// jobflow's are passed over and counted.
///
/// Findings go to standard output or into files, ordered by file, line, column and rule; the summary goes to standard
/// error. What cannot be read stands among the findings, except for the format full, where it follows on standard error.
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

    #[command(flatten)]
    output: OutputArgs,
}

/// Runs the subcommand.
pub fn run(args: &ValidateArgs) -> Exit {
    let plan = match args.output.plan() {
        Ok(plan) => plan,
        Err(complaint) => {
            complain(&format!("error: {complaint}"));
            return Exit::Unreadable;
        }
    };
    let Some(found) = input::collect(&args.paths) else {
        complain("error: nothing to check: name files or directories, or pipe manifests into standard input");
        return Exit::Unreadable;
    };
    let progress = Progress::new(found.len(), !plan.is_quiet);
    let workers = Workers {
        jobs: args.output.jobs(),
        done: &|| progress.step(),
    };
    let mut outcome = check::check(found, &workers);
    progress.finish();
    output::sort(&mut outcome);
    let exit = outcome.exit();
    output::deliver(&outcome, &plan, exit)
}
