//! `jobflow explain`: the page of one rule.

use clap::Args;
use jobflow_core::names::Nearest;
use jobflow_core::rules;

use super::exit::Exit;
use super::output;

/// The most rules that are advised: of more, the whole list is no longer to read.
const NAMED_MAX: usize = 6;

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
        .or_else(|| named_after(&args.rule))
        .unwrap_or_else(|| "`jobflow rules` lists all".to_owned());
    output::complain(&format!("error: no rule has the id or name '{}': {advice}", args.rule));
    Exit::Unreadable
}

/// The rules that have `word` in their names, for those who remember only a part of one.
fn named_after(word: &str) -> Option<String> {
    let word = word.to_lowercase();
    if word.is_empty() {
        return None;
    }
    let found: Vec<String> = rules::ALL
        .iter()
        .filter(|rule| rule.name.contains(&word))
        .map(|rule| format!("{} ({})", rule.id, rule.name))
        .collect();
    match found.as_slice() {
        [] => None,
        [one] => Some(format!("did you mean {one}?")),
        [first @ .., last] if found.len() <= NAMED_MAX => Some(format!("did you mean {} or {last}?", first.join(", "))),
        _ => Some(format!(
            "{} rules have it in their names, and `jobflow rules` lists all",
            found.len()
        )),
    }
}
