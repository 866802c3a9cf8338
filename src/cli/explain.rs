//! `jobflow explain`: the page of one rule.

use clap::Args;
use jobflow_core::names::Nearest;
use jobflow_core::rules;

use super::exit::Exit;
use super::output;

/// Explain a rule: why it is there, an example, and the fix
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  jobflow explain JF203
  jobflow explain dependency-cycle")]
pub struct ExplainArgs {
    /// The id that stands in brackets at the end of a finding, or the rule's name
    rule: String,
}

/// Runs the subcommand.
pub fn run(args: &ExplainArgs) -> Exit {
    if let Some(rule) = rules::by_id(&args.rule).or_else(|| rules::by_name(&args.rule)) {
        return output::finish(&rule.page(), Exit::Clean);
    }
    let known = rules::ALL.iter().flat_map(|rule| [rule.id, rule.name]);
    let advice = Nearest::default()
        .advice(&args.rule, known)
        .unwrap_or_else(|| "`jobflow rules` lists all".to_owned());
    output::complain(&format!("error: no rule has the id or name '{}': {advice}", args.rule));
    Exit::Unreadable
}
