//! JF102 `duplicate-flow-name`: two flows of one JobFlow share a name.
//!
//! # Why it is an error
//! Dependencies, Job names and status rows are all keyed by flow name. Once two flows share one, the next map that
//! is built keeps a single entry, and the cluster runs a graph that is not the graph in the manifest. So this rule
//! reads the list, before any map or graph exists.
//!
//! # Example
//! `flows: [{name: fetch}, {name: fetch}]` is denied at `spec.flows[1].name`. That is the text of client-side `kubectl apply`, `kubectl
//! create` and `jobflow validate`. With server-side apply, which Helm uses too, the API server merges the list by its key
//! before it asks any webhook, and refuses the repeat in words of its own and without the other faults of the object:
//! `.spec.flows: duplicate entries for key [name="fetch"]`.
//!
//! # Fix
//! Rename one of the flows, and every dependency that means it.

use std::collections::btree_map::{BTreeMap, Entry};

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::job_flow::rules::{Subject, flows};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF102", "duplicate-flow-name", Deny, "duplicate_flow_name.rs");

/// Reports every repeat and not only the first: one `kubectl apply` should show all of them.
pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let at = flows();
    let mut first_use = BTreeMap::new();
    for (index, flow) in subject
        .spec
        .flows
        .iter()
        .enumerate()
        .filter(|(_, flow)| !flow.name.is_empty())
    {
        match first_use.entry(flow.name.as_str()) {
            Entry::Vacant(slot) => {
                slot.insert(index);
            }
            Entry::Occupied(first) => {
                let message = format!("must be unique: also the name of `spec.flows[{}]`", first.get());
                let here = at.index(index);
                let finding = Diagnostic::new(&RULE, &here.key("name"), Reason::Duplicate, message);
                found.push(finding.value(&flow.name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{findings, flows_named};

    #[test]
    fn every_repeat_is_reported_in_field_order() {
        assert_eq!(
            findings(&flows_named(&["a", "b", "a", "a"])),
            "\
spec.flows[2].name: Duplicate value: \"a\": must be unique: also the name of `spec.flows[0]` [JF102]
spec.flows[3].name: Duplicate value: \"a\": must be unique: also the name of `spec.flows[0]` [JF102]
"
        );
    }

    #[test]
    fn distinct_names_are_accepted() {
        assert_eq!(findings(&flows_named(&["fetch", "train", "fetch-2"])), "");
    }
}
