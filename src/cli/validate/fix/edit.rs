//! Edits: which findings have one safe answer, and what of the text changes for it.

use granit_parser::ScalarStyle;
use jobflow_core::diagnostic::Diagnostic;
use jobflow_core::field::Segment;
use jobflow_core::job_flow::rules::repeated_dependency;
use jobflow_core::names;
use jobflow_core::rules::{replaced_restart_policy, unknown_field, wrong_type};
use jobflow_core::text;
use serde_json::Value;

use crate::cli::manifest::{Object, Place, Scalar, Source, Span};

/// A change of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes in its place.
    pub text: String,
}

/// The edit that mends a finding about `object`, which stands at `place`; `None` where a person has to decide.
///
/// What an alias brought to its place is left alone: it may be right where it is written.
pub fn of(finding: &Diagnostic, object: &Object, place: &Place, source: &Source) -> Option<Edit> {
    if place.alias.is_some() {
        return None;
    }
    let written = Written {
        text: source.text().get(place.span.clone())?,
        span: &place.span,
    };
    let value = object.value.pointer(&finding.path.to_pointer())?;
    let meant = finding.help.as_deref().and_then(names::meant);
    if *finding.rule == unknown_field::RULE {
        return renamed_field(finding, object, meant?, &written);
    }
    if *finding.rule == wrong_type::RULE {
        let is_plain = matches!(value, Value::Bool(_) | Value::Number(_));
        return (is_plain && finding.help.as_deref() == Some(wrong_type::QUOTE)).then(|| written.in_quotes())?;
    }
    if *finding.rule == replaced_restart_policy::RULE {
        return written.replaced(value.as_str()?, "Never");
    }
    if *finding.rule == repeated_dependency::RULE {
        return written.without_item(source);
    }
    // The value that the finding shows is the one that is replaced, and not its key.
    let value = value.as_str()?;
    let is_shown = finding.value.as_ref() == Some(&text::quoted(value));
    is_shown.then(|| written.replaced(value, meant?)).flatten()
}

/// The new name for a field, unless there is a field of that name already.
fn renamed_field(finding: &Diagnostic, object: &Object, meant: &str, written: &Written<'_>) -> Option<Edit> {
    let (last, outer) = finding.path.segments().split_last()?;
    let Segment::Key(name) = last else {
        return None;
    };
    let outer = jobflow_core::field::FieldPath::new(outer.to_vec()).to_pointer();
    let is_free = object.value.pointer(&outer)?.get(meant).is_none();
    is_free.then(|| written.replaced(name, meant)).flatten()
}

/// A value or key as it is written.
struct Written<'t> {
    text: &'t str,
    span: &'t Span,
}

impl Written<'_> {
    /// `new` in the place of the text `old`, quoted as it was. `None` where it is not written as it is read: in several lines,
    /// or with escapes.
    fn replaced(&self, old: &str, new: &str) -> Option<Edit> {
        let quote = ['"', '\''].into_iter().find(|quote| self.text.starts_with(*quote));
        let Some(quote) = quote else {
            let text = if is_plain(new) {
                new.to_owned()
            } else {
                format!("\"{new}\"")
            };
            return (self.text == old).then(|| self.edit(text));
        };
        let inner = self.text.strip_prefix(quote)?.strip_suffix(quote)?;
        (inner == old).then(|| self.edit(format!("{quote}{new}{quote}")))
    }

    /// The plain number or boolean in quotes.
    fn in_quotes(&self) -> Option<Edit> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-' | '_');
        self.text
            .chars()
            .all(is_plain)
            .then(|| self.edit(format!("\"{}\"", self.text)))
    }

    /// Without this item of a list, which is not its first.
    fn without_item(&self, source: &Source) -> Option<Edit> {
        let before = source.text().get(..self.span.start)?.trim_end();
        let line = source.line_span(self.span.start);
        if before.ends_with(',') {
            return Some(Edit {
                span: before.len() - 1..self.span.end,
                text: String::new(),
            });
        }
        // A line of its own goes as a whole, with its comment and its line break.
        let own = source.text().get(line.clone())?.trim_start();
        let item = own.strip_prefix('-')?.trim_start();
        let rest = item.strip_prefix(self.text)?.trim_start();
        let is_alone = rest.is_empty() || rest.starts_with('#');
        let after = source.text().get(line.end..)?;
        let line_break = ["\r\n", "\n"]
            .into_iter()
            .find(|it| after.starts_with(it))
            .map_or(0, str::len);
        is_alone.then(|| Edit {
            span: line.start..line.end + line_break,
            text: String::new(),
        })
    }

    fn edit(&self, text: String) -> Edit {
        Edit {
            span: self.span.clone(),
            text,
        }
    }
}

/// Whether kubectl reads `text` as this text without quotes, wherever it stands.
fn is_plain(text: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    let is_text = || matches!(Scalar::resolve(text, ScalarStyle::Plain, None), Ok(Scalar::Text(_)));
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(is_safe) && is_text()
}
