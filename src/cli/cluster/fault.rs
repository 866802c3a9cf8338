//! Fault: one sentence about why a command could not do its work, with what to do, and the exit status that goes with it.

use std::error::Error;
use std::fmt;

use jobflow_core::text;
use kube::core::Status;
use kube::core::response::StatusCause;

/// How a command for a cluster ends: a contract, as the help of each command tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// It is done; what was waited for is so.
    Done = 0,
    /// What was waited for failed, or the cluster refused what was asked.
    Failed = 1,
    /// Wrong usage, or a file that cannot be read.
    Usage = 2,
    /// The cluster could not be asked, or has no such object.
    Unknown = 4,
    /// The time is up.
    TimedOut = 124,
    /// Ctrl-C.
    Interrupted = 130,
}

/// Why a command could not do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How the command ends.
    pub end: End,
    message: String,
}

impl Fault {
    /// A fault that ends the command in this way.
    pub fn new(end: End, message: impl Into<String>) -> Self {
        Self {
            end,
            message: message.into(),
        }
    }

    /// Wrong usage.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(End::Usage, message)
    }

    /// The cluster cannot be asked, or has no such thing.
    pub fn unknown(message: impl Into<String>) -> Self {
        Self::new(End::Unknown, message)
    }

    /// What was asked is refused.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(End::Failed, message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

/// A command's result.
pub type Result<T> = std::result::Result<T, Fault>;

/// What the API server, or the way to it, said to a request that was to `deed`, such as "read jobflow/nightly".
pub fn of_request(error: &kube::Error, deed: &str, server: &str) -> Fault {
    match error {
        kube::Error::Api(status) => of_status(status, deed, server),
        kube::Error::Auth(_) => Fault::unknown(format!(
            "cannot log in to '{server}' ({}): check the user of the context, or log in again",
            innermost(error)
        )),
        _ => unreachable(&innermost(error), server),
    }
}

/// No answer came.
pub fn unreachable(why: &str, server: &str) -> Fault {
    Fault::unknown(format!(
        "cannot reach the API server at '{server}' ({why}): check that the cluster runs and that --context or KUBECONFIG \
         names the right one"
    ))
}

/// What a refusal of the API server means to a request that was to `deed`.
pub fn of_status(status: &Status, deed: &str, server: &str) -> Fault {
    let said = text::sanitized(status.message.trim());
    match status.code {
        401 => Fault::unknown(format!(
            "the API server at '{server}' does not know the user ({said}): log in again, or choose another one with --user \
             or --context"
        )),
        403 if is_forbidden_by_rights(status) => Fault::unknown(format!(
            "you may not {deed} ({said}): ask who runs the cluster for this right, or use -n, --as or --context"
        )),
        404 if is_unserved(status) => Fault::unknown(format!(
            "the cluster at '{server}' does not serve the kinds of jobflow: install the operator first, or choose another \
             cluster with --context"
        )),
        404 => Fault::unknown(format!("cannot {deed}: {said}")),
        _ => Fault::refused(format!("cannot {deed}: {}", causes(status).unwrap_or(said))),
    }
}

/// The causes of a refusal by admission, one a line, as kubectl prints them.
fn causes(status: &Status) -> Option<String> {
    let details = status.details.as_ref().filter(|details| !details.causes.is_empty())?;
    let line = |cause: &StatusCause| text::sanitized(&format!("{}: {}", cause.field, cause.message));
    let lines = details.causes.iter().map(|cause| format!("\n* {}", line(cause)));
    Some(format!("the {} is invalid{}", details.kind, lines.collect::<String>()))
}

/// A webhook or a policy may answer 403 too; those say why in their own words.
fn is_forbidden_by_rights(status: &Status) -> bool {
    status.reason == "Forbidden" && status.message.contains(" cannot ")
}

/// The path itself is not there, and not only an object.
fn is_unserved(status: &Status) -> bool {
    let named = status.details.as_ref().is_some_and(|details| !details.name.is_empty());
    !named && !status.message.contains('"')
}

/// The end of the chain of causes: "connection refused", and not that a service call failed.
pub fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    text::sanitized(&cause.to_string())
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::{End, of_status};

    fn told(code: u16, reason: &str, message: &str) -> (End, String) {
        let status = Status::failure(message, reason).with_code(code);
        let fault = of_status(&status, "list JobFlows in 'default'", "https://here");
        (fault.end, fault.to_string())
    }

    #[test]
    fn rights_and_refusals_of_webhooks_are_told_apart() {
        let message = "jobflows.api.practice.com is forbidden: User \"eve\" cannot list resource \"jobflows\"";
        let (end, text) = told(403, "Forbidden", message);
        assert_eq!(end, End::Unknown);
        assert!(
            text.starts_with("you may not list JobFlows in 'default' (jobflows.api"),
            "{text}"
        );
        let (end, text) = told(403, "Forbidden", "admission webhook \"x\" denied the request: no");
        assert_eq!(end, End::Failed);
        assert_eq!(
            text,
            "cannot list JobFlows in 'default': admission webhook \"x\" denied the request: no"
        );
    }

    #[test]
    fn a_cluster_without_the_kinds_is_no_missing_object() {
        let (_, text) = told(404, "NotFound", "404 page not found");
        assert!(text.contains("does not serve the kinds of jobflow"), "{text}");
        let (end, text) = told(404, "NotFound", "jobflows.api.practice.com \"x\" not found");
        assert_eq!(end, End::Unknown);
        assert_eq!(
            text,
            "cannot list JobFlows in 'default': jobflows.api.practice.com \"x\" not found"
        );
    }
}
