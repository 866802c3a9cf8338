//! Text that came from a user and is shown to a user: made harmless and kept short.

/// The most characters of an offending value that an answer repeats: enough to recognize it, too few to
/// leak a secret or to fill a terminal (ADMISSION.md 2.5, row secrets).
pub const VALUE_CHARS_MAX: usize = 64;

/// `text` without control characters and without the marks that reorder text (C0, C1, bidi): a
/// denial passes through kubectl to a terminal, which would obey them. Each is shown as its escape.
pub fn sanitized(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_harmful(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// A value that is not text, as an answer shows it: sanitized and shortened.
pub fn shown(value: &str) -> String {
    sanitized(&shortened(value))
}

/// A text value, as Go's `%q` shows it: in double quotes, with quotes and backslashes escaped.
pub fn quoted(value: &str) -> String {
    let escaped = shortened(value).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", sanitized(&escaped))
}

/// A name inside a sentence: in single quotes.
pub fn named(name: &str) -> String {
    format!("'{}'", shown(name))
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}...", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::{named, quoted, sanitized};

    #[test]
    fn terminal_and_bidi_controls_are_shown_and_not_obeyed() {
        assert_eq!(sanitized("a\u{1b}[31mb\u{202e}c"), "a\\u{1b}[31mb\\u{202e}c");
        assert_eq!(sanitized("naïve ☃"), "naïve ☃");
    }

    #[test]
    fn quotes_and_backslashes_are_escaped() {
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
    }

    #[test]
    fn a_long_value_is_cut_on_a_character_boundary() {
        let shown = named(&"ä".repeat(100));
        assert_eq!(shown, format!("'{}...'", "ä".repeat(64)));
    }
}
