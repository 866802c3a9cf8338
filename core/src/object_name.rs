//! What the name of an object must be so that the names of its Jobs can begin with it.

use crate::admission::ObjectName;
use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::limits::{GENERATED_SUFFIX_BYTES, JOB_NAME_BYTES_MAX};
use crate::rules::Rule;

/// Refuses a name with dots, which host names of pods may not have.
pub(crate) fn check_dots(rule: &'static Rule, name: ObjectName<'_>, found: &mut Report) {
    let metadata = At::ROOT.key("metadata");
    let (at, name) = match name {
        ObjectName::Given(name) => (metadata.key("name"), name),
        ObjectName::Generated(prefix) => (metadata.key("generateName"), prefix),
        ObjectName::Missing => return,
    };
    if name.contains('.') {
        let message = "may not contain dots, since it begins the names of Jobs and host names of pods";
        found.push(
            Diagnostic::new(rule, &at, Reason::Invalid, message)
                .value(name)
                .help("use '-' in place of '.'"),
        );
    }
}

/// How many bytes an object's name has, and how that number comes about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameBytes {
    written: usize,
    generated: usize,
}

impl NameBytes {
    /// Those of `name`, where there is one.
    pub(crate) fn of(name: ObjectName<'_>) -> Option<Self> {
        let (text, generated) = match name {
            ObjectName::Given(name) => (name, 0),
            ObjectName::Generated(prefix) => (prefix, GENERATED_SUFFIX_BYTES),
            ObjectName::Missing => return None,
        };
        let written = text.len();
        Some(Self { written, generated })
    }

    /// The bytes of the stored name.
    pub(crate) fn total(self) -> usize {
        self.written + self.generated
    }

    /// Says how many bytes the name of a Job would have, where they are too many: the object's name, and after it each of
    /// `parts` behind a '-'. `form` shows the name's form, and `shorten` names what could be shorter.
    pub(crate) fn too_long(self, form: &str, parts: &[usize], shorten: &str) -> Option<String> {
        let bytes = self.total() + parts.iter().map(|part| 1 + part).sum::<usize>();
        let excess = bytes.checked_sub(JOB_NAME_BYTES_MAX).filter(|&excess| excess > 0)?;
        let sum: String = parts.iter().map(|part| format!(" + 1 + {part}")).collect();
        Some(format!(
            "the Job's name '{form}' would have {self}{sum} = {bytes} bytes, and may have no more than \
             {JOB_NAME_BYTES_MAX}: shorten {shorten} by {excess}"
        ))
    }
}

/// A term of a sum: `40`, or `(35 + 5 generated)`.
impl std::fmt::Display for NameBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.generated {
            0 => write!(f, "{}", self.written),
            generated => write!(f, "({} + {generated} generated)", self.written),
        }
    }
}
