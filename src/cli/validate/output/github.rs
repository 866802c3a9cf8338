//! `github`: workflow commands, which GitHub Actions shows as annotations beside the lines.

use jobflow_core::text;

use super::format::View;
use super::remark::{Level, Remark};

/// GitHub shows so many annotations of each level for a step, and drops the others without a word.
const SHOWN_MAX: usize = 10;

/// All commands.
pub fn commands(view: &View<'_>) -> String {
    let commands = view.remarks.iter().map(|remark| command(view, remark));
    commands.chain(notice(view)).collect()
}

fn command(view: &View<'_>, remark: &Remark<'_>) -> String {
    let (level, path) = (remark.level.as_str(), view.paths.in_repository(remark.file));
    let (start, end) = (remark.region.start, remark.region.end);
    let title = match remark.rule() {
        Some(rule) => format!("{} {}", rule.id, rule.name),
        None => remark.id().to_owned(),
    };
    // Columns mean something to GitHub only within one line; of a longer range it would show the last line.
    let columns = if start.line == end.line {
        format!(",col={},endColumn={}", start.column, end.column)
    } else {
        String::new()
    };
    let line = start.line;
    let place = format!("file={},line={line},endLine={line}{columns}", property(&path));
    let advice = remark
        .rule()
        .map_or(String::new(), |rule| format!(" - {}", view.links.advice(rule)));
    // The log shows nothing but the message, so the place stands in it once more.
    let (file, column) = (text::sanitized(remark.file), start.column);
    let message = format!("{file}:{line}:{column}: {}{advice}", remark.sentence());
    format!("::{level} {place},title={}::{}\n", property(&title), data(&message))
}

/// What GitHub will not show.
fn notice(view: &View<'_>) -> Option<String> {
    let count = |level| view.remarks.iter().filter(|remark| remark.level == level).count();
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    (errors.max(warnings) > SHOWN_MAX).then(|| {
        let message = format!(
            "GitHub annotates {SHOWN_MAX} errors and {SHOWN_MAX} warnings of a step; the log of this step has all: {errors} \
             errors and {warnings} warnings"
        );
        format!("::notice title=jobflow validate::{}\n", data(&message))
    })
}

/// Escapes the message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn nothing_in_a_text_can_end_a_command_or_a_property() {
        assert_eq!(data("50%: a,b\r\n::error::c"), "50%25: a,b%0D%0A::error::c");
        assert_eq!(property("50%: a,b\r\n"), "50%25%3A a%2Cb%0D%0A");
    }
}
