//! The `Status` of a refusal: every problem as a cause, and again in the message, within fixed bounds.

use jobflow_core::diagnostic::Diagnostic;
use jobflow_core::field::{FieldPath, Segment};
use jobflow_core::text::sanitized;

use crate::envelope::GroupVersionKind;
use crate::reply::{Cause, Details, Status};
use crate::text::clipped;

/// The most problems that are listed; one more line counts the others. More than a screen is not read.
pub(crate) const CAUSES_MAX: usize = 32;
/// The longest message of one cause.
pub(crate) const CAUSE_BYTES_MAX: usize = 512;
/// The longest path of one cause. A real one has up to 100 bytes; a map key may have any length.
pub(crate) const FIELD_BYTES_MAX: usize = 256;
/// The longest `message`. Nothing upstream limits it: 20 MB were delivered to kubectl (ADMISSION.md 1.4).
pub(crate) const MESSAGE_BYTES_MAX: usize = 8 * 1024;
/// The longest name that is shown; a valid one has at most 253 bytes.
const NAME_BYTES_MAX: usize = 256;

/// One line cannot fill the message, so that at least one problem is always told whole.
const _: () = assert!(NAME_BYTES_MAX + 3 * (CAUSE_BYTES_MAX + FIELD_BYTES_MAX) < MESSAGE_BYTES_MAX);

/// The refusal of an object for what its author can mend.
pub(crate) fn invalid(kind: &GroupVersionKind, name: &str, denials: &[&Diagnostic]) -> Status {
    let name = clipped(&sanitized(name), "", NAME_BYTES_MAX);
    let causes = causes(denials);
    Status {
        status: "Failure",
        code: 422,
        reason: "Invalid",
        message: message(&kind.kind, &name, denials.len(), &causes),
        details: Some(Details {
            group: kind.group.clone(),
            kind: kind.kind.clone(),
            name,
            causes,
        }),
    }
}

/// The refusal for a fault of ours. `incident` is what the operator's log says beside it.
pub(crate) fn internal(problem: &str, incident: &str) -> Status {
    Status {
        status: "Failure",
        code: 500,
        reason: "InternalError",
        message: format!(
            "{problem}; nothing was stored; look for incident '{incident}' in the log of the jobflow operator"
        ),
        details: None,
    }
}

fn causes(denials: &[&Diagnostic]) -> Vec<Cause> {
    let (listed, others) = denials.split_at(denials.len().min(CAUSES_MAX));
    let mut causes: Vec<Cause> = listed.iter().map(|denial| cause(denial)).collect();
    if !others.is_empty() {
        causes.push(Cause {
            reason: "FieldValueInvalid",
            message: more_problems(others.len()),
            field: field(&common_ancestor(others)),
        });
    }
    causes
}

fn cause(denial: &Diagnostic) -> Cause {
    let message = sanitized(&denial.cause_message());
    let id = format!(" [{}]", denial.rule.id);
    let text = message.strip_suffix(&id).unwrap_or(&message);
    Cause {
        reason: denial.reason.cause(),
        message: clipped(text, &id, CAUSE_BYTES_MAX),
        field: field(&denial.path),
    }
}

fn field(path: &FieldPath) -> String {
    clipped(&sanitized(&path.to_string()), "", FIELD_BYTES_MAX)
}

/// Where all of `denials` are: `spec.flows` for faults of several flows.
fn common_ancestor(denials: &[&Diagnostic]) -> FieldPath {
    let mut paths = denials.iter().map(|denial| denial.path.segments());
    let mut common: &[Segment] = paths.next().unwrap_or_default();
    for path in paths {
        let same = common.iter().zip(path).take_while(|(a, b)| a == b).count();
        common = common.get(..same).unwrap_or_default();
    }
    FieldPath::new(common.to_vec())
}

fn message(kind: &str, name: &str, problems: usize, causes: &[Cause]) -> String {
    if let ([cause], 1) = (causes, problems) {
        return line(cause);
    }
    let mut message = format!("{} \"{name}\" has {problems} problems:", sanitized(kind));
    for (told, cause) in causes.iter().enumerate() {
        let line = line(cause);
        let last = format!("\n* {}", more_problems(problems - told));
        if message.len() + "\n* ".len() + line.len() + last.len() > MESSAGE_BYTES_MAX {
            message.push_str(&last);
            return message;
        }
        message.push_str("\n* ");
        message.push_str(&line);
    }
    message
}

fn line(cause: &Cause) -> String {
    if cause.field.is_empty() {
        return cause.message.clone();
    }
    format!("{}: {}", cause.field, cause.message)
}

fn more_problems(count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("… and {count} more problem{plural}")
}
