//! `jobflow validate`: holds files against the rules of admission, without a cluster, and with `--server` against one too.
//!
//! ```text
//! arguments, .jobflow.yaml ── settings ──┐
//! arguments ── input ──> files ── load ──┴─ check ──> findings with places ── output ──> text in one format or several
//!                                            └── server (only where it is asked for): what a cluster says
//! ```

mod check;
mod config;
mod examine;
pub mod fix;
mod json;
mod outcome;
mod output;
mod parallel;
mod read_file;
mod schema;
mod server;
mod settings;
mod suppress;
mod text;

use std::path::PathBuf;

use clap::Args;

use self::settings::{CheckArgs, Settings};
use super::cluster::ConnectionArgs;
use super::exit::Exit;
use super::input;
use super::input::{Choice, Failure, Input};
use super::output::complain;
use outcome::Outcome;
use output::{OutputArgs, Plan, Progress};
use parallel::Workers;

/// What every help shows.
const EXAMPLES: &str = "\
Examples:
  jobflow validate manifests/
  jobflow validate flow.yaml template.yaml -o json
  helm template charts/pipelines | jobflow validate -
  jobflow validate --server --context staging -n pipelines manifests/";

/// Check manifests as the admission webhook would, without a cluster
///
/// Reads YAML and JSON as kubectl does: several documents, lists, anchors, YAML 1.1. What the schema and the webhook would
/// refuse is denied, all of it at once. All files together are one world: where any of them holds a JobTemplate, a
/// reference to one that none of them holds gives a warning. Kinds that are not jobflow's are passed over and counted.
///
/// Findings go to standard output or into files, ordered by file, line, column and rule; the summary goes to standard
/// error. What cannot be read stands among the findings, except for the format full, where it follows on standard error.
///
/// Exit status: 0 when nothing is denied, 1 when something is (see --fail-on), 2 when something could not be read or the
/// usage or configuration is wrong, or the cluster of --server could not be asked, 3 for an internal error.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", config::HELP))]
#[command(mut_args(server::flag))]
pub struct ValidateArgs {
    /// Files, directories, patterns such as 'deploy/**/*.yaml', or - for standard input (the default when it is a pipe)
    ///
    /// A directory stands for every *.yaml, *.yml and *.json below it, hidden ones and those in .gitignore included, as
    /// for kubectl apply --recursive. Links to directories are not followed.
    #[arg(value_name = "FILE|DIR|-")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    checking: CheckArgs,

    /// Mend what has one safe answer: misspelt fields and references, numbers that must be texts, replaced values
    ///
    /// The files are changed byte by byte, so that comments and layout stay. What is left is printed.
    #[arg(long, help_heading = "Fixes")]
    fix: bool,

    /// Print what --fix would change as a unified diff, and change nothing
    #[arg(long, help_heading = "Fixes")]
    diff: bool,

    #[command(flatten)]
    connection: ConnectionArgs,
}

/// What admission would say about what was read, for people, if it denies any of it: what other subcommands tell then.
pub fn denial(inputs: Vec<(String, Vec<u8>)>) -> Option<String> {
    let settings = Settings::new(&CheckArgs::default(), Settings::default());
    let inputs = inputs.into_iter().map(Ok).collect();
    let outcome = check::check(inputs, Vec::new(), &settings, &Workers::default());
    let (denied, _) = outcome.denied_and_warned();
    (denied > 0).then(|| text::findings(&outcome, super::graph::terminal_width(), &output::Links::new(None)))
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
    let config = match config::load(&args.checking) {
        Ok(config) => config,
        Err(failure) => return refused(&failure),
    };
    let settings = Settings::new(&args.checking, config);
    let choice = match Choice::new(&settings.exclude, settings.stdin_filename.clone()) {
        Ok(choice) => choice,
        Err(failure) => return refused(&failure),
    };
    let Some(found) = input::choose(&args.paths, &choice) else {
        complain("error: nothing to check: name files or directories, or pipe manifests into standard input");
        return Exit::Unreadable;
    };
    let is_piped = found.iter().any(|input| matches!(input, Ok(Input::Stdin(_))));
    if args.fix && !args.diff && is_piped {
        complain("error: standard input cannot be changed: use --diff, or name the file");
        return Exit::Unreadable;
    }
    let progress = Progress::new(found.len(), !plan.is_quiet);
    let workers = Workers {
        jobs: args.output.jobs(),
        done: &|| progress.step(),
    };
    let (loaded, templates) = (check::load(found, &workers), templates(&settings, &workers.silent()));
    if args.fix || args.diff {
        let mended = fix::mend(&loaded, &templates, &settings, &workers.silent());
        progress.finish();
        return if args.diff {
            show_diff(mended, &plan)
        } else {
            write_mended(mended, &plan)
        };
    }
    let outcome = match server::connection(&args.connection) {
        Some(connection) => check::check_asking(loaded, templates, &settings, &workers, |files, templates| {
            server::ask(&connection, files, templates, &settings, &progress)
        }),
        None => check::check(loaded, templates, &settings, &workers),
    };
    progress.finish();
    report(outcome, &plan)
}

/// Writes the mended files, and prints what is left.
fn write_mended(mended: fix::Mended, plan: &Plan) -> Exit {
    let mut failed = false;
    for failure in mended.files.iter().filter_map(|file| file.write().err()) {
        refused(&failure);
        failed = true;
    }
    let (edits, files) = (
        mended.files.iter().map(|file| file.edits).sum::<usize>(),
        mended.files.len(),
    );
    let exit = report(mended.left(), plan);
    complain(&format!("{edits} mended in {files} files"));
    if failed { Exit::Unreadable } else { exit }
}

/// Prints what was found.
fn report(mut outcome: Outcome, plan: &Plan) -> Exit {
    output::sort(&mut outcome);
    complain_of_what_is_not_shown(&outcome);
    let exit = outcome.exit();
    output::deliver(&outcome, plan, exit)
}

/// Prints what would be mended.
fn show_diff(mut mended: fix::Mended, plan: &Plan) -> Exit {
    output::sort(&mut mended.before);
    let diff: String = mended.files.iter().map(fix::Fixed::diff).collect();
    output::deliver_diff(&mended.before, &diff, plan)
}

/// The files that `--templates` names.
fn templates(settings: &Settings, workers: &Workers<'_>) -> Vec<check::Loaded> {
    let found = (!settings.templates.is_empty()).then(|| input::collect(&settings.templates));
    check::load(found.flatten().unwrap_or_default(), workers)
}

fn refused(failure: &Failure) -> Exit {
    complain(&format!("error: {failure}"));
    Exit::Unreadable
}

fn complain_of_what_is_not_shown(outcome: &Outcome) {
    let (denied, warned) = outcome.hidden;
    if denied + warned > 0 {
        complain(&format!(
            "{} more findings are not shown (--max-findings): {denied} denied, {warned} warned",
            denied + warned
        ));
    }
    if outcome.checked() == 0 && outcome.unreadable() == 0 {
        complain("0 resources found: nothing in the input is of a kind that jobflow serves");
    }
    let suppressed: usize = outcome.files.iter().map(|file| file.suppressed).sum();
    if suppressed > 0 {
        complain(&format!("{suppressed} suppressed by the files themselves"));
    }
}
