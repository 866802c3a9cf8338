//! What is said of a file that cannot be read: what was expected, and what to do.

use granit_parser::{ErrorKind, ScanError};

use super::limits::NESTING_MAX;
use super::source::Span;

/// A place where a file is not what kubectl reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Where.
    pub span: Span,
    /// What was expected there.
    pub message: String,
}

impl Unreadable {
    /// A fault at `span`.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
        }
    }

    /// The same fault of what stands in `line`: what a template has there is no slip of its author.
    pub fn in_line(mut self, line: &str) -> Self {
        if line.contains(TEMPLATE_ACTION) {
            TEMPLATE.clone_into(&mut self.message);
        }
        self
    }
}

/// For an alias before its anchor.
pub const UNKNOWN_ANCHOR: &str = "expected an alias of an anchor that stands before it in this document";

/// For a key that is a list, a map or null.
pub const KEY_NO_TEXT: &str = "expected a key that is text";

/// For what a template engine would replace, wherever YAML stumbles over it.
const TEMPLATE: &str = "expected YAML, found '{{' of a template: render the template first, or put this in quotes";

/// For `<<` with anything but maps behind it.
pub const MERGE_NO_MAP: &str = "expected a map, an alias of one, or a list of these behind '<<'";

/// For an alias inside the value that it stands for.
pub const CONTAINS_ITSELF: &str = "expected an end: the value of this alias contains itself";

/// For a tab where only spaces may indent.
pub const TAB: &str = "expected spaces, found a tab";

/// For a document that is a single text or number.
pub const NO_OBJECT: &str = "expected an object with `apiVersion` and `kind`";

/// What begins an action of a template of Helm.
const TEMPLATE_ACTION: &str = "{{";

/// For a document that is nested too deeply.
pub fn nested_too_deeply() -> String {
    format!("may not be nested deeper than {NESTING_MAX} levels")
}

/// What the parser misses, in our words where its own are not plain.
pub fn explain(error: &ScanError) -> String {
    let known = match error.kind() {
        ErrorKind::UnknownAnchor => UNKNOWN_ANCHOR,
        ErrorKind::RecursionLimitExceeded => return nested_too_deeply(),
        _ if is_tab(error) => TAB,
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            "expected the closing quote of this text before the end of the document"
        }
        ErrorKind::InvalidQuotedScalarIndent => "expected the closing quote of this text, or more indentation",
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => "expected ':' behind this key",
        ErrorKind::MappingValueNotAllowed => "expected no ':' here: quote a text that contains one",
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::UnexpectedEofFlowMapping => "expected ',' or '}'",
        ErrorKind::ExpectedFlowSequenceSeparator | ErrorKind::UnexpectedEofFlowSequence => "expected ',' or ']'",
        ErrorKind::UnclosedFlowCollection { open: '[' } => "expected ']' before the end of the document",
        ErrorKind::UnclosedFlowCollection { .. } => "expected '}' before the end of the document",
        ErrorKind::ExpectedBlockMappingKey => "expected a key, in the column of the other keys",
        ErrorKind::ExpectedBlockSequenceEntry => "expected '-', in the column of the other items",
        ErrorKind::ExpectedDocumentStart => {
            "expected the end of the document: this has not the indentation of its first line"
        }
        ErrorKind::ExpectedNodeContent => "expected a value",
        _ => return format!("expected YAML: {}", error.info()),
    };
    known.to_owned()
}

/// Whether the parser stopped behind a tab.
pub fn is_tab(error: &ScanError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::TabInIndentation
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabNotAllowed
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabAtBlockScalarStart
    )
}
