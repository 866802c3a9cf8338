//! The differences for people.

use anstyle::{AnsiColor, Style};
use jobflow_core::comparison::{Comparison, StepChange, What as StepWhat};
use jobflow_core::difference::Difference;
use jobflow_core::text::{named, shown};

use super::pairs::{Pair, What};

/// What came is green, what went is red and what changed is yellow, each with a sign before it.
const ADDED: (char, AnsiColor) = ('+', AnsiColor::Green);
const REMOVED: (char, AnsiColor) = ('-', AnsiColor::Red);
const CHANGED: (char, AnsiColor) = ('~', AnsiColor::Yellow);

/// All that differs; nothing for what is the same.
pub(super) fn text(pairs: &[Pair]) -> String {
    let different = pairs.iter().filter(|pair| !pair.is_same());
    different.map(object).collect::<Vec<_>>().join("\n")
}

fn object(pair: &Pair) -> String {
    let namespace = if pair.namespace.is_empty() {
        String::new()
    } else {
        format!(" in namespace {}", named(&pair.namespace))
    };
    let title = format!("{} {}{namespace}", pair.kind, named(&pair.name));
    match &pair.what {
        What::Added => signed(ADDED, &format!("{title}: only in the new version")),
        What::Removed => signed(REMOVED, &format!("{title}: only in the old version")),
        What::Both(comparison) => signed(CHANGED, &title) + &changes(comparison),
    }
}

fn signed((sign, color): (char, AnsiColor), text: &str) -> String {
    let style = Style::new().fg_color(Some(color.into()));
    format!("{}{sign} {text}{}\n", style.render(), style.render_reset())
}

fn changes(comparison: &Comparison) -> String {
    let mut text = String::new();
    for change in &comparison.steps {
        text += &step(change);
    }
    for difference in &comparison.fields {
        text += &format!("  {}", signed(CHANGED, &field(difference)));
    }
    text + &verdict(comparison)
}

fn step(change: &StepChange) -> String {
    let name = named(&change.name);
    let (what, fields): (_, &[Difference]) = match &change.what {
        StepWhat::Added => ((ADDED, format!("step {name} added ({})", change.path)), &[]),
        StepWhat::Removed => ((REMOVED, format!("step {name} removed ({})", change.path)), &[]),
        StepWhat::Changed { moved: true, fields } => {
            ((CHANGED, format!("step {name} moved ({})", change.path)), fields)
        }
        StepWhat::Changed { moved: false, fields } => ((CHANGED, format!("step {name} changed")), fields),
    };
    let (sign, sentence) = what;
    let mut text = format!("  {}", signed(sign, &sentence));
    for difference in fields {
        text += &format!("      {}\n", field(difference));
    }
    text
}

fn field(difference: &Difference) -> String {
    let value = |value: &serde_json::Value| match value {
        serde_json::Value::Null => "nothing".to_owned(),
        other => shown(&other.to_string()),
    };
    format!(
        "{}: {} -> {}",
        difference.path,
        value(&difference.old),
        value(&difference.new)
    )
}

/// What admission says about the update.
fn verdict(comparison: &Comparison) -> String {
    let report = &comparison.verdict.report;
    let mut text = if report.denies() {
        "  admission would deny the update:\n".to_owned()
    } else {
        "  admission would take the update\n".to_owned()
    };
    for finding in report.denials() {
        text += &format!("  * {finding}\n");
    }
    for finding in report.warnings() {
        text += &format!("  * warning: {}\n", finding.warning_text());
    }
    text
}
