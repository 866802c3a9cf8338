//! What our YAML parser takes and kubectl's does not: YAML 1.2 against YAML 1.1.

use super::fault::Unreadable;
use super::source::Span;

/// Refuses a document of which kubectl's parser would not read the first character or all characters.
///
/// # Errors
/// A directive (kubectl cuts a file before its parser sees it, so a directive never has the document that it is for), a
/// control character, or a character that YAML 1.1 takes for a line break and every editor does not.
pub fn check_text(text: &str, base: usize) -> Result<(), Unreadable> {
    if let Some((offset, line)) = first_line(text)
        && line.starts_with('%')
    {
        let start = base + offset;
        let message = "expected no directive: kubectl reads none, remove this line";
        return Err(Unreadable::new(start..start + line.len(), message));
    }
    match text.char_indices().find(|(_, c)| is_refused(*c)) {
        Some((at, c)) => {
            let message = format!(
                "expected no control character and no special line break, found {}",
                c.escape_unicode()
            );
            Err(Unreadable::new(base + at..base + at + c.len_utf8(), message))
        }
        None => Ok(()),
    }
}

/// The first line with content, without its line break, and where it begins.
fn first_line(text: &str) -> Option<(usize, &str)> {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if !(line.trim().is_empty() || line.starts_with('#')) {
            return Some((offset, line.trim_end()));
        }
        offset += line.len();
    }
    None
}

fn is_refused(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        _ => c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}'),
    }
}

/// Refuses the escapes that YAML 1.1 has not, in a text in double quotes that stands at `base`.
///
/// # Errors
/// `\/`, and the pairs by which JSON writes characters above U+FFFF.
pub fn check_escapes(quoted: &str, base: usize) -> Result<(), Unreadable> {
    let mut escapes = quoted.match_indices('\\').map(|(at, _)| at);
    let mut done = 0;
    while let Some(at) = escapes.find(|at| *at >= done) {
        let rest = quoted.get(at + 1..).unwrap_or_default();
        let code = rest
            .strip_prefix('u')
            .and_then(|rest| u32::from_str_radix(rest.get(..4)?, 16).ok());
        let is_half = code.is_some_and(|code| (0xd800..0xe000).contains(&code));
        if is_half || rest.starts_with('/') {
            let length = if is_half { 6 } else { 2 };
            let message = "expected an escape that YAML 1.1 has: write the character itself";
            return Err(Unreadable::new(base + at..base + at + length, message));
        }
        // The character behind a backslash begins no escape, and be it a backslash.
        done = at + 2;
    }
    Ok(())
}

/// Watches for lines that begin with a tab. kubectl takes them only inside of quotes, brackets and braces.
#[derive(Debug, Default)]
pub struct TabLines {
    /// Where such lines begin.
    lines: Vec<usize>,
    /// The texts in quotes, and the lists and maps in brackets and braces.
    shelters: Vec<Span>,
}

impl TabLines {
    /// The lines of `text` that begin with a tab.
    pub fn of(text: &str, base: usize) -> Self {
        let is_start = |at: &usize| *at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n');
        let lines = text
            .match_indices('\t')
            .map(|(at, _)| at)
            .filter(is_start)
            .map(|at| base + at)
            .collect();
        Self {
            lines,
            shelters: Vec::new(),
        }
    }

    /// Notes a span in which they are allowed.
    pub fn shelter(&mut self, span: &Span) {
        if !self.lines.is_empty() {
            self.shelters.push(span.clone());
        }
    }

    /// Looks at all lines, now that all shelters are known.
    ///
    /// # Errors
    /// The first line that is in none of them.
    pub fn check(mut self) -> Result<(), Unreadable> {
        self.shelters.sort_by_key(|span| span.start);
        let mut shelters = self.shelters.iter().peekable();
        let mut sheltered_until = 0;
        for line in self.lines {
            while let Some(span) = shelters.next_if(|span| span.start < line) {
                sheltered_until = sheltered_until.max(span.end);
            }
            if sheltered_until <= line {
                return Err(Unreadable::new(line..line + 1, super::fault::TAB));
            }
        }
        Ok(())
    }
}
