//! DJ504 `daemon-node-name`: `globalParams.nodeName` in a DaemonJob.
//!
//! # Why it is an error
//! A DaemonJob runs one Job a node. A single node for all of them contradicts that.
//!
//! # Example
//! `globalParams: {nodeName: node1}` is denied at `spec.globalParams.nodeName`.
//!
//! # Fix
//! Leave it out. To run on some nodes only, use `excludeNodeList`, or `nodeSelector` or node affinity in the template. To run
//! on one node, use a JobFlow or a native Job.

use crate::daemon_job::rules::Subject;
use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("DJ504", "daemon-node-name", Deny, "daemon_node_name.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let name = subject.globals().node_name.as_deref().unwrap_or_default();
    if !name.is_empty() {
        let globals = At::SPEC.key("globalParams");
        let message = "a DaemonJob runs one Job on every node, and may not be tied to one";
        let help = "leave nodes out with `excludeNodeList`, or with `nodeSelector` or node affinity in the template";
        let finding = Diagnostic::new(&RULE, &globals.key("nodeName"), Reason::Forbidden, message);
        found.push(finding.help(help));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{daemon_job, findings};

    #[test]
    fn a_node_is_refused_with_the_reason_and_an_empty_name_is_none() {
        let with = |name: &str| findings(&daemon_job(json!({"globalParams": {"nodeName": name}})));
        assert_eq!(with(""), "");
        assert_eq!(
            with("node1"),
            "spec.globalParams.nodeName: Forbidden: a DaemonJob runs one Job on every node, and may not be tied to one (leave \
             nodes out with `excludeNodeList`, or with `nodeSelector` or node affinity in the template) [DJ504]\n"
        );
    }
}
