//! `jobflow validate`: holds files against the rules of admission, without a cluster.
//!
//! ```text
//! arguments, .jobflow.yaml ── settings ──┐
//! arguments ── input ──> files ── load ──┴─ check ──> findings with places ── text | json ──> output
//! ```

mod check;
mod config;
pub mod fix;
mod json;
mod parallel;
mod schema;
mod settings;
mod suppress;
mod text;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use self::settings::{CheckArgs, Settings};
use super::exit::Exit;
use super::input::{Choice, Failure, Input};
use super::{input, output};

/// Check manifests as the admission webhook would, without a cluster
///
/// Reads YAML and JSON as kubectl does: several documents, lists, anchors, YAML 1.1. What the schema and the webhook would
/// refuse is denied, all of it at once. All files together are one world: where any of them holds a JobTemplate, a
/// reference to one that none of them holds gives a warning. Kinds that are not jobflow's are passed over and counted.
///
/// Findings go to standard output, a summary and files that cannot be read to standard error.
///
/// Exit status: 0 when nothing is denied, 1 when something is (see --fail-on), 2 when something could not be read or the
/// usage or configuration is wrong, 3 for an internal error.
#[derive(Args, Debug)]
#[command(after_long_help = config::HELP)]
pub struct ValidateArgs {
    /// Files, directories, patterns such as 'deploy/**/*.yaml', or - for standard input (the default when it is a pipe)
    ///
    /// A directory stands for every *.yaml, *.yml and *.json below it, hidden ones and those in .gitignore included, as
    /// for kubectl apply --recursive. Links to directories are not followed.
    #[arg(value_name = "FILE|DIR|-")]
    paths: Vec<PathBuf>,

    /// How to print the findings
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,

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
        output::complain("error: nothing to check: name files or directories, or pipe manifests into standard input");
        return Exit::Unreadable;
    };
    let is_piped = found.iter().any(|input| matches!(input, Ok(Input::Stdin(_))));
    if args.fix && !args.diff && is_piped {
        output::complain("error: standard input cannot be changed: use --diff, or name the file");
        return Exit::Unreadable;
    }
    let (loaded, templates) = (check::load(found), templates(&settings));
    if !args.fix && !args.diff {
        return report(args, &check::check(loaded, templates, &settings));
    }
    let mended = fix::mend(&loaded, &templates, &settings);
    if args.diff {
        return show_diff(&mended);
    }
    let mut failed = false;
    for failure in mended.files.iter().filter_map(|file| file.write().err()) {
        refused(&failure);
        failed = true;
    }
    let exit = report(args, &mended.after);
    let (edits, files) = (
        mended.files.iter().map(|file| file.edits).sum::<usize>(),
        mended.files.len(),
    );
    output::complain(&format!("{edits} mended in {files} files"));
    if failed { Exit::Unreadable } else { exit }
}

/// Prints what was found.
fn report(args: &ValidateArgs, outcome: &check::Outcome) -> Exit {
    let printed = match args.output {
        Format::Text => text::findings(outcome),
        Format::Json => json::document(outcome),
    };
    let exit = output::finish(&printed, outcome.exit());
    if args.output == Format::Text {
        text::complain_of_unreadable(outcome);
    }
    complain_of_what_is_not_shown(outcome);
    output::complain(&text::summary(outcome));
    exit
}

/// Prints what would be mended.
fn show_diff(mended: &fix::Mended) -> Exit {
    let diff: String = mended.files.iter().map(fix::Fixed::diff).collect();
    let exit = output::finish(&diff, mended.before.exit());
    text::complain_of_unreadable(&mended.before);
    output::complain(&text::summary(&mended.before));
    exit
}

/// The files that `--templates` names.
fn templates(settings: &Settings) -> Vec<check::Loaded> {
    let found = (!settings.templates.is_empty()).then(|| input::collect(&settings.templates));
    check::load(found.flatten().unwrap_or_default())
}

fn refused(failure: &Failure) -> Exit {
    output::complain(&format!("error: {}: {}", failure.name, failure.message));
    Exit::Unreadable
}

fn complain_of_what_is_not_shown(outcome: &check::Outcome) {
    let (denied, warned) = outcome.hidden;
    if denied + warned > 0 {
        output::complain(&format!(
            "{} more findings are not shown (--max-findings): {denied} denied, {warned} warned",
            denied + warned
        ));
    }
    if outcome.checked() == 0 && outcome.unreadable() == 0 {
        output::complain("0 resources found: nothing in the input is of a kind that jobflow serves");
    }
    let suppressed: usize = outcome.files.iter().map(|file| file.suppressed).sum();
    if suppressed > 0 {
        output::complain(&format!("{suppressed} suppressed by the files themselves"));
    }
}
