//! Sentences about many things: lists and texts that stay short however large the object is.

use crate::text;

/// The most names that one sentence lists.
const LISTED_MAX: usize = 5;

/// What stands in place of what was cut off.
const ELLIPSIS: &str = "...";

/// `text` made harmless for a terminal, and cut to at most `bytes_max` bytes between two characters.
pub fn capped(text: &str, bytes_max: usize) -> String {
    let mut text = text::sanitized(text);
    if text.len() > bytes_max {
        let room = bytes_max.saturating_sub(ELLIPSIS.len());
        text.truncate(head(&text, room).len());
        text.push_str(ELLIPSIS);
    }
    text
}

/// The first `bytes_max` bytes of `text`, or a few less where a character would be cut.
pub fn head(text: &str, bytes_max: usize) -> &str {
    (0..=bytes_max)
        .rev()
        .find_map(|end| text.get(..end))
        .unwrap_or_default()
}

/// `'a', 'b' and 7 more`.
pub fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(LISTED_MAX);
    let shown: Vec<String> = names.take(LISTED_MAX).map(text::named).collect();
    let shown = shown.join(", ");
    if more == 0 {
        shown
    } else {
        format!("{shown} and {more} more")
    }
}

/// `flow 'a'`, or `3 flows: 'a', 'b', 'c'`.
pub fn counted<'a>(noun: &str, names: impl ExactSizeIterator<Item = &'a str>) -> String {
    match names.len() {
        1 => format!("{noun} {}", listed(names)),
        count => format!("{count} {noun}s: {}", listed(names)),
    }
}

/// `text`, and how many more there are of what it tells about.
pub fn and_more(text: &str, count: usize) -> String {
    match count.saturating_sub(1) {
        0 => text.to_owned(),
        more => format!("{text} (and {more} more)"),
    }
}

#[cfg(test)]
mod tests {
    use super::{and_more, capped, counted, listed};

    #[test]
    fn a_text_is_cut_between_characters_and_says_so() {
        assert_eq!(capped("short", 5), "short");
        assert_eq!(capped("ääää", 7), "ää...");
        assert_eq!(capped("a\u{1b}b", 80), "a\\u{1b}b");
        assert_eq!(capped("abc", 0), "...");
    }

    #[test]
    fn a_list_names_five_and_counts_the_rest() {
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        assert_eq!(listed(names.into_iter()), "'a', 'b', 'c', 'd', 'e' and 2 more");
        assert_eq!(counted("flow", ["a"].into_iter()), "flow 'a'");
        assert_eq!(counted("flow", ["a", "b"].into_iter()), "2 flows: 'a', 'b'");
    }

    #[test]
    fn the_count_of_the_rest_is_told_only_where_there_is_a_rest() {
        assert_eq!(and_more("x failed", 1), "x failed");
        assert_eq!(and_more("x failed", 3), "x failed (and 2 more)");
    }
}
