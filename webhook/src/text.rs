//! Text inside an answer that is never longer than its bound.

/// What stands where text was cut.
const ELLIPSIS: char = '…';

/// `text` followed by `tail`, at most `bytes_max` bytes in all: where that is too long, `text` is cut on a character
/// boundary, and the tail (a rule id, which leads to the explanation) stays whole.
pub(crate) fn clipped(text: &str, tail: &str, bytes_max: usize) -> String {
    if text.len() + tail.len() <= bytes_max {
        return format!("{text}{tail}");
    }
    let room = bytes_max.saturating_sub(tail.len() + ELLIPSIS.len_utf8());
    let end = (0..=room).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let head = text.get(..end).unwrap_or_default();
    format!("{head}{ELLIPSIS}{tail}")
}

#[cfg(test)]
mod tests {
    use super::clipped;

    #[test]
    fn text_is_cut_on_a_character_boundary_and_keeps_its_tail() {
        assert_eq!(clipped("äää", " [JF102]", 100), "äää [JF102]");
        let cut = clipped(&"ä".repeat(50), " [JF102]", 20);
        assert_eq!(cut, "ääää… [JF102]");
        assert!(cut.len() <= 20);
    }
}
