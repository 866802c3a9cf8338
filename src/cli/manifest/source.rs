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
    /// How many characters begin before each multiple of [`STRIDE`]: a column in a line of megabytes, which JSON often
    /// has, is found without counting from its beginning each time.
    characters: Vec<usize>,
}

/// How many bytes are looked at for a column at most.
const STRIDE: usize = 1 << 10;

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
        let blocks = text.as_bytes().chunks(STRIDE);
        let characters = blocks.scan(0, |count, block| {
            let before = *count;
            *count += beginnings(block);
            Some(before)
        });
        let characters = characters.collect();
        Self {
            text,
            line_starts,
            characters,
        }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the byte at `offset` is.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.line_of(offset);
        let start = self.line_starts.get(line - 1).copied().unwrap_or_default();
        Position {
            line,
            column: self.characters_before(offset) - self.characters_before(start) + 1,
        }
    }

    fn characters_before(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        // Of a text that ends with a block, the end is in none.
        let block = (offset / STRIDE).min(self.characters.len().saturating_sub(1));
        let rest = self.text.as_bytes().get(block * STRIDE..offset).unwrap_or_default();
        self.characters.get(block).copied().unwrap_or_default() + beginnings(rest)
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

/// How many characters begin in a part of a text: all bytes but those that continue one.
fn beginnings(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::{Position, STRIDE, Source};

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
    fn columns_of_long_lines_are_those_of_counting() {
        let line = "aä☃𝄞".repeat(STRIDE);
        let text = format!("first\n{line}");
        let source = source(&text);
        for (index, (offset, _)) in line.char_indices().chain([(line.len(), ' ')]).enumerate() {
            let position = source.position("first\n".len() + offset);
            assert_eq!((position.line, position.column), (2, index + 1));
        }
        // The end of a text that fills its last block.
        let full = Source::decode(vec![b'a'; STRIDE]).0;
        assert_eq!(full.position(STRIDE).column, STRIDE + 1);
        assert_eq!(
            Source::decode(Vec::new()).0.position(0),
            Position { line: 1, column: 1 }
        );
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
