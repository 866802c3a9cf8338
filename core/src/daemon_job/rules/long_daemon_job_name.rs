//! DJ102 `long-daemon-job-name`: the name of a DaemonJob leaves no room for the nodes' part of Job names.
//!
//! # Why it is an error
//! The Job of a node is named `<daemonjob>-<node>`, of at most 63 bytes. Node names may have 253 bytes; a long one is
//! shortened to a hash, which takes 11 bytes with its '-'. A longer DaemonJob name leaves no room even for that.
//!
//! # Example
//! A DaemonJob with a name of 53 bytes is denied at `metadata.name`.
//!
//! # Fix
//! Shorten the name, by as much as the message says.

use crate::admission::ObjectName;
use crate::daemon_job::rules::Subject;
use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::limits::{DAEMON_JOB_NAME_BYTES_MAX, JOB_NAME_BYTES_MAX, NODE_SUFFIX_BYTES};
use crate::object_name::NameBytes;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("DJ102", "long-daemon-job-name", Deny, "long_daemon_job_name.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let metadata = At::ROOT.key("metadata");
    let (at, text) = match subject.name {
        ObjectName::Given(name) => (metadata.key("name"), name),
        ObjectName::Generated(prefix) => (metadata.key("generateName"), prefix),
        ObjectName::Missing => return,
    };
    let Some(bytes) = NameBytes::of(subject.name).filter(|bytes| bytes.total() > DAEMON_JOB_NAME_BYTES_MAX) else {
        return;
    };
    let message = format!(
        "must be no more than {DAEMON_JOB_NAME_BYTES_MAX} bytes, and has {bytes}: a Job's name has at most \
         {JOB_NAME_BYTES_MAX}, and {NODE_SUFFIX_BYTES} of them are kept for the node; shorten it by {}",
        bytes.total() - DAEMON_JOB_NAME_BYTES_MAX
    );
    found.push(Diagnostic::new(&RULE, &at, Reason::Invalid, message).value(text));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{daemon_job, findings};

    #[test]
    fn fifty_two_bytes_are_accepted_and_one_more_is_refused_with_the_arithmetic() {
        let mut object = daemon_job(json!({}));
        object["metadata"]["name"] = json!("x".repeat(52));
        assert_eq!(findings(&object), "");
        object["metadata"]["name"] = json!("x".repeat(53));
        assert_eq!(
            findings(&object),
            format!(
                "metadata.name: Invalid value: \"{}\": must be no more than 52 bytes, and has 53: a Job's name has at most \
                 63, and 11 of them are kept for the node; shorten it by 1 [DJ102]\n",
                "x".repeat(53)
            )
        );
    }

    #[test]
    fn a_generated_name_counts_five_more_bytes() {
        let mut object = daemon_job(json!({}));
        object["metadata"] = json!({"generateName": "x".repeat(48)});
        assert!(findings(&object).contains("and has (48 + 5 generated)"));
    }
}
