//! DJ301 `invalid-excluded-node`: `excludeNodeList` has an entry that cannot be the name of a node, or is too long.
//!
//! # Why it is an error
//! The entry excludes nothing, so the Job would run on a node that was meant to be left out.
//!
//! # Example
//! `excludeNodeList: "node1, Node_2"` is denied at `spec.excludeNodeList`.
//!
//! # Fix
//! Write names as `kubectl get nodes` shows them, separated by commas. Blanks around names and empty entries do no harm. To leave
//! out very many nodes, label them, and use the pod's `nodeSelector` or `affinity`.

use std::collections::BTreeSet;

use crate::daemon_job::rules::Subject;
use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::limits::EXCLUDED_NODES_BYTES_MAX;
use crate::names::dns_subdomain_fault;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("DJ301", "invalid-excluded-node", Deny, "invalid_excluded_node.rs");

/// The names in a list of names, sorted, each once.
pub(crate) fn excluded_nodes(list: &str) -> BTreeSet<&str> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let list = subject.spec.exclude_node_list.as_deref().unwrap_or_default();
    let at = At::SPEC.key("excludeNodeList");
    if list.len() > EXCLUDED_NODES_BYTES_MAX {
        let message = format!("may not be longer than {EXCLUDED_NODES_BYTES_MAX} bytes");
        let advice = "label the nodes to leave out, and use the pod's `nodeSelector` or `affinity`";
        found.push(Diagnostic::new(&RULE, &at, Reason::TooLong, message).help(advice));
        return;
    }
    for name in excluded_nodes(list) {
        if let Some(fault) = dns_subdomain_fault(name) {
            let message = format!("a node's name {fault}");
            found.push(Diagnostic::new(&RULE, &at, Reason::Invalid, message).value(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::EXCLUDED_NODES_BYTES_MAX;
    use crate::testing::{daemon_job, findings};

    #[test]
    fn every_entry_that_is_no_name_is_reported() {
        let findings = findings(&daemon_job(
            json!({"excludeNodeList": "node1, Node_2,, a b ,node1.example.com"}),
        ));
        let starts: Vec<&str> = findings
            .lines()
            .map(|line| line.split(" must consist").next().unwrap_or_default())
            .collect();
        assert_eq!(
            starts,
            [
                "spec.excludeNodeList: Invalid value: \"Node_2\": a node's name",
                "spec.excludeNodeList: Invalid value: \"a b\": a node's name"
            ]
        );
    }

    #[test]
    fn a_list_longer_than_all_names_is_refused_as_a_whole_and_left_as_it_is() {
        let list = "a_,".repeat(EXCLUDED_NODES_BYTES_MAX / 3 + 1);
        assert_eq!(
            findings(&daemon_job(json!({"excludeNodeList": list}))),
            "spec.excludeNodeList: Too long: may not be longer than 320000 bytes (label the nodes to leave out, and use the \
             pod's `nodeSelector` or `affinity`) [DJ301]\n"
        );
    }

    #[test]
    fn blanks_and_empty_entries_are_harmless() {
        for list in ["", " ", ",", "node1, node2", "node1,,node1 ,"] {
            assert_eq!(findings(&daemon_job(json!({"excludeNodeList": list}))), "");
        }
    }
}
