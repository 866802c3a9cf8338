//! Printing: what was found becomes remarks, and each format is one way to write remarks.
//!
//! ```text
//! findings, what cannot be read ── remark ──> remarks ── concise | github | gitlab | sarif ──> text
//!                                                └── cases ── junit | tap ──> text
//! ```

mod args;
mod cases;
mod concise;
mod fingerprint;
mod format;
mod github;
mod gitlab;
mod json_lines;
mod junit;
mod links;
mod paths;
mod progress;
mod remark;
mod sarif;
mod summary;
mod tap;
pub mod wire;

use std::fs;

pub use args::{OutputArgs, Plan};
pub use format::{Format, View};
pub use links::Links;
pub use progress::Progress;

use super::outcome::Outcome;
use super::text;
use crate::cli::exit::Exit;
use crate::cli::output;

/// Writes all that was found where `plan` wants it, and ends with `exit`, or with [`Exit::Internal`] where it could not
/// be written.
pub fn deliver(outcome: &Outcome, plan: &Plan, exit: Exit) -> Exit {
    let view = View::new(outcome, plan, exit);
    let mut ended = exit;
    for target in &plan.targets {
        let text = target.format.render(&view);
        ended = ended.max(match &target.file {
            None if target.format.is_for_people() => output::finish(&text, exit),
            None => output::finish_plain(&text, exit),
            Some(file) => match fs::write(file, anstream::adapter::strip_str(&text).to_string()) {
                Ok(()) => exit,
                Err(error) => {
                    output::complain(&format!("error: cannot write '{}': {error}", file.display()));
                    Exit::Internal
                }
            },
        });
    }
    let is_told = |target: &args::Target| target.file.is_none() && target.format != Format::Full;
    if !plan.targets.iter().any(is_told) {
        text::complain_of_unreadable(outcome, plan.width);
    }
    let asked = outcome.asked.as_ref();
    if let Some(trouble) = asked.and_then(|asked| asked.trouble.as_ref()) {
        output::complain(&format!("error: {trouble}"));
    }
    if plan.is_verbose {
        output::complain_all(&summary::verdicts(outcome));
        output::complain_all(&asked.and_then(summary::asked).into_iter().collect::<Vec<_>>());
    }
    if !plan.is_quiet {
        output::complain(&summary::line(outcome));
    }
    ended
}

/// Writes what would be mended to standard output, whatever formats are wanted, and the rest of what there is to say.
pub fn deliver_diff(outcome: &Outcome, diff: &str, plan: &Plan) -> Exit {
    let exit = output::finish(diff, outcome.exit());
    text::complain_of_unreadable(outcome, plan.width);
    if !plan.is_quiet {
        output::complain(&summary::line(outcome));
    }
    exit
}

/// Brings the files into the order in which they are printed: by name, whatever the order of the arguments.
pub fn sort(outcome: &mut Outcome) {
    outcome.files.sort_by(|a, b| a.name.cmp(&b.name));
    outcome.failures.sort_by(|a, b| a.name.cmp(&b.name));
}
