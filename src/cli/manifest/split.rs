//! Documents: where each of them begins and ends, as kubectl cuts a file.
//!
//! kubectl does not leave this to its YAML parser: it cuts at lines that begin with `---`
//! (`k8s.io/apimachinery/pkg/util/yaml`), so that a broken document can never swallow the next one. A file that begins
//! with `{` is tried as a series of JSON objects first.

use serde::de::IgnoredAny;

use super::Unreadable;
use super::source::Span;

const SEPARATOR: &str = "---";

/// One document.
#[derive(Debug, PartialEq, Eq)]
pub struct Section {
    /// Its number in the file, from 1. Empty documents count, comments before the first separator do not.
    pub number: usize,
    /// Its text, the separator included.
    pub span: Span,
    /// Whether it is JSON.
    pub is_json: bool,
}

/// Cuts `text` into documents. A document behind a bad separator is left out, with an entry in the second list.
pub fn sections(text: &str) -> (Vec<Section>, Vec<Unreadable>) {
    match json_sections(text) {
        Some(sections) => (sections, Vec::new()),
        None => yaml_sections(text),
    }
}

fn json_sections(text: &str) -> Option<Vec<Section>> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let mut sections = Vec::new();
    let mut start = 0;
    while let Some(value) = values.next() {
        value.ok()?;
        let span = start..values.byte_offset();
        start = span.end;
        sections.push(Section {
            number: sections.len() + 1,
            span,
            is_json: true,
        });
    }
    Some(sections)
}

fn yaml_sections(text: &str) -> (Vec<Section>, Vec<Unreadable>) {
    let mut cut = Cut::default();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if let Some(rest) = line.strip_prefix(SEPARATOR) {
            cut.close(offset);
            cut.open(offset, rest.trim(), line.trim_end().len());
        } else if !is_blank(line) {
            cut.current.has_content = true;
        }
        offset += line.len();
    }
    cut.close(offset);
    (cut.sections, cut.faults)
}

/// What Helm writes above each document that it renders.
const TEMPLATE: &str = "# Source: ";

/// The template that Helm made a document from, as the comment above it says.
pub fn template(document: &str) -> Option<String> {
    let above = document
        .lines()
        .take_while(|line| is_blank(line) || line.starts_with(SEPARATOR));
    let mut named = above.filter_map(|line| line.strip_prefix(TEMPLATE));
    named.next().map(|name| name.trim().to_owned())
}

fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// The state of cutting.
#[derive(Default)]
struct Cut {
    sections: Vec<Section>,
    faults: Vec<Unreadable>,
    current: Current,
    number: usize,
}

/// The document that is being read.
#[derive(Default)]
struct Current {
    start: usize,
    has_separator: bool,
    has_content: bool,
    is_refused: bool,
}

impl Cut {
    fn open(&mut self, start: usize, behind_separator: &str, line_bytes: usize) {
        let is_refused = !is_blank(behind_separator);
        if is_refused {
            let message = "expected only a comment behind the separator '---'";
            self.faults.push(Unreadable::new(start..start + line_bytes, message));
        }
        self.current = Current {
            start,
            has_separator: true,
            has_content: false,
            is_refused,
        };
    }

    fn close(&mut self, end: usize) {
        let Current {
            start,
            has_separator,
            has_content,
            is_refused,
        } = self.current;
        if has_separator || has_content {
            self.number += 1;
        }
        if has_content && !is_refused {
            self.sections.push(Section {
                number: self.number,
                span: start..end,
                is_json: false,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sections;

    /// Each document's number and text.
    fn cut(text: &str) -> Vec<(usize, &str)> {
        let (sections, _) = sections(text);
        sections
            .into_iter()
            .map(|section| (section.number, &text[section.span]))
            .collect()
    }

    #[test]
    fn documents_are_cut_at_separator_lines() {
        assert_eq!(cut("a: 1\n---\nb: 2\n"), [(1, "a: 1\n"), (2, "---\nb: 2\n")]);
        assert_eq!(
            cut("---\na: 1\n--- # two\nb: 2"),
            [(1, "---\na: 1\n"), (2, "--- # two\nb: 2")]
        );
        assert_eq!(cut("a: |\n  x\n  ---\n  y\n"), [(1, "a: |\n  x\n  ---\n  y\n")]);
    }

    #[test]
    fn empty_documents_are_skipped_but_counted() {
        assert_eq!(cut("# only a comment\n\n---\na: 1\n"), [(1, "---\na: 1\n")]);
        assert_eq!(cut("---\n# empty\n---\n\n---\na: 1\n"), [(3, "---\na: 1\n")]);
        assert_eq!(cut(""), []);
        assert_eq!(cut("---\n---\n"), []);
    }

    #[test]
    fn text_behind_a_separator_is_refused_as_kubectl_does() {
        let (found, faults) = sections("a: 1\n--- {b: 2}\nx: 1\n---\nc: 3\n");
        assert_eq!(found.iter().map(|section| section.number).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].span, 5..15);
    }

    #[test]
    fn the_template_of_a_chart_is_named_above_its_document() {
        let named = |text: &str| super::template(text).unwrap_or_default();
        assert_eq!(
            named("---\n# Source: chart/templates/a.yaml\na: 1\n"),
            "chart/templates/a.yaml"
        );
        assert_eq!(named("# a comment\n\n# Source: t.yaml\r\na: 1\n"), "t.yaml");
        assert_eq!(named("a: 1\n# Source: t.yaml\n"), "");
    }

    #[test]
    fn json_objects_may_follow_each_other() {
        assert_eq!(
            cut("{\"a\": 1}\n{\"b\": 2}\n"),
            [(1, "{\"a\": 1}"), (2, "\n{\"b\": 2}")]
        );
        assert!(sections("{\"a\": 1}").0[0].is_json);
        assert!(!sections("{a: 1}").0[0].is_json);
    }
}
