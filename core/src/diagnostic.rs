//! What a check says: one finding, and the report that collects all findings of one object.

use std::fmt;

use crate::field::{At, FieldPath};
use crate::limits::FINDINGS_MAX;
use crate::rules::{Rule, missing_field};
use crate::text;

/// Whether a finding refuses the object or only tells its author something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The object is refused.
    Deny,
    /// The object is accepted, with a warning.
    Warn,
}

impl Severity {
    /// The word used in JSON output and documents: `deny` or `warn`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Deny => "deny",
            Severity::Warn => "warn",
        }
    }
}

/// Why a value is wrong: the error types of Kubernetes' own field validation
/// (`k8s.io/apimachinery/pkg/util/validation/field`), so that our answers and native ones look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The field must be given.
    Required,
    /// The value breaks a rule of form or meaning.
    Invalid,
    /// The value must be unique and is not.
    Duplicate,
    /// The value is none of a fixed set.
    NotSupported,
    /// The field may not be given here.
    Forbidden,
    /// The text has too many bytes.
    TooLong,
    /// The list has too many items.
    TooMany,
    /// The value has the wrong type.
    TypeInvalid,
    /// The value refers to something that is not there.
    NotFound,
}

impl Reason {
    /// The `reason` of a `StatusCause`.
    pub fn cause(self) -> &'static str {
        match self {
            Reason::Required => "FieldValueRequired",
            Reason::Invalid => "FieldValueInvalid",
            Reason::Duplicate => "FieldValueDuplicate",
            Reason::NotSupported => "FieldValueNotSupported",
            Reason::Forbidden => "FieldValueForbidden",
            Reason::TooLong => "FieldValueTooLong",
            Reason::TooMany => "FieldValueTooMany",
            Reason::TypeInvalid => "FieldValueTypeInvalid",
            Reason::NotFound => "FieldValueNotFound",
        }
    }

    /// The words that begin a native message of this type.
    fn words(self) -> &'static str {
        match self {
            Reason::Required => "Required value",
            Reason::Invalid | Reason::TypeInvalid => "Invalid value",
            Reason::Duplicate => "Duplicate value",
            Reason::NotSupported => "Unsupported value",
            Reason::Forbidden => "Forbidden",
            Reason::TooLong => "Too long",
            Reason::TooMany => "Too many",
            Reason::NotFound => "Not found",
        }
    }
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The rule that speaks.
    pub rule: &'static Rule,
    /// Where the fault is.
    pub path: FieldPath,
    /// Its native error type.
    pub reason: Reason,
    /// The offending value as it is shown: sanitized, at most 64 characters, quoted where it is text.
    /// `None` where the type of error shows no value, or where the value may be a secret.
    pub value: Option<String>,
    /// What must hold, or what is wrong; no value, no path, no final dot.
    pub message: String,
    /// What to do about it, where that helps: "did you mean 'fetch'?".
    pub help: Option<String>,
}

impl Diagnostic {
    /// A finding of `rule` at `at`.
    pub fn new(rule: &'static Rule, at: &At<'_>, reason: Reason, message: impl Into<String>) -> Self {
        Self {
            rule,
            path: FieldPath::from(at),
            reason,
            value: None,
            message: message.into(),
            help: None,
        }
    }

    /// The same finding, showing the offending text.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        self.value = Some(text::quoted(value));
        self
    }

    /// The same finding, showing an offending value that is not text, such as a number.
    #[must_use]
    pub fn literal(mut self, value: impl fmt::Display) -> Self {
        self.value = Some(text::shown(&value.to_string()));
        self
    }

    /// The same finding with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same finding with advice, where there is any.
    #[must_use]
    pub fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Whether it refuses the object.
    pub fn denies(&self) -> bool {
        self.rule.severity == Severity::Deny
    }

    /// The text of the finding as a warning: `path: "OnFailure" replaced by "Never" [XX401]`. No type of error
    /// begins it, since nothing is refused.
    pub fn warning_text(&self) -> String {
        let path = text::sanitized(&self.path.to_string());
        let value = self.value.as_ref().map_or(String::new(), |value| format!("{value} "));
        let help = self.help.as_ref().map_or(String::new(), |help| format!(" ({help})"));
        format!("{path}: {value}{}{help} [{}]", self.message, self.rule.id)
    }

    /// The text of the finding in Kubernetes' own layout, without the path:
    /// `Invalid value: "zz": no flow has this name (did you mean 'z'?) [JF201]`.
    pub fn cause_message(&self) -> String {
        let mut out = self.reason.words().to_owned();
        if let Some(value) = &self.value {
            out.push_str(": ");
            out.push_str(value);
        }
        out.push_str(": ");
        out.push_str(&self.message);
        if let Some(help) = &self.help {
            out.push_str(&format!(" ({help})"));
        }
        out.push_str(&format!(" [{}]", self.rule.id));
        out
    }
}

/// `path: message`, one line: the form of a bullet in an answer and of a golden file.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = text::sanitized(&self.path.to_string());
        write!(f, "{path}: {}", self.cause_message())
    }
}

/// All findings about one object, up to [`FINDINGS_MAX`] that deny and as many that warn.
#[derive(Clone, Debug, Default)]
pub struct Report {
    findings: Vec<Diagnostic>,
    denials: usize,
}

impl Report {
    /// Adds a finding, where there is room for it.
    pub fn push(&mut self, finding: Diagnostic) {
        let of_its_kind = if finding.denies() {
            self.denials
        } else {
            self.findings.len() - self.denials
        };
        if of_its_kind < FINDINGS_MAX {
            self.denials += usize::from(finding.denies());
            self.findings.push(finding);
        }
    }

    /// Whether nothing more can be added that denies: a check that would only find more of it may stop.
    pub fn is_full(&self) -> bool {
        self.denials >= FINDINGS_MAX
    }

    /// Adds all findings of another report.
    pub fn append(&mut self, other: Report) {
        for finding in other {
            self.push(finding);
        }
    }

    /// Sorts by field path, then rule, so that the same object always gives the same bytes, and drops
    /// what only follows from something else: a field of the wrong type is not also reported as missing,
    /// and a missing field is reported once, and without what it lacks in turn.
    #[must_use]
    pub fn settled(mut self) -> Self {
        self.findings.sort_by(|a, b| {
            let rank = |finding: &Diagnostic| match finding.reason {
                Reason::TypeInvalid => 0,
                Reason::Required => 1,
                _ => 2,
            };
            (&a.path, rank(a), a.rule.id, &a.message).cmp(&(&b.path, rank(b), b.rule.id, &b.message))
        });
        self.findings.dedup_by(|later, first| {
            later.reason == Reason::Required && first.reason == Reason::Required && later.path == first.path
        });
        // What is inside a value that cannot be read, or is not there, only follows from that.
        let mut unread: Option<FieldPath> = None;
        self.findings.retain(|finding| {
            // In sorted order, all that lies inside a path follows right after it.
            let follows = unread.as_ref().is_some_and(|outer| finding.path.is_within(outer));
            let is_unread = finding.reason == Reason::TypeInvalid || (!follows && *finding.rule == missing_field::RULE);
            if is_unread {
                unread = Some(finding.path.clone());
            }
            is_unread || !follows
        });
        self.recounted()
    }

    /// The report without the findings that `left_out` holds for.
    #[must_use]
    pub fn without(mut self, left_out: impl Fn(&Diagnostic) -> bool) -> Self {
        self.findings.retain(|finding| !left_out(finding));
        self.recounted()
    }

    fn recounted(mut self) -> Self {
        self.denials = self.denials().count();
        self
    }

    /// The findings, in order.
    pub fn findings(&self) -> &[Diagnostic] {
        &self.findings
    }

    /// Whether any finding refuses the object.
    pub fn denies(&self) -> bool {
        self.denials > 0
    }

    /// The findings that refuse the object, in order.
    pub fn denials(&self) -> impl Iterator<Item = &Diagnostic> {
        self.findings.iter().filter(|finding| finding.denies())
    }

    /// The findings that only warn, in order.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.findings.iter().filter(|finding| !finding.denies())
    }
}

impl From<Vec<Diagnostic>> for Report {
    fn from(findings: Vec<Diagnostic>) -> Self {
        Self { findings, denials: 0 }.recounted()
    }
}

impl IntoIterator for Report {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.findings.into_iter()
    }
}
