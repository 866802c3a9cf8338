//! The formats, and what all of them are made from.

use clap::ValueEnum;

use super::args::Plan;
use super::links::Links;
use super::paths::Paths;
use super::remark::{Remark, remarks};
use super::{concise, github, gitlab, json_lines, junit, sarif, tap};
use crate::cli::exit::Exit;
use crate::cli::validate::outcome::Outcome;
use crate::cli::validate::{json, text};

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: the offending line, and what to do
    #[value(alias = "text")]
    Full,
    /// For people and editors: a line for each finding, which begins with `file:line:column`
    Concise,
    /// For programs: one JSON object
    Json,
    /// For programs: a JSON object on each line, the summary last
    Jsonl,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML: a suite for each file, a case for each object
    Junit,
    /// Workflow commands of GitHub Actions, which become annotations
    Github,
    /// A Code Quality report of GitLab
    Gitlab,
    /// TAP 14: a test for each object
    Tap,
}

/// What a format is made from.
pub struct View<'o> {
    /// All that was found.
    pub outcome: &'o Outcome,
    /// The same in one list, ordered by file, line, column and rule.
    pub remarks: Vec<Remark<'o>>,
    /// Where rules are explained.
    pub links: &'o Links,
    /// What files are called from the root of the repository.
    pub paths: Paths,
    /// How wide a text for people may be.
    pub width: usize,
    /// How the program will end.
    pub exit: Exit,
}

impl<'o> View<'o> {
    /// The view of `outcome` that `plan` asks for.
    pub fn new(outcome: &'o Outcome, plan: &'o Plan, exit: Exit) -> Self {
        Self {
            outcome,
            remarks: remarks(outcome),
            links: &plan.links,
            paths: Paths::from_environment(),
            width: plan.width,
            exit,
        }
    }
}

impl Format {
    /// The whole text.
    pub fn render(self, view: &View<'_>) -> String {
        match self {
            Format::Full => text::findings(view.outcome, view.width, view.links),
            Format::Concise => concise::lines(view),
            Format::Json => json::document(view.outcome),
            Format::Jsonl => json_lines::lines(view),
            Format::Sarif => sarif::log(view),
            Format::Junit => junit::report(view),
            Format::Github => github::commands(view),
            Format::Gitlab => gitlab::report(view),
            Format::Tap => tap::report(view),
        }
    }

    /// Whether it may be coloured.
    pub fn is_for_people(self) -> bool {
        matches!(self, Format::Full | Format::Concise)
    }
}
