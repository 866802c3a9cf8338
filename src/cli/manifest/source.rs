//! The text of a file, and where its lines are.

use std::ops::Range;

use super::Unreadable;

/// A range of bytes of a [`Source`].
pub type Span = Range<usize>;

/// A place as people count: from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// The text of a file, without a byte-order mark.
#[derive(Debug)]
pub struct Source {
    text: String,
    /// Where each line begins; never empty.
    line_starts: Vec<usize>,
}

/// What UTF-16 files begin with, in either byte order.
const UTF16_MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

impl Source {
    /// Reads `bytes` as UTF-8. With an error, the source is the text before the fault.
    pub fn decode(bytes: Vec<u8>) -> (Self, Option<Unreadable>) {
        let is_utf16 = UTF16_MARKS.iter().any(|mark| bytes.starts_with(mark));
        match String::from_utf8(bytes) {
            Ok(text) => (Self::new(text), None),
            Err(error) => {
                let end = error.utf8_error().valid_up_to();
                let mut bytes = error.into_bytes();
                let byte = bytes.get(end).copied().unwrap_or_default();
                bytes.truncate(end);
                let text = String::from_utf8(bytes).expect("it was found valid up to here");
                let source = Self::new(text);
                let message = if is_utf16 {
                    "must be UTF-8, found UTF-16: save the file as UTF-8".to_owned()
                } else {
                    format!("must be UTF-8, found the byte 0x{byte:02x}")
                };
                let end = source.text.len();
                let fault = Unreadable::new(end..end, message);
                (source, Some(fault))
            }
        }
    }

    fn new(mut text: String) -> Self {
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let mut line_starts = vec![0];
        let mut bytes = text.bytes().enumerate().peekable();
        while let Some((index, byte)) = bytes.next() {
            let next = bytes.peek().map(|(_, byte)| *byte);
            // A carriage return alone is a line break in YAML too.
            if byte == b'\n' || (byte == b'\r' && next != Some(b'\n')) {
                line_starts.push(index + 1);
            }
        }
        Self { text, line_starts }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the byte at `offset` is.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.line_of(offset);
        let start = self.line_starts.get(line - 1).copied().unwrap_or_default();
        let before = self.text.get(start..offset).unwrap_or_default();
        Position {
            line,
            column: before.chars().count() + 1,
        }
    }

    /// The line of the byte at `offset`, from 1.
    fn line_of(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset).max(1)
    }

    /// The line that the byte at `offset` is on, without its line break.
    pub fn line_span(&self, offset: usize) -> Span {
        let line = self.line_of(offset);
        let start = self.line_starts.get(line - 1).copied().unwrap_or_default();
        let end = self.line_starts.get(line).copied().unwrap_or(self.text.len());
        let text = self.text.get(start..end).unwrap_or_default();
        start..start + text.trim_end_matches(['\n', '\r']).len()
    }
}

#[cfg(test)]
mod tests {
    use super::{Position, Source};

    fn source(text: &str) -> Source {
        Source::decode(text.as_bytes().to_vec()).0
    }

    #[test]
    fn columns_count_characters() {
        let source = source("a: b\nä: ☃x\n");
        let offset = source.text().find('x').unwrap();
        assert_eq!(source.position(offset), Position { line: 2, column: 5 });
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
    }

    #[test]
    fn lines_end_with_any_line_break() {
        let source = source("a\r\nb\rc\nd");
        for (line, letter) in ["a", "b", "c", "d"].iter().enumerate() {
            let offset = source.text().find(letter).unwrap();
            assert_eq!(
                source.position(offset),
                Position {
                    line: line + 1,
                    column: 1
                }
            );
            assert_eq!(&source.text()[source.line_span(offset)], *letter);
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_column() {
        let source = source("\u{feff}a: b");
        assert_eq!(source.text(), "a: b");
    }

    #[test]
    fn what_is_not_utf8_is_named_with_its_place() {
        let (source, fault) = Source::decode(b"a: b\nc: \xff".to_vec());
        let fault = fault.unwrap();
        assert_eq!(fault.message, "must be UTF-8, found the byte 0xff");
        assert_eq!(source.position(fault.span.start), Position { line: 2, column: 4 });
        let (_, fault) = Source::decode(b"\xff\xfea\0".to_vec());
        assert_eq!(
            fault.unwrap().message,
            "must be UTF-8, found UTF-16: save the file as UTF-8"
        );
    }
}
