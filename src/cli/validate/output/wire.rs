//! The form of `-o json` and `-o jsonl`, which is a contract. `cargo xtask gen` makes the schemas in `docs/` from these
//! types, so they depend on nothing of this program.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

/// What `jobflow validate -o json` prints. Members may be added; none is removed or changes its meaning.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(title = "jobflow validate -o json")]
pub struct Document<'o> {
    /// How many files were named, those that could not be opened included.
    pub files: usize,
    /// How many documents could be read in them.
    pub documents: usize,
    /// All findings, ordered by file, line, column and rule.
    pub findings: Vec<FindingRow<'o>>,
    /// The files, and places in files, that could not be read; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<UnreadableRow<'o>>,
    /// How many findings there are.
    pub summary: Summary,
}

/// One finding.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Finding")]
pub struct FindingRow<'o> {
    /// The file, as it was named; `<stdin>` for standard input.
    pub file: &'o str,
    /// The number of the document in the file, from 1.
    #[schemars(range(min = 1))]
    pub document: usize,
    /// The line, from 1.
    #[schemars(range(min = 1))]
    pub line: usize,
    /// The column, from 1, in characters.
    #[schemars(range(min = 1))]
    pub column: usize,
    /// The kind of the object.
    pub kind: &'o str,
    /// The name of the object, with a question mark where the API server will complete it; empty for none.
    pub name: &'o str,
    /// The id of the rule; `jobflow explain` prints its page.
    #[schemars(regex(pattern = r"^[A-Z]{2}[0-9]{3}$"))]
    pub rule: &'static str,
    /// Whether the object is refused (`deny`) or accepted with a warning (`warn`).
    #[schemars(extend("enum" = ["deny", "warn"]))]
    pub severity: &'static str,
    /// The field path, such as `spec.flows[0].name`.
    pub path: String,
    /// The type of the error, as in the causes of Kubernetes' own answers, such as `FieldValueInvalid`.
    #[schemars(regex(pattern = r"^FieldValue[A-Z][A-Za-z]*$"))]
    pub reason: &'static str,
    /// What is wrong.
    pub message: Cow<'o, str>,
    /// What to do about it.
    pub help: Option<&'o str>,
}

/// A file, or a place in a file, that could not be read. A file that could not be opened is named with its beginning.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Unreadable")]
pub struct UnreadableRow<'o> {
    /// The file, as it was named; `<stdin>` for standard input.
    pub file: &'o str,
    /// The line, from 1.
    #[schemars(range(min = 1))]
    pub line: usize,
    /// The column, from 1, in characters.
    #[schemars(range(min = 1))]
    pub column: usize,
    /// What was expected there, or why the file could not be opened.
    pub message: &'o str,
}

/// How many findings there are.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Summary {
    /// Findings that refuse their object.
    pub denied: usize,
    /// Findings that only warn.
    pub warned: usize,
}

/// A line of what `jobflow validate -o jsonl` prints: findings and what could not be read, ordered by file, line, column
/// and rule, and last the summary.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[schemars(title = "A line of jobflow validate -o jsonl")]
pub enum Line<'o> {
    /// A finding.
    Finding(FindingLine<'o>),
    /// A file, or a place in a file, that could not be read.
    Unreadable(UnreadableRow<'o>),
    /// The last line.
    Summary(SummaryLine),
}

/// A finding, and what only this format has.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingLine<'o> {
    /// What every format has.
    #[serde(flatten)]
    pub finding: FindingRow<'o>,
    /// The line that the place ends on.
    #[schemars(range(min = 1))]
    pub end_line: usize,
    /// The column behind the last character of the place.
    #[schemars(range(min = 1))]
    pub end_column: usize,
    /// The address of the rule's page; null where it is not known.
    pub docs: Option<String>,
}

/// How much there was.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SummaryLine {
    /// How many files were named.
    pub files: usize,
    /// How many objects of all kinds were found in them.
    pub resources: usize,
    /// Objects that are accepted.
    pub valid: usize,
    /// Objects that are refused.
    pub denied: usize,
    /// Objects of kinds that are not jobflow's.
    pub passed_over: usize,
    /// Files, and places in files, that could not be read.
    pub unreadable: usize,
    /// Findings that refuse their object.
    pub errors: usize,
    /// Findings that only warn.
    pub warnings: usize,
}
