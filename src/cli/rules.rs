//! `jobflow rules`: the table of all rules.

use clap::{Args, ValueEnum};
use jobflow_core::rules::ALL;
use serde_json::{Value, json};

use super::exit::Exit;
use super::output;

/// List every rule: its id, its name, what it does, and the fault that it finds
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  jobflow rules
  jobflow rules -o json")]
pub struct RulesArgs {
    /// How to print the list
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A table for people
    Text,
    /// A list of objects for programs: id, name, severity, summary
    Json,
}

/// Runs the subcommand.
pub fn run(args: &RulesArgs) -> Exit {
    let text = match args.output {
        Format::Text => table(),
        Format::Json => format!("{:#}\n", Value::from_iter(list())),
    };
    output::finish(&text, Exit::Clean)
}

/// Columns as kubectl prints them: upper-case headers, no lines, three spaces between.
fn table() -> String {
    let widest = ALL.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
    let mut text = format!("ID      {:<widest$}   VERDICT   FAULT\n", "NAME");
    for rule in ALL {
        let (id, name, verdict) = (rule.id, rule.name, rule.severity.as_str());
        text += &format!("{id}   {name:<widest$}   {verdict:<7}   {}\n", rule.summary());
    }
    text
}

fn list() -> impl Iterator<Item = Value> {
    ALL.iter().map(
        |rule| json!({"id": rule.id, "name": rule.name, "severity": rule.severity.as_str(), "summary": rule.summary()}),
    )
}
